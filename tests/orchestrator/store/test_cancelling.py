from __future__ import annotations

import pytest
from worlds import World, report_of

from matrix.status import Status
from orchestrator.store.cancelling import cancel_job, cancel_run, skip_unoffered
from orchestrator.store.read_jobs import job
from orchestrator.store.read_runs import run
from orchestrator.store.rerunning import rerun
from orchestrator.views import JobView, RunSummary


def seen(world: World, number: int) -> JobView:
    found = job(world.store, "small", number)
    assert found is not None
    return found


def run_of(world: World, number: int) -> RunSummary:
    found = run(world.store, "small", number)
    assert found is not None
    return found


def test_a_queued_job_is_cancelled_at_once(small: World) -> None:
    small.start("lab/cpu:quick")
    assert cancel_job(small.store, "small", 1)
    assert seen(small, 1).end == "cancelled"
    assert small.claim() == ()
    assert not cancel_job(small.store, "small", 1)


def test_a_running_job_hears_of_its_cancel_and_the_cancel_beats_the_result(small: World) -> None:
    small.start("lab/cpu:quick")
    tickets = small.claim()
    cancel_job(small.store, "small", 1)
    assert small.queue.renew(small.runner, [tickets[0].key]).cancelled == {tickets[0].key}
    small.end(tickets, report_of())
    assert (seen(small, 1).end, seen(small, 1).status) == ("cancelled", Status.SKIP)


def test_cancelling_a_run_ends_what_waits_and_marks_what_runs(small: World) -> None:
    number = small.start("lab/cpu")
    tickets = small.claim()
    assert cancel_run(small.store, "small", number) == 4
    assert [seen(small, n).state for n in (2, 3, 4)] == ["ended"] * 3
    small.end(tickets, report_of(Status.PASS, cancelled=True))
    summary = run(small.store, "small", number)
    assert summary is not None
    assert (summary.state, summary.ended) == ("cancelled", 4)


@pytest.mark.parametrize("what", [cancel_job, cancel_run, rerun])
def test_what_does_not_exist_is_a_lookup_error(small: World, what: object) -> None:
    with pytest.raises(LookupError):
        what(small.store, "small", 99)  # type: ignore[operator] # one of three functions


def test_a_rerun_is_a_new_job_with_a_parent_and_a_cause(small: World) -> None:
    number = small.start("lab/cpu:quick")
    small.end(small.claim(), report_of(Status.FAIL))
    again = rerun(small.store, "small", 1)
    child = seen(small, again)
    assert (child.parent, child.cause, child.state) == (1, "a person asked", "queued")
    assert run_of(small, number).state == "running"
    small.end(small.claim(), report_of())
    assert seen(small, 1).status is Status.FAIL
    assert run_of(small, number).state == "ended"


def test_what_nobody_offers_can_be_skipped_so_that_a_run_ends(small: World) -> None:
    number = small.start("quick")
    small.end(small.claim(), report_of())
    summary = run(small.store, "small", number)
    assert summary is not None
    assert (summary.jobs, summary.offered, summary.ended) == (4, 1, 1)
    assert skip_unoffered(small.store, number) == 3
    summary = run(small.store, "small", number)
    assert summary is not None
    assert (summary.state, summary.jobs, summary.offered, summary.ended) == ("ended", 4, 1, 1)
    assert seen(small, 2).reason.startswith("no runner")
    assert seen(small, 2).status is Status.SKIP


def test_a_cancelled_run_has_no_more_ended_than_offered_jobs(small: World) -> None:
    number = small.start("quick")
    assert (run_of(small, number).offered, run_of(small, number).ended) == (1, 0)
    cancel_run(small.store, "small", number)
    found = run_of(small, number)
    assert (found.state, found.offered, found.ended) == ("cancelled", 4, 4)


def test_cancelling_twice_ends_nothing_more(small: World) -> None:
    number = small.start("lab/cpu")
    assert cancel_run(small.store, "small", number) == 4
    assert cancel_run(small.store, "small", number) == 0


def test_a_run_that_has_ended_is_not_called_cancelled_afterwards(small: World) -> None:
    number = small.carry_out(report_of(), "lab/cpu:quick")
    assert cancel_run(small.store, "small", number) == 0
    assert run_of(small, number).state == "ended"


@pytest.mark.parametrize("what", [cancel_job, cancel_run, rerun])
def test_nothing_of_one_matrix_is_ended_under_the_name_of_another(
    small: World, what: object
) -> None:
    small.start("lab/cpu:quick")
    with pytest.raises(LookupError):
        what(small.store, "other", 1)  # type: ignore[operator] # one of three functions
    assert seen(small, 1).state == "queued"


def test_a_released_job_that_was_cancelled_meanwhile_ends(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    cancel_job(small.store, "small", 1)
    small.queue.release(small.runner, [ticket.key])
    assert seen(small, 1).end == "cancelled"


def test_skipping_leaves_what_is_offered_or_runs(small: World) -> None:
    number = small.start("lab")
    small.claim()
    assert skip_unoffered(small.store, number) == 4
    assert {one.state for one in (seen(small, n) for n in (1, 2, 3, 4))} == {"queued", "leased"}
    assert skip_unoffered(small.store, number) == 0


def test_a_rerun_reopens_a_cancelled_run(small: World) -> None:
    number = small.start("lab/cpu:quick")
    cancel_run(small.store, "small", number)
    rerun(small.store, "small", 1)
    found = run_of(small, number)
    assert (found.state, found.jobs, found.offered, found.ended) == ("running", 2, 2, 1)


def test_a_rerun_of_what_was_skipped_waits_for_a_runner_as_it_did(small: World) -> None:
    number = small.start("edge/gpu:quick")
    skip_unoffered(small.store, number)
    again = rerun(small.store, "small", 1)
    assert seen(small, again).waiting_for == "no runner offers site=edge"
    found = run_of(small, number)
    assert (found.jobs, found.offered, found.ended) == (2, 0, 0)


def test_a_rerun_says_who_asked(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), "lab/cpu:quick")
    assert seen(small, rerun(small.store, "small", 1, "the judge wants to be sure")).cause == (
        "the judge wants to be sure"
    )
