"""What happens in the demo: a past lived through quickly, then cells that go on living."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from matrix.expand import expand
from matrix.model import Job, Matrix
from orchestrator.service.demo import MovedClock, demo_matrix
from orchestrator.service.news import News
from orchestrator.store import events, read_runs
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store

# Hours before now, one for each tick of the past; the first lies before all freshness.
PAST_HOURS = (40.0, 12.0, 10.0, 8.0, 6.0, 4.0, 2.0, 0.5)
# What the past leaves out after its first tick, so that it is stale, and what it never runs.
STALE, NEW = ("cloud-c/cpu", "edge/tpu"), ("edge/cpu",)
LIVE_SECONDS = 12.0
JOBS_AT_ONCE = 7


class Story:
    """Plays until stopped. `announce` renews the runners after each step of the clock."""

    def __init__(
        self, store: Store, clock: MovedClock, news: News, changed: Callable[[], None]
    ) -> None:
        self._store, self._clock, self._news, self._changed = store, clock, news, changed
        self._chance = random.Random(0)  # noqa: S311 - a script, no secret

    def play(self, announce: Callable[[], None], stopped: threading.Event) -> None:
        """Live through the past, then go on until stopped."""
        with self._news.doing("living through a simulated past") as say:
            for tick, hours in enumerate(PAST_HOURS):
                say(f"{tick + 1} of {len(PAST_HOURS)}")
                self._clock.behind = timedelta(hours=hours)
                announce()
                matrix = demo_matrix(tick)
                self._run(matrix, [job for job in expand(matrix) if _lived(job, tick)], stopped)
        self._clock.behind = timedelta()
        announce()
        self._news.ready()
        self._live(demo_matrix(), stopped)

    def _live(self, matrix: Matrix, stopped: threading.Event) -> None:
        save_matrix(self._store, matrix)
        jobs = [job for job in expand(matrix) if _cell(job) not in STALE]
        while not stopped.is_set():
            self._start(matrix, self._chance.sample(jobs, JOBS_AT_ONCE))
            stopped.wait(LIVE_SECONDS)

    def _run(self, matrix: Matrix, jobs: Sequence[Job], stopped: threading.Event) -> None:
        """Carry these out and wait for the last of them."""
        save_matrix(self._store, matrix)
        run, seen = self._start(matrix, jobs), 0
        while not stopped.is_set():
            summary = read_runs.run(self._store, matrix.name, run)
            if summary is None or summary.ended_at is not None:
                return
            seen = events.wait(self._store, max(seen, events.latest(self._store)), 0.5)

    def _start(self, matrix: Matrix, jobs: Sequence[Job]) -> int:
        run = start_run(self._store, matrix, jobs, Trigger("schedule", owner="demo"))
        self._changed()
        return run


def _lived(job: Job, tick: int) -> bool:
    """Whether a job belongs to the past at a tick."""
    if _cell(job) in NEW or (tick and _cell(job) in STALE):
        return False
    return job.suite == "serving" or tick in {0, len(PAST_HOURS) - 1}


def _cell(job: Job) -> str:
    return "/".join(value for _, value in job.cell)
