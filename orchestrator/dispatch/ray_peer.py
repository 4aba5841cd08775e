"""The slot of another rank, as the actor that leads a band reaches it; sent by value as well."""

from __future__ import annotations

import asyncio
import time
from typing import Any

PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 5.0  # beyond what a call waits by itself

WHOLE_SECONDS = 120.0  # to read a big file once more


class RayPeer:
    """Implements `runners.part.Peer` on an actor's handle.

    Silence is no verdict: a call is made again until `patience_seconds` are over. Every call may
    be made twice without harm.
    """

    def __init__(self, handle: Any, node: str, address: str, patience_seconds: float) -> None:  # noqa: ANN401 - Ray types no handles
        self._handle, self.node, self.address = handle, node, address
        self._patience = patience_seconds

    async def assign(self, ticket: Any) -> None:  # noqa: ANN401 - a class of the kit
        """Queue the ticket of the rank."""
        from runners import wire  # noqa: PLC0415 - it lies in the kit

        await self._asked("assign_one", wire.to_text(ticket))

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Any, ...]]:
        """What happened after `cursor`."""
        from runners import wire  # noqa: PLC0415 - the same

        cursor, text = await self._asked("collect", cursor, wait_seconds, waits=wait_seconds)
        return cursor, wire.happenings_from_text(text)

    async def go(self, key: Any, meeting: Any) -> None:  # noqa: ANN401 - classes of the kit
        """Let the rank start."""
        from runners import wire  # noqa: PLC0415 - the same

        await self._asked("go", *key, wire.to_text(meeting))

    async def cancel(self, key: Any) -> None:  # noqa: ANN401 - the same
        """End the rank; its report still arrives."""
        await self._asked("cancel", *key)

    async def lacks(self, digests: Any) -> tuple[str, ...]:  # noqa: ANN401 - the same
        """Which artifacts are not on its machine."""
        return tuple(await self._asked("lacks", list(digests)))

    async def bring(self, digest: str, size: int, offset: int, data: bytes) -> Any:  # noqa: ANN401 - the same
        """Take a piece of an artifact in; the last one takes as long as a look at the whole."""
        from runners.artifacts import Brought  # noqa: PLC0415 - it lies in the kit

        return Brought(*await self._asked("bring", digest, size, offset, data, waits=WHOLE_SECONDS))

    async def read(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of an artifact."""
        found: bytes = await self._asked("read", digest, offset, length)
        return found

    async def close(self) -> None:
        """End the slot."""
        await self._asked("close", waits=ANSWER_SECONDS)

    async def _asked(self, method: str, *args: object, waits: float = 0.0) -> Any:  # noqa: ANN401 - Ray's
        """An answer. Raises PeerLost where Ray says that the actor is dead, or nobody answers."""
        from ray import exceptions  # noqa: PLC0415 - where Ray is

        from runners.part import PeerLost  # noqa: PLC0415 - it lies in the kit

        give_up = time.monotonic() + waits + self._patience
        while True:
            try:
                future = getattr(self._handle, method).remote(*args).future()
                return await asyncio.wait_for(asyncio.wrap_future(future), waits + ANSWER_SECONDS)
            except (exceptions.ActorUnavailableError, TimeoutError) as error:
                why = str(error).strip() or "it does not answer"
            except exceptions.RayError as error:
                raise PeerLost(_line_of(error)) from error
            if time.monotonic() > give_up:
                raise PeerLost(why.splitlines()[0])
            await asyncio.sleep(PAUSE_SECONDS)


def _line_of(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
