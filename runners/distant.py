"""The slot of another rank, as the process that leads the ranks reaches it through a folder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from runners.mailbox import Mailbox
from runners.part import PeerLost
from runners.slot import Slot
from runners.work import Happening, Key, Rendezvous, Ticket

T = TypeVar("T")
LOOK_SECONDS = 0.25
ARRIVE_SECONDS = 180.0  # within which all ranks of a batch job have started
SILENT_SECONDS = 90.0  # a rank writes every ten; shared filesystems may show it a minute later


class Distant:
    """Implements `runners.part.Peer` on a mailbox, whose rank says where it is by itself.

    `near` is the slot of rank 0, which shares its home with all others.
    """

    def __init__(
        self,
        box: Mailbox,
        near: Slot,
        *,
        arrive: float = ARRIVE_SECONDS,
        silent: float = SILENT_SECONDS,
    ) -> None:
        # Artifacts lie in the folder that all nodes see: what is here is there.
        self.lacks, self.bring, self.read = near.lacks, near.bring, near.read
        self._box, self._arrive, self._silent = box, arrive, silent
        self.node, self.address = "a node that was not heard of", ""
        self._heard = time.monotonic()

    async def assign(self, ticket: Ticket) -> None:
        """Hand the ticket over once the rank is there. Raises PeerLost."""
        try:
            async with asyncio.timeout(self._arrive):
                place = await _seen(self._box.place)
        except TimeoutError as reason:
            raise PeerLost(f"it has not started within {self._arrive:g} s") from reason
        self.node, self.address = place.node, place.address
        await asyncio.to_thread(self._box.hand_over, ticket)
        self._heard = time.monotonic()

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`. Raises PeerLost where nothing was written for long."""
        give_up = time.monotonic() + wait_seconds
        while True:
            after, found = await asyncio.to_thread(self._box.since, cursor)
            now = time.monotonic()
            if after > cursor:
                self._heard = now
            if found or now > give_up:
                break
            cursor = after
            if now - self._heard > self._silent:
                raise PeerLost(f"it has written nothing for {self._silent:g} s")
            await asyncio.sleep(LOOK_SECONDS)
        return after, found

    async def go(self, key: Key, meeting: Rendezvous) -> None:  # noqa: ARG002 - a folder is one attempt's
        """Let the rank start."""
        await asyncio.to_thread(self._box.go, meeting)

    async def cancel(self, key: Key) -> None:  # noqa: ARG002 - the same
        """End the rank; its report still arrives."""
        await asyncio.to_thread(self._box.ask_to_end)

    async def close(self) -> None:
        """Let its process go: until then it stays, so that nobody takes its end for a failure."""
        await asyncio.to_thread(self._box.dismiss)


async def _seen(look: Callable[[], T | None]) -> T:
    while (found := await asyncio.to_thread(look)) is None:  # noqa: ASYNC110 - another host writes
        await asyncio.sleep(LOOK_SECONDS)
    return found
