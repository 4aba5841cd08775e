"""The server's life behind its page: announce, plan, resolve, dispatch; and a clean end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestrator.clock import SystemClock
from orchestrator.dispatch.dispatcher import Dispatcher, Stop
from orchestrator.service import carrying
from orchestrator.service.answers import Answers
from orchestrator.service.chores import chores
from orchestrator.service.declarations import Declarations, Reading, in_force
from orchestrator.service.demo import MovedClock, forget_past
from orchestrator.service.locking import resolve_missing
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.service.stations import Station, stations
from orchestrator.service.story import Story
from orchestrator.service.triggers import Triggers
from orchestrator.service.watching import Watcher
from orchestrator.service.welcoming import Host
from orchestrator.store.announcing import dismiss_all
from orchestrator.store.expiring import expire
from orchestrator.store.leases import renew_all
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.store_queue import StoreQueue
from runners.artifacts import Artifacts
from runners.environments.sources import Sources
from runners.work import Offer

logger = logging.getLogger("coevo.life")
EXPIRE_SECONDS = 2.0
WATCH_SECONDS = 0.5
TRIGGER_SECONDS = 1.0
LOOK_SECONDS = 0.2
STOP_SECONDS = 3.0  # with the page's own second, less than the 5 that a person waits
READY = "ready"


@contextmanager
def opened(settings: Settings, readings: Sequence[Reading]) -> Iterator[Answers]:
    """What can be asked of the server, over an open store that knows the matrices already.

    A file with mistakes is served as it was before them; CoevoError where nothing was before.
    """
    if settings.simulated:
        forget_past(settings.folder)
    clock = MovedClock()
    store = open_store(settings.database, clock if settings.simulated else SystemClock())
    try:
        declared = Declarations(in_force(store, readings))
        dismiss_all(store)
        for matrix in declared.matrices():
            save_matrix(store, matrix)
        yield Answers(settings, declared, store, News(), settings.folder.token())
    finally:
        store.close()


class Life:
    """Works in a thread of its own while the `with` block runs.

    `settled` is set once it is known what is carried out and who offers what; `runs` are then the
    runs to follow by matrix, without those of which all is fresh. `failure` is what ended it
    before its time; `failed` is called then.
    """

    def __init__(self, answers: Answers, *, once: bool, failed: Callable[[], None]) -> None:
        self.settled = threading.Event()
        self.runs: dict[str, int] = {}
        self.failure: Exception | None = None
        self._answers, self._once, self._failed = answers, once, failed
        self._queue = StoreQueue(answers.store, Artifacts(answers.settings.folder.path))
        self._stop: Stop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatchers: list[Dispatcher] = []
        self._stations: tuple[Station, ...] = ()
        self._stopped, self._ended = threading.Event(), threading.Event()
        self._joined, self._asked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="life", daemon=True)

    def __enter__(self) -> Self:
        self._answers.listeners.extend((self._asked.set, self.nudge))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            leaves = bool(self._stations) and all(station.leaves for station in self._stations)
            self._loop.call_soon_threadsafe(self._stop.leave if leaves else self._stop.drain)
        # The thread itself may go on: its loop waits for what still hangs in Ray or the network.
        if not self._ended.wait(STOP_SECONDS):
            for station in self._stations:
                station.executor.abandon()

    def nudge(self) -> None:
        """Something was queued or cancelled: let the dispatchers look at once."""
        if self._loop is not None and self._thread.is_alive():
            for dispatcher in self._dispatchers:
                self._loop.call_soon_threadsafe(dispatcher.nudge)

    def _live(self) -> None:
        asyncio.run(self._watched())

    async def _watched(self) -> None:
        """Work; that it has ended is told before the loop waits for its threads."""
        try:
            await self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the main thread raises it
            self.failure = error
            self._failed()
        finally:
            self._ended.set()

    async def _work(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), Stop()
        if self._stopped.is_set():
            return
        first = self._answers.declarations.matrices()[0]
        here = await asyncio.to_thread(stations, self._answers.settings, first)
        self._stations = here
        await asyncio.to_thread(renew_all, self._answers.store)  # before any is judged lost
        settings, store = self._answers.settings, self._answers.store
        loops = (self._expire(), self._watch(), self._trigger(), self._welcome())
        aside = (*loops, *chores(settings, store, self._answers.news, once=self._once))
        beside = [asyncio.create_task(each) for each in aside]
        try:
            async with asyncio.TaskGroup() as group:
                planning = group.create_task(asyncio.to_thread(self._planned(), here))
                serving = [group.create_task(self._serve(each, self._stop)) for each in here]
                await asyncio.wait(serving)
                planning.cancel()  # it may be asking an index for long
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)  # the chronicle has its last words

    def _planned(self) -> Callable[[Sequence[Station]], None]:
        is_story = self._answers.settings.simulated and not self._once
        return self._tell if is_story else self._plan

    def _tell(self, here: Sequence[Station]) -> None:
        """The demo's story instead of a plan."""
        clock = self._answers.store.clock
        assert isinstance(clock, MovedClock)
        self.settled.set()
        story = Story(self._answers.store, clock, self._answers.news, self.nudge)
        story.play(lambda: self._announce(here), self._stopped)

    def _announce(self, here: Sequence[Station]) -> None:
        for station in here:
            self._queue.announce(station.card)

    def _plan(self, here: Sequence[Station]) -> None:
        store, news = self._answers.store, self._answers.news
        home, sources = self._answers.settings.folder.path, self._sources()
        with news.doing("planning"):
            offers = self._offers(here)
            if offers is None:
                return
            resolve_missing(store, home, news, sources)
            repositories = self._answers.repositories
            for matrix in self._answers.declarations.matrices():
                run = carrying.begin(store, matrix, offers, news, repositories, once=self._once)
                if run is not None:
                    self.runs[matrix.name] = run
        resolve_missing(store, home, news, sources)
        self.settled.set()
        self.nudge()
        self._resolve_on(home)

    def _resolve_on(self, home: Path) -> None:
        """Resolve what runs that are started later, and machines that come later, ask for."""
        store, news = self._answers.store, self._answers.news
        while not self._is_over():
            if self._asked.wait(LOOK_SECONDS):
                self._asked.clear()
                resolve_missing(store, home, news, self._sources())
                self.nudge()

    def _sources(self) -> Sources:
        return self._answers.settings.bindings.sources

    def _is_over(self) -> bool:
        return self._stopped.is_set() or self._ended.is_set()

    def _offers(self, here: Sequence[Station]) -> list[Offer] | None:
        """What is offered; a cluster of somebody else's is joined first. None where it ends so."""
        if all(station.card.offers for station in here):
            self._announce(here)
            return [offer for station in here for offer in station.card.offers]
        while not self._joined.wait(LOOK_SECONDS):
            if self._is_over():
                return None
        return [offer for dispatcher in self._dispatchers for offer in dispatcher.offers]

    async def _serve(self, station: Station, stop: Stop) -> None:
        with ExitStack() as starting:
            starting.enter_context(self._answers.news.doing(station.starting))

            def say(line: str) -> None:
                if line.endswith(READY):
                    starting.close()
                    self._answers.news.ready()
                    self._joined.set()

            dispatcher = Dispatcher(self._queue, station.executor, station.card, say)
            self._dispatchers.append(dispatcher)
            await dispatcher.run(stop)

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_SECONDS)
            try:
                await asyncio.to_thread(expire, self._answers.store)
            except Exception:
                about = {"event": "expiry.failed"}
                logger.exception("what is past its time could not be ended", extra=about)

    async def _watch(self) -> None:
        """Take up matrix files that change, once the server carries out what they said first."""
        watcher = Watcher(self._answers)
        watcher.begin()
        what = "a matrix file could not be taken up"
        await self._repeated(watcher.look, WATCH_SECONDS, what, {"event": "matrix.failed"})

    async def _trigger(self) -> None:
        """Start what clocks and repositories ask for, once the first plan is made."""
        if not self._answers.settings.simulated:
            triggers = Triggers(self._answers)
            what = "triggers could not be looked at"
            await self._repeated(triggers.look, TRIGGER_SECONDS, what, {"event": "triggers.failed"})

    async def _welcome(self) -> None:
        """Plan what runners offer that nobody listed, once the first plan is made."""
        what = "the playground could not be planned"
        host = Host(self._answers)
        await self._repeated(host.look, TRIGGER_SECONDS, what, {"event": "playground.failed"})

    async def _repeated(
        self, look: Callable[[], object], seconds: float, what: str, about: Mapping[str, str]
    ) -> None:
        """Look again and again once all is settled; what fails is logged, and tried again."""
        while not self._once:
            await asyncio.sleep(seconds)
            if not self.settled.is_set():
                continue
            try:
                await asyncio.to_thread(look)
            except Exception:
                logger.exception(what, extra=about)
