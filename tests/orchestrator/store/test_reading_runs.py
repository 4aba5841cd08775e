from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import NOON, TEXT, World, lost_machine, matrix_of, report_of

from matrix.status import Status
from matrix.verdict import Counts
from orchestrator.store.cancelling import cancel_job, cancel_run, skip_unoffered
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_runs import matrices, run, runs
from orchestrator.store.rerunning import rerun
from orchestrator.views import Label, RunSummary
from runners.work import CaseResult, Ended

QUICK = "lab/cpu:quick"
GOOD, BAD = CaseResult("good", Status.PASS), CaseResult("bad", Status.FAIL)


def one(world: World, wanted: int) -> RunSummary:
    found = run(world.store, "small", wanted)
    assert found is not None
    return found


def listed(world: World, offset: int = 0, limit: int = 100) -> list[int]:
    found = runs(world.store, "small", offset, limit)
    assert found is not None
    return [summary.id for summary in found]


def far(summary: RunSummary) -> tuple[int, int, int]:
    return summary.jobs, summary.offered, summary.ended


def beside(world: World) -> World:
    """A second matrix in the same store."""
    other = matrix_of(TEXT.replace("name: small", "name: other\nlabel: The other"))
    save_matrix(world.store, other)
    return World(world.store, world.clock, other, world.queue, world.runner)


def test_a_run_says_why_when_and_where_it_began(small: World) -> None:
    found = one(small, small.start(QUICK, kind="schedule", note="nightly"))
    assert (found.matrix, found.trigger, found.note) == ("small", "schedule", "nightly")
    assert (found.state, found.started_at, found.ended_at) == ("running", NOON, None)


def test_a_run_ends_with_its_last_job(small: World) -> None:
    number = small.start("lab/cpu:wide")
    first, second, third = small.claim(3)
    small.end([first, second], report_of())
    assert (one(small, number).state, one(small, number).ended) == ("running", 2)
    small.clock.pass_by(timedelta(minutes=7))
    small.end([third], report_of())
    found = one(small, number)
    assert (found.state, found.ended_at) == ("ended", NOON + timedelta(minutes=7))


def test_a_run_tells_how_much_of_it_somebody_offers(small: World) -> None:
    assert far(one(small, small.start("quick"))) == (4, 1, 0)
    assert far(one(small, small.start("edge"))) == (8, 0, 0)


def test_what_was_skipped_for_want_of_a_runner_counts_neither_as_offered_nor_as_ended(
    small: World,
) -> None:
    number = small.start("quick")
    small.end(small.claim(), report_of())
    skip_unoffered(small.store, number)
    found = one(small, number)
    assert (far(found), found.state) == ((4, 1, 1), "ended")


def test_a_cancelled_run_says_so_at_once_though_a_job_of_it_still_runs(small: World) -> None:
    number = small.start("lab/cpu:wide")
    (ticket, *_) = small.claim(1)
    cancel_run(small.store, "small", number)
    found = one(small, number)
    assert (found.state, found.ended_at, far(found)) == ("cancelled", None, (3, 3, 2))
    small.end([ticket], report_of(cancelled=True))
    assert one(small, number).ended_at == NOON


def test_a_run_in_which_one_job_was_cancelled_is_no_cancelled_run(small: World) -> None:
    number = small.start("lab/cpu:wide")
    cancel_job(small.store, "small", 1)
    assert one(small, number).state == "running"


def test_a_rerun_opens_an_ended_run_again(small: World) -> None:
    number = small.carry_out(report_of(Status.FAIL), QUICK)
    rerun(small.store, "small", 1)
    found = one(small, number)
    assert (found.state, found.ended_at, far(found)) == ("running", None, (2, 2, 1))
    small.end(small.claim(), report_of())
    assert (one(small, number).state, one(small, number).ended) == ("ended", 2)


def test_a_rerun_opens_a_cancelled_run_again(small: World) -> None:
    number = small.start(QUICK)
    cancel_run(small.store, "small", number)
    rerun(small.store, "small", 1)
    assert one(small, number).state == "running"


def test_cases_of_all_suites_of_a_run_are_counted(small: World) -> None:
    number = small.carry_out(report_of(Status.FAIL, GOOD, BAD))
    assert one(small, number).counts == Counts(fail=4, passed=4)


def test_cases_of_a_suite_count_when_its_last_shard_has_ended(small: World) -> None:
    number = small.start("lab/cpu:wide")
    first, second, third = small.claim(3)
    small.end([first, second], report_of(Status.PASS, GOOD))
    assert one(small, number).counts == Counts()
    small.end([third], report_of(Status.PASS, GOOD))
    assert one(small, number).counts == Counts(passed=3)


def test_a_rerun_replaces_the_counts_of_what_it_repeats(small: World) -> None:
    number = small.carry_out(report_of(Status.FAIL, BAD, GOOD), QUICK)
    rerun(small.store, "small", 1)
    small.end(small.claim(), report_of(Status.PASS, GOOD, GOOD))
    assert one(small, number).counts == Counts(passed=2)


def test_counts_of_two_runs_do_not_mix(small: World) -> None:
    first = small.carry_out(report_of(Status.PASS, GOOD), QUICK)
    second = small.carry_out(report_of(Status.FAIL, BAD), QUICK)
    assert (one(small, first).counts, one(small, second).counts) == (
        Counts(passed=1),
        Counts(fail=1),
    )


def test_an_infrastructure_failure_that_is_tried_again_has_not_ended(small: World) -> None:
    number = small.start(QUICK)
    small.end(small.claim(), lost_machine())
    assert (far(one(small, number)), one(small, number).state) == ((1, 1, 0), "running")


@pytest.mark.parametrize(
    ("offset", "limit", "found"),
    [(0, 10, [3, 2, 1]), (0, 2, [3, 2]), (2, 2, [1]), (3, 2, []), (99, 1, []), (0, 0, [])],
)
def test_runs_come_by_page_latest_first(
    small: World, offset: int, limit: int, found: list[int]
) -> None:
    for _ in range(3):
        small.start(QUICK)
    assert listed(small, offset, limit) == found


def test_a_page_of_runs_says_of_each_what_its_own_page_says(small: World) -> None:
    small.carry_out(report_of(Status.FAIL, GOOD, BAD))
    small.start("quick")
    cancel_run(small.store, "small", small.start("edge"))
    found = runs(small.store, "small", 0, 10)
    assert found == tuple(one(small, number) for number in (3, 2, 1))


def test_runs_of_another_matrix_are_not_among_them(small: World) -> None:
    other = beside(small)
    small.start(QUICK)
    theirs = other.start(QUICK)
    assert listed(small) == [1]
    assert run(small.store, "small", theirs) is None
    assert run(small.store, "other", theirs) is not None


def test_a_matrix_without_runs_has_none(small: World) -> None:
    assert runs(small.store, "small", 0, 10) == ()


@pytest.mark.parametrize("wanted", [0, -1, 2, 2**40])
def test_a_run_that_does_not_exist_is_none(small: World, wanted: int) -> None:
    small.start(QUICK)
    assert run(small.store, "small", wanted) is None


def test_matrices_are_listed_oldest_first_with_their_labels(small: World) -> None:
    beside(small)
    save_matrix(small.store, matrix_of(TEXT.replace("name: small", "name: another")))
    found = matrices(small.store)
    assert [label.name for label in found] == ["small", "other", "another"]
    assert found[1] == Label("other", "The other")


STEPS = (
    "start",
    "claim",
    "pass",
    "fail",
    "lose",
    "release",
    "cancel",
    "cancel run",
    "rerun",
    "skip",
)


def take(world: World, step: str) -> None:
    """One step that changes how far runs are; steps that do not apply change nothing."""
    held = world.queue.held(world.runner)
    summaries = runs(world.store, "small", 0, 1)
    newest = summaries[0].id if summaries else 0
    if step == "start":
        world.start("quick")
    elif step == "claim":
        world.claim(1)
    elif step == "release":
        world.queue.release(world.runner, held[:1])
    elif newest and step == "cancel":
        cancel_job(world.store, "small", 1)
    elif newest and step == "cancel run":
        cancel_run(world.store, "small", newest)
    elif newest and step == "rerun":
        rerun(world.store, "small", 1)
    elif newest and step == "skip":
        skip_unoffered(world.store, newest)
    elif held:
        said = {"pass": report_of(), "fail": report_of(Status.FAIL), "lose": lost_machine()}
        world.queue.record(world.runner, [Ended(held[0], said[step])] if step in said else [])


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=10))
def test_ended_never_outgrows_offered_nor_offered_the_jobs(small: World, steps: list[str]) -> None:
    for step in steps:
        take(small, step)
        for summary in runs(small.store, "small", 0, 100) or ():
            jobs, offered, ended = far(summary)
            assert 0 <= ended <= offered <= jobs
            assert ended == offered or summary.ended_at is None
