"""Slots as Ray actors: made, found again, asked with our own deadlines, and mourned."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from matrix.errors import CoevoError
from orchestrator.dispatch.kit import kit
from orchestrator.dispatch.names import prefix, slot_name
from orchestrator.dispatch.port import Batch, Held, SlotLost, Width
from orchestrator.dispatch.ray_driver import Cluster, Dead, Driver, Unknown
from orchestrator.dispatch.ray_making import Plan
from orchestrator.dispatch.ray_offers import Node, amounts, nodes, offers, selector
from orchestrator.dispatch.ray_reach import refuse_open
from runners import wire
from runners.artifacts import Brought
from runners.environments.bindings import Bindings
from runners.environments.platforms import here
from runners.work import Key, Offer, Pairs, Ticket

Say = Callable[[str], None]
START_SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long we wait, in seconds.

    `move`: for a piece of a file, and a look at the whole behind the last one; `unknown`: how
    long a slot may be unreachable; `patience`: when a slot that nobody collects from ends by
    itself; `beat`: how often we say that we are here.
    """

    make: float = 60.0
    ask: float = 10.0
    move: float = 120.0
    unknown: float = 30.0
    close: float = 4.0
    patience: float = 600.0
    beat: float = 15.0


class RayExecutor:
    """Implements Executor on one cluster.

    `local` are the offers of this machine, for a cluster of our own; without them they are read
    from the cluster's nodes, `site` being that of nodes that do not say. `home` is where slots
    keep environments, None for each node's own temporary folder; `bindings` is what they bring,
    which Ray keeps to those who hold its token.
    """

    outlives = True

    def __init__(  # noqa: PLR0913 - each is one decision of whoever builds a server
        self,
        cluster: Cluster,
        runner: str,
        site: str,
        home: Path | None = None,
        local: tuple[Offer, ...] = (),
        *,
        bindings: Bindings | None = None,
        say: Say = lambda _: None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._cluster, self._runner, self._site, self._home = cluster, runner, site, home
        self._local, self._say = local, say
        self._bindings = wire.to_text(bindings or Bindings())
        self._brought = (bindings or Bindings()).capabilities
        self._deadlines = deadlines or Deadlines()
        self._driver = Driver()
        self._nodes: tuple[Node, ...] = ()
        self._handles: dict[str, Any] = {}
        self._leaving: dict[str, Any] = {}
        self._where: dict[str, str] = {}
        self._mending = asyncio.Lock()
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> tuple[Held, ...]:
        """Raises CoevoError where the cluster cannot be used, or is open to everybody."""
        self._say("starting Ray…")
        await self._join()
        self._beating = asyncio.create_task(self._beat())
        found = [await self._found(name) for name in await self._driver.names(self._prefix())]
        return tuple(held for held in found if held is not None)

    async def offers(self) -> tuple[Offer, ...]:
        """Those of this machine, or of the nodes that are alive now."""
        if self._local:
            return self._local
        with suppress(Unknown):
            self._nodes = nodes(await self._driver.nodes())
        platform = {device: str(here(device)) for device in ("cpu", "cuda", "xla")}
        found = offers(self._nodes, self._site, platform)
        return tuple(replace(offer, capabilities=self._brought) for offer in found)

    async def slot_for(self, offer: Offer, index: int, devices: int = 1, nodes: int = 1) -> str:
        """The name of a slot that has answered, with every node that it spans."""
        name = slot_name(self._runner, offer, index, devices, nodes)
        await self._mend()
        try:
            return await self._made(name, offer, index, Width(devices, nodes))
        except (Unknown, Dead) as error:
            await self._driver.kill(name)
            raise SlotLost(f"slot {name} could not be made: {error}") from error

    async def assign(self, slot: str, tickets: Sequence[Ticket]) -> None:
        """Queue tickets in a slot; asked again while nobody knows whether they have arrived."""
        text = wire.to_text(tuple(tickets), tuple[Ticket, ...])
        await self._asked(slot, lambda actor: actor.assign.remote(text), self._deadlines.ask)

    async def collect(self, slot: str, cursor: int, wait_seconds: float) -> Batch:
        """What happened in a slot after `cursor`."""
        seconds = wait_seconds + self._deadlines.ask
        next_cursor, text = await self._asked(
            slot, lambda actor: actor.collect.remote(cursor, wait_seconds), seconds
        )
        return Batch(next_cursor, wire.happenings_from_text(text))

    async def cancel(self, slot: str, key: Key) -> None:
        """End an attempt."""
        seconds = self._deadlines.ask
        await self._asked(slot, lambda actor: actor.cancel.remote(key.job, key.fence), seconds)

    async def lacks(self, slot: str, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not where a slot is."""
        asked, seconds = list(digests), self._deadlines.move
        return tuple(await self._asked(slot, lambda actor: actor.lacks.remote(asked), seconds))

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact to where a slot is."""
        piece, seconds = (digest, size, offset, data), self._deadlines.move
        return Brought(*await self._asked(slot, lambda actor: actor.bring.remote(*piece), seconds))

    async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
        """A piece of what an attempt has made."""
        where, seconds = (digest, offset, length), self._deadlines.move
        found: bytes = await self._asked(slot, lambda actor: actor.read.remote(*where), seconds)
        return found

    async def retire(self, slot: str) -> None:
        """End a slot, what runs in it first; where this is cut short, `stop` ends it."""
        actor = self._handles.pop(slot, None) or self._leaving.get(slot)
        self._leaving[slot] = actor
        if actor is not None:
            with suppress(Unknown, Dead):
                await self._driver.ask(actor.close.remote, self._deadlines.close)
        await self._driver.kill(slot)
        self._leaving.pop(slot, None)

    async def stop(self, *, leave: bool = False) -> None:
        """Let go of the cluster; unless `leave`, with our slots ended, and the cluster if ours."""
        if self._beating is not None:
            self._beating.cancel()
        if not leave:
            ours = {*self._handles, *self._leaving}
            await asyncio.gather(*(self.retire(slot) for slot in ours))
        await self._driver.disconnect()
        self._driver.close()
        if not leave:
            await asyncio.to_thread(self._cluster.end)

    def abandon(self) -> None:
        """Tell the cluster, if it is ours, to end; nobody waits for it."""
        self._cluster.abandon()

    async def _join(self) -> None:
        address = await asyncio.to_thread(self._cluster.start)
        environment = self._cluster.environment()
        await asyncio.to_thread(refuse_open, address, environment)
        await self._driver.connect(self._cluster, address)
        self._nodes = nodes(await self._driver.nodes())
        self._say("Ray answers")

    async def _mend(self) -> None:
        """Join anew where the cluster is gone: Ray would wait for it for ever."""
        async with self._mending:
            if await asyncio.to_thread(self._cluster.address) is not None:
                return
            self._say("Ray has gone; starting it again…")
            self._handles.clear()
            await self._driver.disconnect()
            try:
                await asyncio.wait_for(self._join(), START_SECONDS)
            except (CoevoError, TimeoutError, Unknown) as error:
                raise SlotLost(f"the Ray cluster is gone: {error}") from error

    async def _beat(self) -> None:
        while True:
            await asyncio.to_thread(self._cluster.beat)
            await asyncio.sleep(self._deadlines.beat)

    async def _found(self, name: str) -> Held | None:
        """What a slot of an earlier dispatcher holds; None, and its end, where it is silent."""
        try:
            actor = await self._driver.actor(name)
            said = await self._driver.ask(actor.about.remote, self._deadlines.ask)
        except (Unknown, Dead):
            await self._driver.kill(name)
            return None
        if said["ranks"] > 1 and len(said["nodes"]) < said["ranks"]:
            await self._driver.kill(name)  # its maker died before it was whole
            return None
        self._remember(name, actor, said)
        labels: Pairs = tuple((key, value) for key, value in said["labels"])
        keys = tuple(Key(job, fence) for job, fence in said["keys"])
        node = ", ".join(said["nodes"])
        stale = said["kit"] != kit().digest or said["bindings"] != self._bound()
        width = Width(said["devices"], said["ranks"])
        return Held(name, keys, labels, said["number"], width.devices, node, stale, width.nodes)

    async def _made(self, name: str, offer: Offer, index: int, width: Width) -> str:
        takes = amounts(offer, width.devices, self._nodes)
        where = selector(offer, self._nodes)
        plan = Plan(name, takes, where, is_group=width.is_wide, nodes=width.nodes)
        about = {
            "labels": [list(pair) for pair in offer.labels],
            "number": index,
            "devices": width.devices,
            "ranks": width.nodes,
            "bindings": self._bound(),
            "devices_visible": set(takes) - {"CPU", "coevo_slot"} != set(),
        }
        home = str(self._home.absolute()) if self._home else ""
        told = (kit().data, about, home, self._deadlines.patience, self._bindings)
        actors = await self._driver.make(plan, *told)
        asked = [self._driver.ask(one.about.remote, self._deadlines.make) for one in actors]
        said = await asyncio.gather(*asked)
        if width.nodes > 1:
            await self._banded(actors, said)
        self._remember(name, actors[0], said[0])
        return name

    async def _banded(self, actors: list[Any], said: list[dict[str, Any]]) -> None:
        """Let rank 0's slot lead the others."""
        first, *others = actors
        patience = self._deadlines.unknown
        lead = partial(first.lead.remote, others, said[1:], patience)
        await self._driver.ask(lead, self._deadlines.ask)

    def _bound(self) -> str:
        """Names what slots bring: one that was made with something else is used no more."""
        return hashlib.sha256(self._bindings.encode()).hexdigest()

    def _remember(self, name: str, actor: Any, said: dict[str, Any]) -> None:  # noqa: ANN401 - Ray's
        self._handles[name] = actor
        self._where[name] = said["nodes"][0]

    async def _asked(self, slot: str, call: Callable[[Any], Any], seconds: float) -> Any:  # noqa: ANN401 - Ray's
        """An actor's answer; unreachable is unknown until our own deadline, then it is lost."""
        give_up = time.monotonic() + self._deadlines.unknown
        while True:
            actor = self._handles.get(slot)
            if actor is None:
                raise SlotLost(self._obituary(slot, "it has been ended"))
            try:
                return await self._driver.ask(partial(call, actor), seconds)
            except Dead as error:
                raise await self._lost(slot, str(error)) from error
            except Unknown as error:
                if time.monotonic() > give_up or await self._is_clusterless():
                    raise await self._lost(slot, str(error)) from error
            await asyncio.sleep(0.2)

    async def _is_clusterless(self) -> bool:
        return await asyncio.to_thread(self._cluster.address) is None

    async def _lost(self, slot: str, why: str) -> SlotLost:
        """The slot is surely gone once this returns: no two lives of one attempt."""
        self._handles.pop(slot, None)
        if not await self._is_clusterless():
            await self._driver.kill(slot)
        return SlotLost(self._obituary(slot, why))

    def _obituary(self, slot: str, why: str) -> str:
        return f"slot {slot} on {self._where.get(slot, 'an unknown node')} was lost: {why}"

    def _prefix(self) -> str:
        return prefix(self._runner)
