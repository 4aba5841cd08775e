"""One rank of an attempt on several nodes: the slot that carries it out, and what it has said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from runners.artifacts import Brought
from runners.merging import End
from runners.voice import Voice
from runners.work import (
    Ended,
    Happening,
    Key,
    LogChunk,
    Phase,
    Progress,
    Ready,
    Rendezvous,
    Report,
    Ticket,
)

COLLECT_SECONDS = 1.0


class PeerLost(Exception):  # noqa: N818 - a state of the machine, no mistake of anybody's
    """A rank's slot has gone, with its node or without; the text says how."""


class Peer(Protocol):
    """The slot of one rank. Every call may raise PeerLost; it answers or is lost in due time."""

    node: str
    address: str

    async def assign(self, ticket: Ticket) -> None:
        """Queue the ticket of the rank."""

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`."""

    async def go(self, key: Key, meeting: Rendezvous) -> None:
        """Let the rank start."""

    async def cancel(self, key: Key) -> None:
        """End the rank; its report still arrives."""

    async def lacks(self, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not on its machine."""

    async def bring(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact in."""

    async def read(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of an artifact."""

    async def close(self) -> None:
        """End the slot."""


class Part:
    """One rank of an attempt: what was heard of it so far."""

    def __init__(self, rank: int, peer: Peer, ticket: Ticket, voice: Voice) -> None:
        self.rank, self.peer = rank, peer
        self.progress = Progress(ticket.key, Phase.PREPARING, 0, 0, "")
        self.is_ready = False
        self.heard = 0.0
        self._ticket = replace(ticket, rank=rank)
        self._log = RankLog(rank, voice)
        self._report: Report | None = None
        self._lost = ""
        self._went = 0.0

    @property
    def is_over(self) -> bool:
        """Whether it has ended or is lost."""
        return self._report is not None or bool(self._lost)

    @property
    def is_bad(self) -> bool:
        """Whether it has ended badly, or is lost."""
        return self.is_over and self.end().is_bad

    def end(self) -> End:
        """How it ended."""
        took = self._report.usage.run_seconds if self._report else 0.0
        at = self._went + took
        return End(self.rank, self.peer.node, at, self._report, self._lost)

    def lose(self, why: str) -> None:
        """It is gone, unless it had ended before."""
        if self._report is None:
            self._lost = why or "nothing is known of it"

    async def follow(self, tell: Callable[[], None]) -> None:
        """Queue the rank and take what happens to it until its end. Raises PeerLost."""
        await self.peer.assign(self._ticket)
        cursor, loop = 0, asyncio.get_running_loop()
        while self._report is None:
            asked = loop.time()
            cursor, happenings = await self.peer.collect(cursor, COLLECT_SECONDS)
            self.heard = asked
            for happening in happenings:
                self._take(happening)
            tell()

    async def go(self, meeting: Rendezvous) -> None:
        """Let it start. When it did lies between the question and the answer."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        with suppress(PeerLost):
            await self.peer.go(self._ticket.key, meeting)
        self._went = (asked + loop.time()) / 2

    async def cancel(self) -> None:
        """End it."""
        with suppress(PeerLost):
            await self.peer.cancel(self._ticket.key)

    def _take(self, happening: Happening) -> None:
        if happening.key != self._ticket.key:
            return  # of the attempt before
        match happening:
            case LogChunk():
                self._log.take(happening)
            case Progress():
                self.progress = happening
            case Ready():
                self.is_ready = True
            case Ended():
                self._log.close()
                self._report = happening.report


class RankLog:
    """A rank's log on its way into the attempt's: whole lines, each with the rank in front."""

    def __init__(self, rank: int, voice: Voice) -> None:
        self._voice = voice
        self._mark = f"[rank {rank}] ".encode()
        self._rest = b""
        self._next = 0

    def take(self, chunk: LogChunk) -> None:
        """The next piece; what is missing before it is said."""
        if chunk.offset > self._next:
            self.close()
            lost = chunk.offset - self._next
            self._voice.write(self._mark + b"coevo: %d bytes of its log were not kept\n" % lost)
        self._next = max(self._next, chunk.offset + len(chunk.data))
        *lines, self._rest = (self._rest + chunk.data).split(b"\n")
        if lines:
            self._voice.write(b"".join(self._mark + line + b"\n" for line in lines))

    def close(self) -> None:
        """An unfinished line counts as one."""
        if self._rest:
            self._voice.write(self._mark + self._rest + b"\n")
            self._rest = b""
