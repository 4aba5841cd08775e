"""Jobs that a batch system queues: leased, yet waiting on the grid, until they begin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import World, report_of

from matrix.verdict import State
from orchestrator.store.cancelling import cancel_job
from orchestrator.store.expiring import expire
from orchestrator.store.policy import LEASE
from orchestrator.store.read_grid import cell_page
from orchestrator.store.read_health import health
from orchestrator.store.read_jobs import job, jobs
from orchestrator.store.read_runs import run
from orchestrator.views import JobFilter, JobView
from runners.work import Phase, Progress, Ticket

QUICK = "lab/cpu:quick"


@pytest.fixture
def leased(small: World) -> Ticket:
    """The one job of a run, claimed."""
    small.start(QUICK)
    (ticket,) = small.claim()
    return ticket


def told(world: World, ticket: Ticket, phase: Phase, note: str = "") -> None:
    world.queue.note(world.runner, [Progress(ticket.key, phase, 0, 0, note)], [])


def seen(world: World, ticket: Ticket) -> JobView:
    found = job(world.store, "small", ticket.key.job)
    assert found is not None
    return found


def face(world: World) -> State:
    page = cell_page(world.store, "small", "lab", "cpu")
    assert page is not None
    return page.face.state


def test_a_job_is_submitted_with_what_it_waits_for(small: World, leased: Ticket) -> None:
    told(small, leased, Phase.SUBMITTED, "Slurm job 7, pending: Resources")
    found = seen(small, leased)
    assert found.state == "submitted"
    assert found.attempts[-1].note == "Slurm job 7, pending: Resources"
    assert found.attempts[-1].phase is Phase.SUBMITTED


def test_it_is_found_by_its_state(small: World, leased: Ticket) -> None:
    told(small, leased, Phase.SUBMITTED)
    page = jobs(small.store, "small", JobFilter(states=frozenset({"submitted"})), 0, 10)
    assert page is not None
    assert [one.id for one in page.jobs] == [leased.key.job]


def test_its_cell_waits_until_it_runs(small: World, leased: Ticket) -> None:
    assert face(small) is State.RUNNING  # it is being made ready
    told(small, leased, Phase.SUBMITTED)
    assert face(small) is State.QUEUED
    told(small, leased, Phase.SUBMITTED, "another reason")
    assert face(small) is State.QUEUED
    told(small, leased, Phase.PREPARING)
    assert face(small) is State.RUNNING
    told(small, leased, Phase.RUNNING)
    assert (face(small), seen(small, leased).state) == (State.RUNNING, "running")


@pytest.mark.parametrize("way", ["report", "release", "cancel", "loss"])
def test_however_it_ends_nothing_is_counted_of_it_afterwards(
    small: World, leased: Ticket, way: str
) -> None:
    told(small, leased, Phase.SUBMITTED)
    if way == "report":
        small.end([leased], report_of())
    elif way == "release":
        small.queue.release(small.runner, [leased.key])
    elif way == "cancel":
        cancel_job(small.store, "small", leased.key.job)
        small.end([leased], report_of(cancelled=True))
    else:
        small.clock.pass_by(3 * LEASE + timedelta(seconds=10))
        assert expire(small.store) == 1
    if way in {"release", "loss"}:
        assert face(small) is State.QUEUED
        (again,) = small.claim()
        assert face(small) is State.RUNNING
        small.end([again], report_of())
    page = cell_page(small.store, "small", "lab", "cpu")
    assert page is not None
    assert [(one.queued, one.running) for one in page.states if one.suite == "quick"] in (
        [(0, 0)],
        [(False, False)],
    )


def test_it_is_counted_as_submitted(small: World, leased: Ticket) -> None:
    told(small, leased, Phase.SUBMITTED)
    queue = health(small.store).queue
    assert (queue.leased, queue.submitted, queue.running) == (0, 1, 0)


def test_its_run_goes_on(small: World, leased: Ticket) -> None:
    told(small, leased, Phase.SUBMITTED)
    found = run(small.store, "small", 1)
    assert found is not None
    assert (found.state, found.ended) == ("running", 0)


def test_a_renewed_lease_lasts_however_long_it_waits(small: World, leased: Ticket) -> None:
    told(small, leased, Phase.SUBMITTED)
    for _ in range(50):
        small.clock.pass_by(timedelta(minutes=30))  # the suite's whole timeout, fifty times
        small.queue.renew(small.runner, [leased.key])
        assert expire(small.store) == 0
    assert seen(small, leased).state == "submitted"


def test_one_that_is_cancelled_is_told_to_its_runner(small: World, leased: Ticket) -> None:
    told(small, leased, Phase.SUBMITTED)
    cancel_job(small.store, "small", leased.key.job)
    assert seen(small, leased).state == "submitted"
    assert small.queue.renew(small.runner, [leased.key]).cancelled == {leased.key}
