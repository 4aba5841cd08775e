"""Turns over attempts that are told what to do: in order, none lost, none twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tickets import ticket

from matrix.status import Layer, Status
from runners.turns import Turns
from runners.work import Ended, Key, Report, Ticket

PASSED = Report(Status.PASS, Layer.NONE, "")
STOPPED = Report(Status.SKIP, Layer.NONE, "Cancelled.", cancelled=True)


@dataclass
class Told:
    """An attempt that lasts until it is let go or cancelled."""

    ticket: Ticket
    go: asyncio.Event = field(default_factory=asyncio.Event)
    is_cancelled: bool = False

    async def carry_out(self) -> Report:
        await self.go.wait()
        return STOPPED if self.is_cancelled else PASSED

    def cancel(self) -> None:
        self.is_cancelled = True
        self.go.set()


class Scene:
    """Turns, and the attempts that they have begun."""

    def __init__(self, breaks: int = 0) -> None:
        self.begun: list[Told] = []
        self.breaks = breaks
        self.news = asyncio.Queue[int]()
        self.turns = Turns(self.begin)

    async def begin(self, ticket: Ticket) -> Told:
        if ticket.key.job == self.breaks:
            raise OSError(28, "No space left on device")
        self.begun.append(Told(ticket))
        self.news.put_nowait(ticket.key.job)
        return self.begun[-1]

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.begun) < count:
                await self.news.get()

    async def ends(self, count: int) -> dict[int, Report]:
        cursor, found = 0, dict[int, Report]()
        async with asyncio.timeout(30):
            while len(found) < count:
                cursor, happened = await self.turns.collect(cursor, 1.0)
                found |= {one.key.job: one.report for one in happened if isinstance(one, Ended)}
        return found


def test_tickets_are_carried_out_one_after_another() -> None:
    async def scene() -> None:
        at = Scene()
        await at.turns.assign([ticket(job=1), ticket(job=2)])
        await at.until_begun(1)
        assert at.turns.held() == (Key(1, 1), Key(2, 1))
        at.begun[0].go.set()
        await at.until_begun(2)
        assert [one.ticket.key.job for one in at.begun] == [1, 2]
        at.begun[1].go.set()
        assert await at.ends(2) == {1: PASSED, 2: PASSED}

    asyncio.run(scene())


def test_a_ticket_that_is_here_already_is_not_carried_out_twice() -> None:
    async def scene() -> None:
        at = Scene()
        await at.turns.assign([ticket(job=1)])
        await at.turns.assign([ticket(job=1)])
        await at.until_begun(1)
        at.begun[0].go.set()
        assert await at.ends(1) == {1: PASSED}
        assert len(at.begun) == 1

    asyncio.run(scene())


def test_left_alone_what_runs_is_neither_cancelled_nor_followed() -> None:
    async def scene() -> None:
        at = Scene()
        await at.turns.leave()  # nothing has begun
        await at.turns.assign([ticket(job=1), ticket(job=2)])
        await at.until_begun(1)
        await at.turns.leave()
        at.begun[0].go.set()
        assert not at.begun[0].is_cancelled
        assert await at.turns.collect(0, 0.1) == (0, ())
        assert len(at.begun) == 1

    asyncio.run(scene())


def test_cancelling_ends_what_runs_and_drops_what_waits() -> None:
    async def scene() -> None:
        at = Scene()
        await at.turns.assign([ticket(job=1), ticket(job=2), ticket(job=3)])
        await at.until_begun(1)
        await at.turns.cancel(Key(2, 1))
        await at.turns.cancel(Key(1, 1))
        await at.until_begun(2)
        at.begun[1].go.set()
        ends = await at.ends(3)
        assert [ends[job].cancelled for job in (1, 2, 3)] == [True, True, False]
        assert [one.ticket.key.job for one in at.begun] == [1, 3]

    asyncio.run(scene())


def test_what_cannot_begin_is_reported_and_the_next_goes_on() -> None:
    async def scene() -> None:
        at = Scene(breaks=1)
        await at.turns.assign([ticket(job=1), ticket(job=2)])
        await at.until_begun(1)
        at.begun[0].go.set()
        ends = await at.ends(2)
        assert (ends[1].status, ends[1].layer, ends[1].retry) == (Status.MISS, Layer.INFRA, True)
        assert "No space left on device" in ends[1].reason
        assert ends[2] == PASSED

    asyncio.run(scene())


def test_closing_drops_what_waits_and_ends_what_runs() -> None:
    async def scene() -> None:
        at = Scene()
        await at.turns.assign([ticket(job=1), ticket(job=2)])
        await at.until_begun(1)
        await at.turns.close()
        assert await at.ends(1) == {1: STOPPED}
        assert len(at.begun) == 1

    asyncio.run(scene())
