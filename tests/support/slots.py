"""Carrying tickets out in a real slot, and looking for what they have left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from runners import guard, processes
from runners.environments.bindings import Bindings
from runners.slot import Slot
from runners.work import Ended, Happening, LogChunk, Progress, Report, Ticket

PATIENCE_SECONDS = 60.0


class Carried(NamedTuple):
    """What a slot handed over for some tickets."""

    happenings: tuple[Happening, ...]
    cursor: int

    @property
    def reports(self) -> tuple[Report, ...]:
        """The reports in the order in which the attempts ended."""
        return tuple(one.report for one in self.happenings if isinstance(one, Ended))

    @property
    def log(self) -> bytes:
        """All log bytes, in order."""
        return b"".join(one.data for one in self.chunks)

    @property
    def chunks(self) -> tuple[LogChunk, ...]:
        """The pieces of log."""
        return tuple(one for one in self.happenings if isinstance(one, LogChunk))

    @property
    def progress(self) -> tuple[Progress, ...]:
        """What was told of progress."""
        return tuple(one for one in self.happenings if isinstance(one, Progress))


During = Callable[[Slot], Awaitable[None]]


def carried(
    home: Path,
    *tickets: Ticket,
    during: During | None = None,
    bindings: Bindings | None = None,
) -> Carried:
    """Carry tickets out in a slot of `home`, doing `during` meanwhile; ends the slot."""
    return asyncio.run(_carried(Slot("test", home, bindings=bindings), tickets, during))


def report_of(home: Path, ticket: Ticket, bindings: Bindings | None = None) -> Report:
    """The report of one ticket."""
    (report,) = carried(home, ticket, bindings=bindings).reports
    return report


async def _carried(slot: Slot, tickets: tuple[Ticket, ...], during: During | None) -> Carried:
    try:
        await slot.assign(tickets)
        if during is not None:
            await during(slot)
        return await asyncio.wait_for(collected(slot, len(tickets)), PATIENCE_SECONDS)
    finally:
        await slot.close()


async def collected(slot: Slot, ends: int, cursor: int = 0) -> Carried:
    """What happened in a slot behind a cursor until so many attempts had ended."""
    found = list[Happening]()
    while ends > 0:
        cursor, happenings = await slot.collect(cursor, PATIENCE_SECONDS)
        found += happenings
        ends -= sum(isinstance(one, Ended) for one in happenings)
    return Carried(tuple(found), cursor)


def survivors(home: Path) -> list[str]:
    """The command lines of living processes that a slot of `home` has started."""
    pids = processes.carrying(f"{guard.MARKER}={home}/".encode())
    lines = [_command_of(pid) for pid in pids if alive(pid)]
    return [line.replace(b"\0", b" ").decode() for line in lines if line]


def _command_of(pid: int) -> bytes:
    """A process's command line; nothing where it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


async def eventually(claim: Callable[[], object], what: str) -> None:
    """Wait until something holds; fails after a minute."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not claim():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.01)
    assert claim(), what
