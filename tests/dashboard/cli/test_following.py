"""Following a run: until all that is offered has ended, and no longer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from sample_views import JOB, RUN

from dashboard.cli import following
from dashboard.cli.following import all_jobs, scene, until_ended, watch
from dashboard.cli.screen import Scene
from orchestrator.views import JobFilter, JobPage, JobView, RunSummary, ServerStatus

WAITING = replace(JOB, id=2, name="lab/cpu:probe@stable", state="queued", end="", status=None)
NOBODY = "no accelerator=tpu"
UNOFFERED = replace(WAITING, id=3, name="lab/tpu:probe@stable", waiting_for=NOBODY)
SHORT = replace(WAITING, id=4, waiting_for="waits for the budget of local: …")


@dataclass
class Run:
    """A run at the port: it gains a result each time it is looked at."""

    jobs_now: list[JobView]
    steps: list[Callable[[], None]] = field(default_factory=list)
    looked: int = 0

    def status(self) -> ServerStatus:
        return ServerStatus(ready=True)

    def runs(self, matrix: str, _offset: int, _limit: int) -> tuple[RunSummary, ...]:
        return (replace(RUN, id=7, matrix=matrix),)

    def run(self, _matrix: str, run: int) -> RunSummary | None:
        if self.steps and self.looked:
            self.steps.pop(0)()
        self.looked += 1
        ended = sum(job.state == "ended" for job in self.jobs_now)
        offered = sum(job.waiting_for != NOBODY for job in self.jobs_now)
        total = len(self.jobs_now)
        return replace(RUN, id=run, ended=ended, offered=offered, jobs=total)

    def jobs(self, _matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        found = [job for job in self.jobs_now if not wanted.states or job.state in wanted.states]
        return JobPage(len(found), tuple(found[offset : offset + limit]))

    def end(self, job: JobView) -> None:
        self.jobs_now = [JOB if one.id == job.id else one for one in self.jobs_now]


@dataclass
class Shown:
    scenes: list[Scene] = field(default_factory=list)

    def show(self, now: Scene) -> None:
        self.scenes.append(now)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "TICK_SECONDS", 0.001)


def test_a_run_is_followed_until_its_last_offered_job_has_ended() -> None:
    run, shown = Run([WAITING, UNOFFERED]), Shown()
    run.steps = [lambda: None, lambda: run.end(WAITING)]

    (jobs,) = until_ended(run, {"slide": 7}, shown, threading.Event())

    assert {job.state for job in jobs} == {"ended", "queued"}
    assert len(shown.scenes) == 3


def test_a_run_that_nobody_offers_ends_at_once() -> None:
    (jobs,) = until_ended(Run([UNOFFERED]), {"slide": 7}, Shown(), threading.Event())

    assert jobs == (UNOFFERED,)


def test_jobs_that_no_budget_admits_are_shown_while_nothing_runs() -> None:
    busy = replace(JOB, id=5, state="running", status=None)
    assert scene(Run([SHORT, busy]), {"slide": 7}).waiting == ()
    assert scene(Run([SHORT, JOB]), {"slide": 7}).waiting == (SHORT,)


def test_following_stops_when_told_to() -> None:
    stopped = threading.Event()
    run = Run([WAITING])
    run.steps = [stopped.set]

    (jobs,) = until_ended(run, {"slide": 7}, Shown(), stopped)

    assert jobs == (WAITING,)


def test_watching_goes_on_after_the_last_job() -> None:
    stopped, shown = threading.Event(), Shown()
    run = Run([JOB])
    run.steps = [lambda: None, lambda: None, stopped.set]

    watch(run, lambda: ["slide"], shown, stopped)

    assert len(shown.scenes) == 4


def test_all_pages_of_jobs_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAGE", 2)
    many = [replace(JOB, id=number) for number in range(5)]

    assert [job.id for job in all_jobs(Run(many), "slide", 7)] == [0, 1, 2, 3, 4]


def test_without_a_run_only_the_server_is_shown() -> None:
    now = scene(Run([JOB]), {})

    assert (now.run, now.ended, now.status.ready) == (None, (), True)


def test_several_runs_are_followed_until_all_have_ended() -> None:
    both, shown = Both({"slide": Run([JOB]), "other": Run([WAITING])}), Shown()
    both.of["other"].steps = [lambda: None, lambda: both.of["other"].end(WAITING)]

    first, second = until_ended(both, {"slide": 7, "other": 8}, shown, threading.Event())

    assert ([job.state for job in first], [job.state for job in second]) == (["ended"], ["ended"])
    last = shown.scenes[-1]
    assert last.run is not None
    assert (last.run.id, [run.id for run in last.beside]) == (7, [8])
    assert len(last.ended) == 2


def test_the_newest_run_of_each_matrix_is_shown() -> None:
    both = Both({"slide": Run([JOB]), "other": Run([UNOFFERED])})

    now = following.newest_scene(both, ["slide", "other"])

    assert [run.matrix for run in (now.run, *now.beside) if run] == ["slide", "other"]
    assert now.waiting == (UNOFFERED,)


@dataclass
class Both:
    """Two matrices at the port, each with a run of its own."""

    of: dict[str, Run]

    def status(self) -> ServerStatus:
        return ServerStatus(ready=True)

    def runs(self, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...]:
        return self.of[matrix].runs(matrix, offset, limit)

    def run(self, matrix: str, run: int) -> RunSummary | None:
        found = self.of[matrix].run(matrix, run)
        return replace(found, matrix=matrix) if found else None

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        return self.of[matrix].jobs(matrix, wanted, offset, limit)
