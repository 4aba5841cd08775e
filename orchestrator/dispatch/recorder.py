"""Hands what happened in all slots to the queue, many at a time, and says when it is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from orchestrator.dispatch.losses import unrecordable
from orchestrator.dispatch.patient import Patient
from orchestrator.dispatch.port import Queue
from runners.work import Ended, Happening, LogChunk, Progress

ALONE_TRIES = 4
LINGER_SECONDS = 0.1
TOGETHER_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class _Parcel:
    happenings: tuple[Happening, ...]
    stored: asyncio.Future[None]


class Recorder:
    """One writer for all lanes: while one transaction commits, the next one fills up."""

    def __init__(self, queue: Queue, runner: int, patient: Patient) -> None:
        self._queue, self._runner, self._patient = queue, runner, patient
        self._parcels: list[_Parcel] = []
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._last = asyncio.Event()
        self._next = 0.0

    async def stored(
        self, happenings: Sequence[Happening], *, hurry: bool = True, last: bool = False
    ) -> None:
        """Returns once all of it is in the queue for good; without `hurry` it may wait a little.

        `last` says that no slot is at work that could soon have more: nobody is waited for.
        """
        if not happenings:
            return
        parcel = _Parcel(tuple(happenings), asyncio.get_running_loop().create_future())
        self._parcels.append(parcel)
        self._news.set()
        if hurry:
            self._hurry.set()
        if last:
            self._last.set()
        await parcel.stored

    async def run(self) -> None:
        """Write until cancelled: soon when a slot has nothing left to do, or after a silence.

        Each transaction costs milliseconds whatever is in it, so a burst is stored in few of them;
        a slot goes on with what it was given ahead meanwhile, and slots that get done within a
        moment share one.
        """
        while True:
            await self._news.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._next - time.monotonic())
            if self._hurry.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._last.wait(), TOGETHER_SECONDS)
            self._next = time.monotonic() + LINGER_SECONDS
            self._news.clear()
            self._hurry.clear()
            self._last.clear()
            parcels, self._parcels = self._parcels, []
            await self._write([one for parcel in parcels for one in parcel.happenings])
            for parcel in parcels:
                if not parcel.stored.done():
                    parcel.stored.set_result(None)

    async def _write(self, happenings: list[Happening]) -> None:
        progress = _latest([one for one in happenings if isinstance(one, Progress)], happenings)
        chunks = [one for one in happenings if isinstance(one, LogChunk)]
        ended = [one for one in happenings if isinstance(one, Ended)]
        if progress or chunks:
            await self._patient.ask(self._queue.note, self._runner, progress, chunks)
        if ended:
            await self._record(ended)

    async def _record(self, ended: list[Ended]) -> None:
        """All in one transaction; where that fails, each alone, so that one cannot stop all."""
        try:
            await self._patient.once(self._queue.record, self._runner, ended)
        except Exception:  # noqa: BLE001 - a queue that is away, or one report it cannot take
            for one in ended:
                await self._record_alone(one)

    async def _record_alone(self, ended: Ended) -> None:
        """Stored as it is, or, where a queue that answers refuses it again and again, without."""
        for _ in range(ALONE_TRIES):
            try:
                await self._patient.once(self._queue.record, self._runner, [ended])
            except Exception as error:  # noqa: BLE001 - whatever ails the queue or the report
                problem = str(error)
                await self._patient.ask(self._queue.renew, self._runner, [])
            else:
                return
        await self._patient.ask(self._queue.record, self._runner, [unrecordable(ended, problem)])


def _latest(progress: list[Progress], happenings: list[Happening]) -> list[Progress]:
    """The last word on each attempt, none of those that have ended: their report says more."""
    over = {one.key for one in happenings if isinstance(one, Ended)}
    newest = {one.key: one for one in progress if one.key not in over}
    return list(newest.values())
