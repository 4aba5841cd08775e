"""Serves one queue with one executor: announce, reconcile, then claim, assign, collect, record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from matrix.status import Layer, Status
from orchestrator.dispatch.courier import Courier
from orchestrator.dispatch.crew import Crew
from orchestrator.dispatch.fleet import Fleet
from orchestrator.dispatch.losses import lost
from orchestrator.dispatch.pace import Pace
from orchestrator.dispatch.patient import Patient
from orchestrator.dispatch.port import Executor, Held, Queue
from orchestrator.dispatch.recorder import Recorder
from orchestrator.dispatch.rhythm import Rhythm
from runners.work import Ended, Key, Offer, Report, RunnerCard

Say = Callable[[str], None]
CARRIERS = 2  # threads in which pieces of files go to the queue and come from it


@dataclass(slots=True)
class Stop:
    """Asks a dispatcher to end: `drain` ends what runs, `leave` lets slots live on."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False

    def drain(self) -> None:
        """Claim no more, end the suites, give their jobs back uncounted."""
        self.asked.set()

    def leave(self) -> None:
        """Claim no more; what runs in slots that can outlive us is left to the next one."""
        self.leaving = True
        self.asked.set()


class Dispatcher:
    """One runner: a queue on one side, the slots of one cluster (or machine) on the other."""

    def __init__(
        self,
        queue: Queue,
        executor: Executor,
        card: RunnerCard,
        say: Say = lambda _: None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._queue, self._executor, self._card, self._say = queue, executor, card, say
        self._rhythm = rhythm or Rhythm()
        self._patient, self._carriers = Patient(say), Patient(say, CARRIERS)
        self._pace, self._fleet = Pace(), Fleet()
        self._wake, self._renew = asyncio.Event(), asyncio.Event()
        self._runner = 0
        self._stopping = False

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What it has told the queue that it offers."""
        return self._card.offers

    def nudge(self) -> None:
        """Look into the queue at once: something was queued or cancelled. For the loop's thread."""
        self._wake.set()
        if self._fleet.keys():  # one of them may have been cancelled
            self._renew.set()

    async def run(self, stop: Stop) -> None:
        """Serve until asked to stop. Raises CoevoError where the executor cannot start."""
        try:
            held = await self._begin(stop)
            if held is not None:
                await self._serve(held, stop)
        finally:
            self._patient.close()
            self._carriers.close()

    async def _begin(self, stop: Stop) -> tuple[Held, ...] | None:
        """Announce, renew every lease before anything slow, then start the executor.

        None where it was asked to stop before the executor had started.
        """
        self._runner = await self._patient.ask(self._queue.announce, self._card)
        self._known = frozenset(await self._patient.ask(self._queue.held, self._runner))
        await self._patient.ask(self._queue.renew, self._runner, tuple(self._known))
        starting = asyncio.ensure_future(self._executor.start())
        asked = asyncio.create_task(stop.asked.wait())
        while not starting.done() and not asked.done():
            both = [starting, asked]
            await asyncio.wait(
                both, timeout=self._rhythm.starting, return_when=asyncio.FIRST_COMPLETED
            )
            await self._patient.ask(self._queue.renew, self._runner, tuple(self._known))
        asked.cancel()
        if not starting.done():
            await self._give_up(starting, stop)
            return None
        held = starting.result()
        await self._offer()
        return held

    async def _give_up(self, starting: asyncio.Future[tuple[Held, ...]], stop: Stop) -> None:
        """Let go of an executor that has not started; what is left there is left, where told so."""
        starting.cancel()
        await asyncio.wait([starting])
        await self._executor.stop(leave=stop.leaving and self._executor.outlives)

    async def _serve(self, held: tuple[Held, ...], stop: Stop) -> None:
        recorder = Recorder(self._queue, self._runner, self._patient)
        courier = Courier(self._executor, self._queue, self._carriers)
        crew = Crew(self._executor, recorder, courier, self._fleet, self._pace, self._rhythm)
        crew.release, crew.wake, crew.say = self._release, self._wake.set, self._say
        recording = asyncio.create_task(recorder.run())
        try:
            await self._reconcile(held, recorder, crew)
            await self._work(stop, crew)
            await self._end(stop, crew)
        finally:
            recording.cancel()
            crew.dismiss()

    async def _reconcile(self, held: tuple[Held, ...], recorder: Recorder, crew: Crew) -> None:
        """Follow the slots that were found; account for attempts that are in none of them."""
        found = frozenset(key for one in held for key in one.keys)
        for one in held:
            await crew.adopt(one, self._known)
        gone = sorted(self._known - found)
        if self._executor.outlives:
            await recorder.stored([lost(key, "the slot it ran in is gone") for key in gone])
        elif gone:
            await self._release(gone)

    async def _work(self, stop: Stop, crew: Crew) -> None:
        """Claim, renew and look at the offers until asked to stop, or until one of them breaks."""
        tasks = [
            asyncio.create_task(loop)
            for loop in (self._claiming(crew), self._renewing(crew), self._looking())
        ]
        asked = asyncio.create_task(stop.asked.wait())
        try:
            await asyncio.wait([asked, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping = True
            self._wake.set()
            await asyncio.wait(tasks[:1], timeout=self._rhythm.drain / 2)
            await _ended(asked, *tasks)

    async def _claiming(self, crew: Crew) -> None:
        while not self._stopping:
            self._wake.clear()
            rooms = self._fleet.rooms(self._pace, crew.now())
            if rooms:
                tickets = await self._patient.ask(self._queue.claim, self._runner, rooms)
                self._fleet.place(tickets)
                crew.feed()
                if len(tickets) == sum(room.free for room in rooms):
                    continue  # there may be more
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._rhythm.claim)

    async def _renewing(self, crew: Crew) -> None:
        while True:
            self._renew.clear()
            keys = self._fleet.keys()
            answer = await self._patient.ask(self._queue.renew, self._runner, keys)
            await self._drop(answer.cancelled, crew)
            self._fleet.withdraw_waiting(answer.lost)
            await crew.cancel(answer.cancelled | answer.lost)
            await self._release(crew.hoarded())
            await crew.withdraw_stuck()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._renew.wait(), self._rhythm.renew)

    async def _looking(self) -> None:
        while True:
            await asyncio.sleep(self._rhythm.offers)
            await self._offer()

    async def _offer(self) -> None:
        """Tell the queue what can be run here, when that has changed."""
        offers = await self._executor.offers()
        if self._fleet.offer(offers):
            self._card = replace(self._card, offers=offers)
            await self._patient.ask(self._queue.announce, self._card)
            slots = sum(offer.slots for offer in offers)
            self._say(f"{slots} slot{'s' if slots != 1 else ''} ready")
            await self._release(self._fleet.withdraw_stranded())
            self._wake.set()

    async def _drop(self, cancelled: frozenset[Key], crew: Crew) -> None:
        """End attempts that were cancelled before any slot had them."""
        report = Report(Status.SKIP, Layer.NONE, "cancelled before it began", cancelled=True)
        keys = self._fleet.withdraw_waiting(cancelled)
        await crew.recorder.stored([Ended(key, report) for key in keys])

    async def _release(self, keys: tuple[Key, ...] | list[Key]) -> None:
        if keys:
            await self._patient.ask(self._queue.release, self._runner, tuple(keys))
            self._wake.set()

    async def _end(self, stop: Stop, crew: Crew) -> None:
        """Let go: give back what no slot has; end what runs, or leave it to the next dispatcher."""
        leave = stop.leaving and self._executor.outlives
        await self._release(self._fleet.withdraw_waiting())
        if not leave:
            await crew.drain()
        crew.dismiss()
        await self._executor.stop(leave=leave)
        if not leave:
            await self._release(self._fleet.keys())


async def _ended(*tasks: asyncio.Task[None] | asyncio.Task[bool]) -> None:
    """Cancel what still runs; what one of them broke with is raised."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
