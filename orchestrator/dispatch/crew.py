"""Follows every slot: fills it, collects from it, has stored what happened, and mourns it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from matrix.status import Status
from orchestrator.dispatch.courier import Courier
from orchestrator.dispatch.fleet import Fleet
from orchestrator.dispatch.lane import Bay, Lane
from orchestrator.dispatch.losses import lost
from orchestrator.dispatch.pace import Pace
from orchestrator.dispatch.port import Executor, Held, SlotLost
from orchestrator.dispatch.recorder import Recorder
from orchestrator.dispatch.rhythm import Rhythm
from runners.work import Ended, Happening, Key, Ticket

PAUSES = 5  # a slot that cannot be made is tried again after up to 2**5 pauses


async def _unreleased(keys: tuple[Key, ...]) -> None:
    raise AssertionError(f"nobody takes {keys} back")


class Crew:
    """One task for each lane. The dispatcher sets `release`, `wake` and `say`."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a dispatcher, put together in one place
        self,
        executor: Executor,
        recorder: Recorder,
        courier: Courier,
        fleet: Fleet,
        pace: Pace,
        rhythm: Rhythm,
    ) -> None:
        self._executor, self.recorder, self._courier = executor, recorder, courier
        self._fleet, self._pace, self._rhythm = fleet, pace, rhythm
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._ended = asyncio.Event()
        self.release: Callable[[tuple[Key, ...]], Awaitable[None]] = _unreleased
        self.wake: Callable[[], None] = lambda: None
        self.say: Callable[[str], None] = lambda _: None

    @staticmethod
    def now() -> float:
        """Seconds of the clock that lanes are timed by."""
        return time.monotonic()

    async def adopt(self, held: Held, known: frozenset[Key]) -> None:
        """Follow a slot that was found; what the queue no longer calls ours is ended in it."""
        bay, lane = self._fleet.adopt(held, known, self.now())
        for key in held.keys:
            if key not in known:
                with suppress(SlotLost):
                    await self._executor.cancel(held.slot, key)
        self._follow(bay, lane)

    def feed(self) -> None:
        """Hand waiting tickets to slots that have room, making slots where there are too few."""
        for bay in self._fleet.bays.values():
            self._widen(bay)
            for lane, tickets in self._allotted(bay):
                self._start(self._assign(lane, tickets))
            self._grow(bay)

    async def cancel(self, keys: Iterable[Key]) -> None:
        """End attempts that are in slots; their ends arrive as reports."""
        for key in keys:
            lane = self._fleet.lane_of(key)
            if lane is not None and lane.slot:
                with suppress(SlotLost):
                    await self._executor.cancel(lane.slot, key)

    def hoarded(self) -> tuple[Key, ...]:
        """Take back claimed tickets of bays whose every slot is busy with something long."""
        keys: list[Key] = []
        for bay in self._fleet.bays.values():
            stuck = [lane for lane in bay.lanes if self._is_stuck(lane)]
            if len(stuck) >= bay.offer.slots and not bay.is_wide():
                keys += [one.key for one in bay.waiting if not bay.width_of(one).is_wide]
        return self._fleet.withdraw_waiting(frozenset(keys))

    async def withdraw_stuck(self) -> None:
        """Take back from slots what waits in them behind something long."""
        for _, lane in self._fleet.lanes():
            if self._is_stuck(lane):
                await self._withdraw(lane, tuple(lane.errands)[1:])

    async def drain(self) -> None:
        """End everything in slots and give it back, within the time there is."""
        for _, lane in self._fleet.lanes():
            await self._withdraw(lane, tuple(lane.errands))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._emptied(), self._rhythm.drain)

    async def _emptied(self) -> None:
        while any(lane.errands for _, lane in self._fleet.lanes()):
            self._ended.clear()
            await self._ended.wait()

    def dismiss(self) -> None:
        """Follow nothing any more."""
        for task in self._tasks:
            task.cancel()

    def _is_stuck(self, lane: Lane) -> bool:
        return bool(lane.errands) and self.now() - lane.since > self._rhythm.hoard

    async def _withdraw(self, lane: Lane, keys: tuple[Key, ...]) -> None:
        if back := lane.withdraw_coming(frozenset(keys)):
            await self.release(back)
        for key in keys:
            errand = lane.errands.get(key)
            if errand is not None and not errand.withdrawn:
                errand.withdrawn = True
                await self.cancel([key])

    def _widen(self, bay: Bay) -> None:
        """Give all that a bay has to work for several devices or nodes, once it is free."""
        width = bay.next_is_wide()
        there = any(lane.width == width for lane in bay.lanes)
        if width is None or there or any(lane.errands for lane in bay.lanes):
            return
        for lane in tuple(bay.lanes):
            self._start(self._retire(bay, lane))
        self._follow(bay, self._added(bay, Lane(0, width)))

    def _grow(self, bay: Bay) -> None:
        """More slots, while tickets wait that none of those being made will take."""
        making = sum(1 for lane in bay.lanes if not lane.slot)
        while bay.narrow_ahead() > making and (lane := bay.new_lane()):
            self._follow(bay, self._added(bay, lane))
            making += 1

    def _allotted(self, bay: Bay) -> list[tuple[Lane, list[Ticket]]]:
        """Which lane gets which waiting tickets: in their order, each to the emptiest lane."""
        given: dict[int, tuple[Lane, list[Ticket]]] = {}
        while bay.waiting:
            ticket = bay.waiting[0]
            able = [lane for lane in bay.lanes if lane.admits(ticket, self._pace)]
            if not able:
                break
            lane = min(able, key=lambda one: len(one.errands))
            lane.take(bay.waiting.pop(0), self._pace, self.now())
            given.setdefault(id(lane), (lane, []))[1].append(ticket)
        return list(given.values())

    @staticmethod
    def _added(bay: Bay, lane: Lane) -> Lane:
        bay.lanes.append(lane)
        return lane

    def _follow(self, bay: Bay, lane: Lane) -> None:
        lane.since = self.now()
        self._start(self._followed(bay, lane))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a slot's task broke", "exception": error, "task": task}
            )

    async def _followed(self, bay: Bay, lane: Lane) -> None:
        try:
            if not lane.slot:
                lane.slot = await self._executor.slot_for(bay.offer, lane.index, *lane.width)
                self._failures = 0
            self.feed()
            self.wake()
            await self._collected(bay, lane)
        except SlotLost as error:
            await self._lose(bay, lane, str(error))

    async def _collected(self, bay: Bay, lane: Lane) -> None:
        cursor = 0
        while lane.errands or not self._is_over(bay, lane):
            batch = await self._executor.collect(lane.slot, cursor, self._rhythm.collect)
            await self._take(lane, batch.happenings)
            cursor = batch.cursor
            self.feed()
            self.wake()
        await self._retire(bay, lane)
        self.feed()
        self.wake()

    def _is_over(self, bay: Bay, lane: Lane) -> bool:
        """Whether an empty slot is to be retired."""
        if lane.stale or lane.width.is_wide:
            return lane.stale or bay.next_is_wide() != lane.width
        surplus = lane.index >= bay.offer.slots
        return surplus or self.now() - lane.since > self._rhythm.idle

    async def _take(self, lane: Lane, happenings: tuple[Happening, ...]) -> None:
        """Store what happened, then forget it; the slot keeps it until then."""
        back = frozenset(one.key for one in happenings if self._goes_back(lane, one))
        kept = [one for one in happenings if not (isinstance(one, Ended) and one.key in back)]
        if any(isinstance(one, Ended) and one.report.artifacts for one in kept):
            kept = await self._fetched(lane, kept)
        ended = sum(isinstance(one, Ended) for one in happenings)
        lane.is_told = ended >= len(lane.errands)
        last = all(one.is_told or not one.errands for _, one in self._fleet.lanes())
        await self.recorder.stored(kept, hurry=lane.is_told, last=last)
        lane.is_told = False
        if back:
            await self.release(tuple(back))
        for one in happenings:
            if isinstance(one, Ended):
                self._learn(lane, one)

    async def _fetched(self, lane: Lane, kept: list[Happening]) -> list[Happening]:
        """The ends, once the queue has the files that they name; the rest is stored before."""
        await self.recorder.stored([one for one in kept if not isinstance(one, Ended)])
        ends = [one for one in kept if isinstance(one, Ended)]
        return [await self._courier.fetched(lane.slot, one) for one in ends]

    @staticmethod
    def _goes_back(lane: Lane, happening: Happening) -> bool:
        errand = lane.errands.get(happening.key)
        ended = isinstance(happening, Ended) and happening.report.cancelled
        return ended and errand is not None and errand.withdrawn

    def _learn(self, lane: Lane, ended: Ended) -> None:
        errand = lane.end(ended.key, self.now())
        self._ended.set()
        if lane.width.nodes > 1 and ended.report.status is Status.MISS:
            lane.stale = True  # one of its nodes may be gone; the next try has a slot of its own
        if errand is not None and errand.suite and not ended.report.cancelled:
            usage = ended.report.usage
            self._pace.learn(errand.suite, usage.prepare_seconds + usage.run_seconds)

    async def _assign(self, lane: Lane, tickets: list[Ticket]) -> None:
        # A slot that is lost is found out by whoever collects from it, with all that was in it.
        with suppress(SlotLost):
            async with lane.door:
                if any(ticket.inputs for ticket in tickets):
                    tickets = [one for one in tickets if await self._is_supplied(lane, one)]
                there = [ticket for ticket in tickets if lane.arrive(ticket.key)]
                if there:
                    await self._executor.assign(lane.slot, there)

    async def _is_supplied(self, lane: Lane, ticket: Ticket) -> bool:
        """Bring a ticket's files to the slot; where that cannot be, this is its end."""
        why = await self._courier.supply(lane.slot, ticket, lambda: ticket.key in lane.errands)
        if why and lane.end(ticket.key, self.now()) is not None:
            await self.recorder.stored([lost(ticket.key, why)])
            self._ended.set()
            self.feed()
            self.wake()
        return not why

    async def _retire(self, bay: Bay, lane: Lane) -> None:
        if lane in bay.lanes:
            bay.lanes.remove(lane)
        with suppress(SlotLost):
            await self._executor.retire(lane.slot)

    async def _lose(self, bay: Bay, lane: Lane, reason: str) -> None:
        """What ran is an infrastructure failure; what only waited in the slot goes back."""
        if lane not in bay.lanes:
            return  # we have retired it ourselves
        self.say(reason)
        coming = lane.withdraw_coming()
        running, waiting = tuple(lane.errands)[:1], (*tuple(lane.errands)[1:], *coming)
        await self.recorder.stored([lost(key, reason, lane.node) for key in running])
        await self.release(waiting)
        self._failures = min(self._failures + 1, PAUSES)
        if not lane.slot:
            await asyncio.sleep(self._rhythm.lost_pause * 2**self._failures)
        bay.lanes.remove(lane)
        self._ended.set()
        self.feed()
        self.wake()
