from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import TEXT, Hand, World, lost_machine, matrix_of, report_of, world

from matrix.status import Status
from orchestrator.store.cancelling import cancel_job, skip_unoffered
from orchestrator.store.freshness import fresh
from orchestrator.store.planning import save_matrix
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store

QUICK = "lab/cpu:quick"
NAME = "lab/cpu:quick@stable"
STACKS = TEXT + "  nightly: {torch: 2.14.0.dev1}\n"


def test_before_any_report_nothing_is_fresh(small: World) -> None:
    small.start()
    small.claim(2)
    assert fresh(small.store, small.matrix) == frozenset()


@pytest.mark.parametrize("status", Status)
def test_every_verdict_is_fresh_good_or_bad(small: World, status: Status) -> None:
    small.carry_out(report_of(status), QUICK)
    assert fresh(small.store, small.matrix) == {NAME}


@pytest.mark.parametrize(
    ("age", "found"),
    [(timedelta(0), 1), (timedelta(hours=36), 1), (timedelta(hours=36, microseconds=1), 0)],
)
def test_a_result_is_fresh_up_to_its_time_and_no_longer(
    small: World, age: timedelta, found: int
) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(age)
    assert len(fresh(small.store, small.matrix)) == found


def test_the_time_is_that_of_the_matrix_as_it_is_now(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(timedelta(hours=7))
    assert not fresh(small.store, matrix_of(TEXT + "policies: {freshness: 6h}\n"))
    assert fresh(small.store, matrix_of(TEXT + "policies: {freshness: 8h}\n"))


def test_the_shards_of_a_suite_are_fresh_together(small: World) -> None:
    small.start("lab/cpu:wide")
    first, second, third = small.claim(3)
    small.end([first, second], report_of())
    assert not fresh(small.store, small.matrix)
    small.end([third], report_of())
    assert fresh(small.store, small.matrix) == {"lab/cpu:wide@stable"}


def test_one_stack_is_fresh_without_the_other(store: Store, clock: Hand) -> None:
    stacked = world(store, clock, STACKS)
    stacked.carry_out(report_of(), "lab/cpu:quick@nightly")
    assert fresh(store, stacked.matrix) == {"lab/cpu:quick@nightly"}


def test_another_version_makes_only_its_own_stack_old(store: Store, clock: Hand) -> None:
    stacked = world(store, clock, STACKS)
    stacked.carry_out(report_of(), QUICK)
    assert fresh(store, matrix_of(STACKS.replace("dev1", "dev2"))) == {NAME}


def test_an_edited_suite_makes_only_its_own_results_old(small: World) -> None:
    small.carry_out(report_of())
    assert fresh(small.store, matrix_of(TEXT.replace("quick.sh", "new.sh"))) == {
        "lab/cpu:wide@stable"
    }


def test_a_suite_that_is_edited_back_is_fresh_again(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    edited = matrix_of(TEXT.replace("quick.sh", "new.sh"))
    save_matrix(small.store, edited)
    assert not fresh(small.store, edited)
    assert fresh(small.store, small.matrix) == {NAME}


def test_another_label_or_role_leaves_a_result_fresh(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    for text in (
        TEXT.replace("label: Lab", "label: The lab"),
        TEXT.replace("quick.sh]}", "quick.sh], role: watch}"),
    ):
        assert fresh(small.store, matrix_of(text)) == {NAME}


def test_a_cancelled_or_skipped_job_is_no_result(small: World) -> None:
    small.start(QUICK)
    cancel_job(small.store, "small", 1)
    skip_unoffered(small.store, small.start("edge/gpu:quick"))
    assert fresh(small.store, small.matrix) == frozenset()


def test_a_cancelled_rerun_leaves_the_result_before_it_fresh(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    cancel_job(small.store, "small", rerun(small.store, "small", 1))
    assert fresh(small.store, small.matrix) == {NAME}


def test_a_lost_machine_is_a_result_only_after_the_last_attempt(small: World) -> None:
    small.start(QUICK)
    for found in (0, 0, 1):
        small.end(small.claim(), lost_machine())
        assert len(fresh(small.store, small.matrix)) == found


def test_a_new_report_makes_an_old_result_fresh_again(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(timedelta(hours=40))
    assert not fresh(small.store, small.matrix)
    small.queue.renew(small.runner, [])
    small.carry_out(report_of(Status.FAIL), QUICK)
    assert fresh(small.store, small.matrix) == {NAME}


def test_results_of_another_matrix_are_not_ours(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    other = matrix_of(TEXT.replace("name: small", "name: other"))
    save_matrix(small.store, other)
    assert fresh(small.store, other) == frozenset()
