"""The slot as a Ray actor. Sent by value, so it may use the standard library and Ray alone.

Everything else comes in the kit, an archive of our sources that is unpacked once a node.
Several of them make a band: rank 0's leads it, so that it lives on without the server.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrator.dispatch.ray_peer import RayPeer

REMEMBERED = 4096
KEPT_SECONDS = 14 * 86_400  # what a node of its own keeps of jobs' files behind their last use


class SlotActor:
    """Holds one `runners.slot.Slot`. Values cross as JSON text of `runners.wire`.

    `about` says what it was made for; with `home` "" the slot keeps its files in the node's own
    temporary folder; `bindings` is JSON of `runners.environments.bindings`. When nobody has
    collected for `patience_seconds` it ends.
    """

    def __init__(
        self,
        kit: bytes,
        about: dict[str, Any],
        home: str,
        patience_seconds: float,
        bindings: str = "{}",
    ) -> None:
        self._about = {**about, "kit": hashlib.sha256(kit).hexdigest(), **self._whereabouts()}
        self._patience = patience_seconds
        self._home = Path(home) if home else Path(tempfile.gettempdir()) / f"coevo-{os.getuid()}"
        self._seen: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        self._asked = time.monotonic()
        sys.path.insert(0, str(self._unpacked(kit)))
        from runners import artifacts, slot, wire, work  # noqa: PLC0415 - they lie in the kit
        from runners.environments.bindings import Bindings  # noqa: PLC0415 - the same

        self._wire, self._work = wire, work
        self._tickets: Any = tuple[work.Ticket, ...]
        environ = self._environ(devices_visible=bool(about["devices_visible"]))
        brought = wire.from_text(Bindings, bindings)
        name = about["slot"]
        self._slot: Any = slot.Slot(name, self._home, environ=environ, bindings=brought)
        self._watch: asyncio.Task[None] | None = None
        if not home:
            artifacts.Artifacts(self._home).forget(time.time() - KEPT_SECONDS)

    async def about(self) -> dict[str, Any]:
        """What it was made for, where it is, its kit and the keys that it holds."""
        self._start_watch()
        return {**self._about, "keys": [tuple(key) for key in self._slot.held()]}

    async def lead(self, handles: list[Any], abouts: list[dict[str, Any]], seconds: float) -> None:
        """Be rank 0 of a band, whose other ranks these actors are.

        A rank that is not reached within `seconds` counts as lost.
        """
        from runners import band  # noqa: PLC0415 - it lies in the kit

        near = band.Near(self._slot, self._about["nodes"][0], self._about["address"])
        far = [
            RayPeer(handle, said["nodes"][0], said["address"], seconds)
            for handle, said in zip(handles, abouts, strict=True)
        ]
        self._slot = band.Band([near, *far], self._home / "work" / f"band-{os.getpid()}")
        self._about["nodes"] = [said["nodes"][0] for said in (self._about, *abouts)]

    async def assign_one(self, text: str) -> None:
        """Queue the ticket of a rank."""
        await self.assign(f"[{text}]")

    async def go(self, job: int, fence: int, text: str) -> None:
        """Let a rank start."""
        meeting = self._wire.from_text(self._work.Rendezvous, text)
        await self._slot.go(self._work.Key(job, fence), meeting)

    async def assign(self, text: str) -> None:
        """Queue tickets; one that was ever here is not taken again."""
        self._start_watch()
        tickets = self._wire.from_text(self._tickets, text)
        new = [ticket for ticket in tickets if tuple(ticket.key) not in self._seen]
        self._seen.extend(tuple(ticket.key) for ticket in new)
        await self._slot.assign(new)

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, str]:
        """What happened after `cursor`, in JSON."""
        self._asked = time.monotonic()
        cursor, happenings = await self._slot.collect(cursor, wait_seconds)
        self._asked = time.monotonic()
        return cursor, self._wire.happenings_to_text(self._placed(happenings))

    async def lacks(self, digests: list[str]) -> list[str]:
        """Which artifacts are not here."""
        return list(await self._slot.lacks(digests))

    async def bring(self, digest: str, size: int, offset: int, data: bytes) -> tuple[int, str]:
        """Take a piece of an artifact in; how much of it is there, or what is wrong."""
        there, trouble = await self._slot.bring(digest, size, offset, data)
        return there, trouble

    async def read(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of an artifact; nothing where it is not there."""
        found: bytes = await self._slot.read(digest, offset, length)
        return found

    async def cancel(self, job: int, fence: int) -> None:
        """End an attempt."""
        await self._slot.cancel(self._work.Key(job, fence))

    async def close(self) -> None:
        """End everything in it; the caller then ends the actor."""
        await self._slot.close()

    def _placed(self, happenings: tuple[Any, ...]) -> list[Any]:
        """The happenings, with this node's name in each report; a band's has those of all."""
        ended = self._work.Ended
        if len(self._about["nodes"]) > 1:
            return list(happenings)
        return [
            ended(one.key, replace(one.report, node=self._about["node"]))
            if isinstance(one, ended)
            else one
            for one in happenings
        ]

    def _start_watch(self) -> None:
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._end_unwatched())

    async def _end_unwatched(self) -> None:
        """End this process when nobody has collected for long."""
        left = self._patience
        while left > 0:
            await asyncio.sleep(left)
            left = self._asked + self._patience - time.monotonic()
        with suppress(Exception):
            await self._slot.close()
        self._free_group()
        os._exit(0)

    @staticmethod
    def _free_group() -> None:
        from ray.util import get_current_placement_group, remove_placement_group  # noqa: PLC0415 - where Ray is

        group = get_current_placement_group()
        if group is not None:
            remove_placement_group(group)

    @staticmethod
    def _whereabouts() -> dict[str, Any]:
        import ray  # noqa: PLC0415 - only where an actor really runs

        context = ray.get_runtime_context()
        node, node_id = os.uname().nodename, context.get_node_id()
        return {
            "pid": os.getpid(),
            "node": node,
            "nodes": [f"{node} ({node_id[:8]})"],
            "node_id": node_id,
            "address": ray.util.get_node_ip_address(),  # type: ignore[no-untyped-call] # reason: Ray's
            "node_labels": dict(context.get_node_labels()),
        }

    def _unpacked(self, kit: bytes) -> Path:
        """The folder of the kit, unpacked whole or not at all."""
        target = self._home / "kits" / str(self._about["kit"])[:16]
        if not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = Path(tempfile.mkdtemp(dir=target.parent))
            with zipfile.ZipFile(io.BytesIO(kit)) as archive:
                archive.extractall(draft)
            try:
                draft.rename(target)
            except OSError:  # another slot of this node was quicker
                shutil.rmtree(draft, ignore_errors=True)
        return target

    @staticmethod
    def _environ(*, devices_visible: bool) -> dict[str, str]:
        """What suites may get: Ray leaves all devices visible to a slot that has none."""
        hidden = {} if devices_visible else {"CUDA_VISIBLE_DEVICES": ""}
        return {**os.environ, **hidden}
