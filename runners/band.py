"""A band: one slot made of several on as many nodes, each of which carries out a rank.

Its ranks prepare first, each in its own time. When all are ready they start together, and when
one of them ends badly the others are ended too, after a moment in which they may say why.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from runners import merging
from runners.artifacts import Brought
from runners.network import free_port
from runners.part import Part, Peer, PeerLost
from runners.slot import Slot
from runners.turns import Turns
from runners.voice import Emit, Voice
from runners.work import Happening, Phase, Rendezvous, Report, Ticket

SETTLE_SECONDS = 3.0  # between a rank's bad end and the end of the others
END_SECONDS = 20.0  # within which a rank that is told to end has ended; guards take 3 s and KILL


class Near:
    """The peer whose slot is in this very process."""

    def __init__(self, slot: Slot, node: str, address: str) -> None:
        self._slot, self.node, self.address = slot, node, address
        self.go, self.cancel, self.close = slot.go, slot.cancel, slot.close
        self.lacks, self.bring, self.read = slot.lacks, slot.bring, slot.read

    async def assign(self, ticket: Ticket) -> None:
        """Queue the ticket of the rank."""
        await self._slot.assign([ticket])

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`."""
        return await self._slot.collect(cursor, wait_seconds)


class Band:
    """Looks like a `Slot`. `peers` are its ranks in order, `folder` is its own."""

    def __init__(
        self, peers: Sequence[Peer], folder: Path, *, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._peers, self._folder, self._settle = tuple(peers), folder, settle_seconds
        self._turns = Turns(self._begun)
        self.assign, self.collect = self._turns.assign, self._turns.collect
        self.cancel, self.held = self._turns.cancel, self._turns.held
        self.read = self._peers[0].read  # what ranks make for others is rank 0's

    async def lacks(self, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not on the machine of every rank."""
        each = await asyncio.gather(*(_lacking(peer, digests) for peer in self._peers))
        return tuple(digest for digest in digests if any(digest in some for some in each))

    async def bring(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact in, on every machine; how much is there on all of them."""
        told = await asyncio.gather(
            *(_brought(peer, digest, size, offset, data) for peer in self._peers)
        )
        return next((one for one in told if one.trouble), min(told))

    async def close(self) -> None:
        """End what runs, then the slots of all ranks."""
        await self._turns.close()
        await asyncio.gather(*(peer.close() for peer in self._peers), return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _begun(self, ticket: Ticket) -> Ensemble:
        self._folder.mkdir(parents=True, exist_ok=True)
        return Ensemble(ticket, self._peers, self._folder, self._turns.add, self._settle)


class Ensemble:
    """One attempt by all ranks."""

    def __init__(
        self, ticket: Ticket, peers: Sequence[Peer], folder: Path, emit: Emit, settle: float
    ) -> None:
        self.ticket = ticket
        self._settle = settle
        self._voice = Voice(ticket.key, ticket.log_limit_bytes, folder / "band-log", emit)
        self._parts = [Part(rank, peer, ticket, self._voice) for rank, peer in enumerate(peers)]
        self._news = asyncio.Event()
        self._cancelled = False

    def cancel(self) -> None:
        """End all ranks; the report arrives by `carry_out`."""
        self._cancelled = True
        self._news.set()

    async def carry_out(self) -> Report:
        """Run all ranks to their ends, whatever these are."""
        following = [asyncio.ensure_future(self._followed(part)) for part in self._parts]
        try:
            await self._started()
            await self._until(self._is_over)
            if self._is_broken():
                await self._settled()
            await self._ended()
        finally:
            for task in following:
                task.cancel()
            self._voice.close()
        log = self._voice.log
        report = merging.merged([part.end() for part in self._parts], cancelled=self._cancelled)
        return replace(report, log_bytes=log.bytes, log_lost_bytes=log.lost_bytes)

    async def _followed(self, part: Part) -> None:
        try:
            await part.follow(self._tell)
        except PeerLost as reason:
            part.lose(str(reason))
        self._news.set()

    def _tell(self) -> None:
        """Something happened to a rank."""
        phases = {part.progress.phase for part in self._parts}
        slowest = Phase.PREPARING if Phase.PREPARING in phases else Phase.RUNNING
        busiest = max(self._parts, key=lambda part: part.progress.total)
        self._voice.phase(slowest, "" if slowest is Phase.RUNNING else self._waited_for())
        self._voice.counted(busiest.progress.done, busiest.progress.total)
        self._news.set()

    def _waited_for(self) -> str:
        behind = [part for part in self._parts if not part.is_ready]
        return "; ".join(f"rank {part.rank}: {part.progress.note}" for part in behind)

    async def _started(self) -> None:
        """Let all ranks start once all are ready; none where one has ended before."""
        await self._until(lambda: self._is_over() or all(part.is_ready for part in self._parts))
        if self._is_over():
            return
        hosts = tuple(part.peer.address for part in self._parts)
        meeting = Rendezvous(hosts, free_port(hosts[0]))  # rank 0 leads, so that is here
        await _all(part.go(meeting) for part in self._parts)

    async def _settled(self) -> None:
        """Give the others a moment, and learn of each whether it is still there.

        A rank that fails because another's node is gone mostly knows it before we do.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(self._settle, self._news.set)
        await self._until(
            lambda: all(
                part.is_over or (part.heard > began and loop.time() >= began + self._settle)
                for part in self._parts
            )
        )

    async def _ended(self) -> None:
        """End what has not ended by itself; a slot that cannot even do that is lost."""
        left = [part for part in self._parts if not part.is_over]
        await _all(part.cancel() for part in left)
        try:
            over = self._until(lambda: all(part.is_over for part in self._parts), always=True)
            await asyncio.wait_for(over, END_SECONDS if left else None)
        except TimeoutError:
            for part in left:
                part.lose(f"it did not end within {END_SECONDS:g} s of being told to")

    def _is_broken(self) -> bool:
        return not self._cancelled and any(part.is_bad for part in self._parts)

    def _is_over(self) -> bool:
        parts = self._parts
        return (
            self._cancelled or any(part.is_bad for part in parts) or all(p.is_over for p in parts)
        )

    async def _until(self, claim: Callable[[], bool], *, always: bool = False) -> None:
        """Wait until something holds, or somebody cancels."""
        while not claim() and (always or not self._cancelled):
            self._news.clear()
            await self._news.wait()


async def _all(calls: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*calls)


async def _lacking(peer: Peer, digests: Sequence[str]) -> tuple[str, ...]:
    """A rank that is lost lacks nothing: the attempt finds out what became of it."""
    try:
        return await peer.lacks(digests)
    except PeerLost:
        return ()


async def _brought(peer: Peer, digest: str, size: int, offset: int, data: bytes) -> Brought:
    """The same for what is brought to it."""
    try:
        return await peer.bring(digest, size, offset, data)
    except PeerLost:
        return Brought(size)
