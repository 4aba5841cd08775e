from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event
from worlds import PLATFORM, Hand, World, card_of, offer_of, report_of, world

from matrix.expand import expand
from matrix.status import Status
from orchestrator.plan import lock_requests
from orchestrator.store.announcing import GONE_AFTER
from orchestrator.store.expiring import expire
from orchestrator.store.locks import missing_locks, put_lock
from orchestrator.store.read_grid import cell_page, grid
from orchestrator.store.read_jobs import job, jobs
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases, report
from orchestrator.store.read_runners import runner, runners
from orchestrator.store.read_runs import matrices, run, runs
from orchestrator.store.store import Store
from orchestrator.views import CaseFilter, JobFilter, JobPage
from runners.work import CaseResult, Lock

LOCKED = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  locked:
    command: [sh, locked.sh]
    environment: {requirements: ["torch=={torch}", numpy==2.4.6]}
    takes: [torch]
stacks: {stable: {torch: "2.13.0"}}
"""
LOCK = Lock("d1", "torch==2.13.0+cpu --hash=sha256:aa\nnumpy==2.4.6\n", PLATFORM)


def page(world: World, wanted: JobFilter, offset: int = 0, limit: int = 100) -> JobPage:
    found = jobs(world.store, "small", wanted, offset, limit)
    assert found is not None
    return found


def names(found: JobPage) -> list[str]:
    return [one.name for one in found.jobs]


def test_jobs_come_latest_first_and_by_page(small: World) -> None:
    small.start("lab/cpu")
    assert names(page(small, JobFilter(), 1, 2)) == [
        "lab/cpu:wide@stable#2/3",
        "lab/cpu:wide@stable#1/3",
    ]
    assert page(small, JobFilter(), 1, 2).total == 4


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        (JobFilter(sites=frozenset({"edge"})), 8),
        (JobFilter(sites=frozenset({"edge"}), accelerators=frozenset({"gpu"})), 4),
        (JobFilter(suites=frozenset({"quick"})), 4),
        (JobFilter(stacks=frozenset({"nightly"})), 0),
        (JobFilter(states=frozenset({"ended"})), 1),
        (JobFilter(states=frozenset({"queued", "ended"})), 16),
        (JobFilter(states=frozenset({"no such state"})), 0),
        (JobFilter(statuses=frozenset({Status.FAIL})), 1),
        (JobFilter(run=1), 16),
        (JobFilter(run=2), 0),
        (JobFilter(text="LAB/CPU:q"), 1),
        (JobFilter(text="%"), 0),
    ],
)
def test_jobs_are_narrowed(small: World, wanted: JobFilter, total: int) -> None:
    small.start()
    small.end(small.claim(), report_of(Status.FAIL))
    found = page(small, wanted)
    assert found.total == len(found.jobs) == total


def test_an_unknown_matrix_has_neither_jobs_nor_runs(small: World) -> None:
    small.start("lab/cpu:quick")
    assert jobs(small.store, "other", JobFilter(), 0, 10) is None
    assert runs(small.store, "other", 0, 10) is None
    assert run(small.store, "other", 1) is None
    assert job(small.store, "other", 1) is None


def test_runs_come_latest_first_and_tell_how_far_they_are(small: World) -> None:
    small.start("lab/cpu:quick", note="first")
    small.start("quick", note="second")
    small.end(small.claim(1), report_of(Status.PASS, CaseResult("a", Status.PASS)))
    found = runs(small.store, "small", 0, 10)
    assert found is not None
    second, first = found
    assert (first.note, first.state, first.counts.passed) == ("first", "ended", 1)
    assert (second.jobs, second.offered, second.ended) == (4, 1, 0)


def test_a_run_of_nothing_has_ended(small: World) -> None:
    found = run(small.store, "small", small.start("no such job"))
    assert found is not None
    assert (found.state, found.jobs) == ("ended", 0)


def test_matrices_are_listed(small: World) -> None:
    assert [label.name for label in matrices(small.store)] == ["small"]


def test_a_runner_shows_what_it_runs_and_ran(small: World) -> None:
    small.start("lab/cpu:wide")
    first, second = small.claim(2)
    small.end([first], report_of())
    found = runner(small.store, "bench")
    assert found is not None
    assert [one.id for one in found.running] == [second.key.job]
    assert [one.id for one in found.recent] == [first.key.job]
    assert (found.slots, found.state) == (4, "ready")
    assert found.facts[0].name == "cpu"


def test_a_silent_runner_is_gone_and_back_when_it_speaks(small: World) -> None:
    small.clock.pass_by(GONE_AFTER + timedelta(seconds=1))
    expire(small.store)
    small.start("lab/cpu:quick")
    assert runners(small.store)[0].state == "gone"
    assert job(small.store, "small", 1).waiting_for == "no runner offers site=lab"  # type: ignore[union-attr] # it exists
    assert len(small.claim()) == 1
    assert runners(small.store)[0].state == "ready"


def test_a_runner_says_what_is_in_each_of_its_places(small: World) -> None:
    (found,) = runners(small.store)
    assert [place.labels for place in found.places] == list(found.offers)
    assert all(place.memory_bytes > 0 for place in found.places)


def test_runners_are_listed_by_name(small: World) -> None:
    small.queue.announce(card_of("alpha", offer_of("edge", "gpu")))
    assert [one.name for one in runners(small.store)] == ["alpha", "bench"]
    assert runner(small.store, "nobody") is None


def test_a_job_waits_until_its_environment_is_resolved(store: Store, clock: Hand) -> None:
    locked = world(store, clock, LOCKED)
    locked.start()
    assert locked.claim() == ()
    (missing,) = missing_locks(store)
    (request,) = lock_requests(locked.matrix, expand(locked.matrix))
    assert (missing.request, missing.platform) == (request.digest, PLATFORM)
    waiting = job(store, "small", 1)
    assert waiting is not None
    assert "not resolved" in waiting.waiting_for

    put_lock(store, request.digest, LOCK)
    assert missing_locks(store) == ()
    (ticket,) = locked.claim()
    assert ticket.lock == LOCK
    assert ticket.expected == (("torch", "2.13.0"),)
    claimed = job(store, "small", 1)
    assert claimed is not None
    assert claimed.lock_digest == "d1"


def test_the_first_lock_of_a_request_stays(store: Store) -> None:
    put_lock(store, "r", LOCK)
    assert put_lock(store, "r", Lock("d2", "numpy==1", PLATFORM)) == LOCK


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(*words: object) -> None:
        if words[2] != "BEGIN":  # SQLite's, which we send ourselves
            statements.append(str(words[2]))

    event.listen(store.engine, "before_cursor_execute", count)
    yield statements
    event.remove(store.engine, "before_cursor_execute", count)


PAGES: dict[str, tuple[Callable[[Store], object], int]] = {
    "the slide": (lambda store: grid(store, "small"), 7),
    "a cell": (lambda store: cell_page(store, "small", "lab", "cpu"), 5),
    "jobs": (lambda store: jobs(store, "small", JobFilter(), 0, 50), 3),
    "a job": (lambda store: job(store, "small", 1), 2),
    "a report": (lambda store: report(store, 1), 7),
    "cases": (lambda store: cases(store, 1, CaseFilter(), 0, 50), 4),
    "a log": (lambda store: log(store, 1, 0, 1000), 5),
    "runs": (lambda store: runs(store, "small", 0, 50), 3),
    "runners": (runners, 2),
    "a runner": (lambda store: runner(store, "bench"), 6),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_few_queries_however_much_there_is(small: World, name: str) -> None:
    read, most = PAGES[name]
    costs = []
    for reports in (1, 12):
        for _ in range(reports):
            small.carry_out(report_of(Status.PASS, CaseResult("a", Status.PASS)), "lab/cpu")
        small.store.slides.clear()
        with counted(small.store) as statements:
            assert read(small.store) is not None
        costs.append(len(statements))
    assert costs[0] == costs[1] <= most


def test_an_unchanged_slide_costs_one_query(small: World) -> None:
    grid(small.store, "small")
    with counted(small.store) as statements:
        grid(small.store, "small")
    assert len(statements) == 1
