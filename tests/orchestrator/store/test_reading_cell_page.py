from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import NOON, TEXT, Hand, World, matrix_of, report_of, world

from matrix.status import Evidence, Layer, Role, Status
from matrix.verdict import CellState, Counts, State
from orchestrator.store.cancelling import cancel_job, cancel_run
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import JOBS, cell_page, grid
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from orchestrator.views import CellPage, Label
from runners.work import CaseResult, MetricValue

QUICK = "lab/cpu:quick"
STACKS = TEXT + "  nightly: {torch: 2.14.0.dev1}\n"
INCLUDING = TEXT + "include: [{site: farm, accelerator: cpu, suite: quick, stack: stable}]\n"
PARAMETERS = TEXT + "include: [{site: lab, accelerator: cpu, suite: quick, batch: '64'}]\n"


def page(world: World, site: str = "lab", accelerator: str = "cpu") -> CellPage:
    found = cell_page(world.store, "small", site, accelerator)
    assert found is not None
    return found


def state(world: World, suite: str = "quick", stack: str = "stable") -> CellState:
    states = {(one.suite, one.stack): one for one in page(world).states}
    return states[suite, stack]


def test_a_page_names_its_matrix_site_and_accelerator_by_label(small: World) -> None:
    found = page(small)
    assert found.matrix == Label("small", small.matrix.label)
    assert (found.site, found.accelerator) == (Label("lab", "Lab"), Label("cpu", "cpu"))


def test_a_page_shows_the_face_that_the_slide_shows(small: World) -> None:
    small.carry_out(report_of(Status.FAIL, CaseResult("a", Status.FAIL)), QUICK)
    small.start("lab/cpu:wide")
    slide = grid(small.store, "small")
    assert slide is not None
    for face in slide.faces:
        assert page(small, face.site.name, face.accelerator.name).face == face


@pytest.mark.parametrize(
    ("policies", "freshness"),
    [("", timedelta(hours=36)), ("policies: {freshness: 6h}\n", timedelta(hours=6))],
)
def test_a_page_says_how_long_a_result_of_its_matrix_is_fresh(
    store: Store, clock: Hand, policies: str, freshness: timedelta
) -> None:
    assert page(world(store, clock, TEXT + policies)).freshness == freshness


def test_there_is_a_state_for_each_suite_on_each_stack(store: Store, clock: Hand) -> None:
    found = page(world(store, clock, STACKS))
    assert {(one.suite, one.stack) for one in found.states} == {
        ("quick", "stable"),
        ("quick", "nightly"),
        ("wide", "stable"),
        ("wide", "nightly"),
    }


def test_a_suite_on_the_second_stack_is_watched(store: Store, clock: Hand) -> None:
    stacked = world(store, clock, STACKS)
    assert state(stacked, "quick", "stable").role is Role.HEADLINE
    assert state(stacked, "quick", "nightly").role is Role.WATCH


def test_a_report_on_one_stack_leaves_the_other_stack_as_it_was(store: Store, clock: Hand) -> None:
    stacked = world(store, clock, STACKS)
    stacked.carry_out(report_of(Status.FAIL), "lab/cpu:quick@nightly")
    assert state(stacked, "quick", "nightly").status is Status.FAIL
    assert state(stacked, "quick", "stable").status is None
    assert page(stacked).face.state is State.NEW
    assert page(stacked).face.watched_bad == 1


def test_a_state_carries_its_cell_and_nothing_else_before_a_report(small: World) -> None:
    found = state(small)
    assert found.cell == (("site", "lab"), ("accelerator", "cpu"))
    assert (found.status, found.history, found.counts) == (None, "", Counts())
    assert (found.since, found.reported_at, found.job, found.run) == (None, None, None, None)


def test_a_state_carries_what_its_last_report_said(small: World) -> None:
    run = small.carry_out(
        report_of(
            Status.ERROR,
            CaseResult("a", Status.ERROR),
            CaseResult("b", Status.SKIP),
            reason="the fixture broke",
            evidence=Evidence.SIGNED,
        ),
        QUICK,
    )
    found = state(small)
    assert (found.status, found.layer, found.reason) == (
        Status.ERROR,
        Layer.TEST,
        "the fixture broke",
    )
    assert (found.counts, found.evidence) == (Counts(error=1, skip=1), Evidence.SIGNED)
    assert (found.job, found.run, found.runner) == (1, run, "bench")
    assert found.since == found.reported_at == NOON


def test_a_state_remembers_thirty_statuses(small: World) -> None:
    for number in range(33):
        small.carry_out(report_of(Status.FAIL if number < 3 else Status.PASS), QUICK)
    assert state(small).history == "P" * 30


def test_a_state_remembers_the_medians_of_its_metrics(small: World) -> None:
    for seconds in (1.0, 2.0):
        step = MetricValue("step", "s", "lower", (seconds, seconds * 3, seconds * 2), "resnet")
        small.carry_out(report_of(metrics=(step,)), QUICK)
    (recent,) = state(small).recent
    assert (recent.name, recent.case, recent.better) == ("step", "resnet", "lower")
    assert recent.values == (2.0, 4.0)


def test_a_state_does_not_remember_a_contended_metric(small: World) -> None:
    for values in ((2.0, 2.1, 2.0, 2.0), (2.0, 9.0, 2.0, 9.0)):
        step = MetricValue("step", "s", "lower", values)
        small.carry_out(report_of(metrics=(step,)), QUICK)
    (recent,) = state(small).recent
    assert (recent.values, recent.contended) == ((2.0,), True)


def test_open_jobs_are_counted_where_they_wait_and_where_they_run(small: World) -> None:
    small.start("lab/cpu:wide")
    assert (state(small, "wide").queued, state(small, "wide").running) == (3, 0)
    small.claim(2)
    assert (state(small, "wide").queued, state(small, "wide").running) == (1, 2)


def test_what_was_cancelled_is_counted_no_longer(small: World) -> None:
    cancel_run(small.store, "small", small.start("lab/cpu:wide"))
    assert (state(small, "wide").queued, state(small, "wide").running) == (0, 0)


def test_a_state_that_nobody_can_run_gives_the_need_that_is_not_met(small: World) -> None:
    states = page(small, "edge", "gpu").states
    assert {one.unmet for one in states} == {"no runner offers site=edge"}


def test_a_page_that_nobody_offers_says_why(small: World) -> None:
    assert page(small, "edge", "gpu").why == "no runner offers site=edge"
    assert page(small).why == ""


def test_a_page_of_jobs_that_wait_for_a_runner_says_why(small: World) -> None:
    small.start("edge/gpu")
    found = page(small, "edge", "gpu")
    assert (found.face.state, found.why) == (State.NOT_OFFERED, "no runner offers site=edge")
    assert {job.waiting_for for job in found.jobs} == {"no runner offers site=edge"}


def test_the_jobs_of_a_page_are_those_of_its_square_only(small: World) -> None:
    small.start("cpu:quick")
    assert [job.name for job in page(small).jobs] == ["lab/cpu:quick@stable"]
    assert [job.name for job in page(small, "edge", "cpu").jobs] == ["edge/cpu:quick@stable"]
    assert page(small, "lab", "gpu").jobs == ()


def test_the_jobs_of_a_page_come_latest_first_and_are_not_endless(small: World) -> None:
    for _ in range(JOBS + 2):
        small.start(QUICK)
    ids = [job.id for job in page(small).jobs]
    assert ids == list(range(JOBS + 2, 2, -1))


def test_the_jobs_of_a_page_come_without_attempts(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    (job,) = page(small).jobs
    assert (job.status, job.attempts) == (Status.PASS, ())


def test_a_rerun_stands_above_the_job_it_repeats(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), QUICK)
    again = rerun(small.store, "small", 1)
    assert [(job.id, job.parent) for job in page(small).jobs] == [(again, 1), (1, None)]


def test_a_cancelled_job_is_listed_as_what_it_is(small: World) -> None:
    small.start(QUICK)
    cancel_job(small.store, "small", 1)
    (job,) = page(small).jobs
    assert (job.state, job.end, job.status) == ("ended", "cancelled", Status.SKIP)
    assert state(small).status is None


def test_an_included_site_has_a_page_under_its_own_name(store: Store, clock: Hand) -> None:
    found = page(world(store, clock, INCLUDING), "farm", "cpu")
    assert found.site == Label("farm", "farm")
    assert [one.suite for one in found.states] == ["quick"]


@pytest.mark.parametrize(
    ("site", "accelerator"),
    [("moon", "cpu"), ("lab", "abacus"), ("LAB", "cpu"), ("", ""), ("cpu", "lab"), ("%", "%")],
)
def test_what_no_axis_names_has_no_page(small: World, site: str, accelerator: str) -> None:
    assert cell_page(small.store, "small", site, accelerator) is None


def test_a_suite_that_was_taken_out_is_no_longer_on_the_page(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:wide")
    small.clock.pass_by(timedelta(minutes=1))
    kept = TEXT.replace("  wide: {command: [sh, wide.sh], shards: 3, role: watch}\n", "")
    save_matrix(small.store, matrix_of(kept))
    found = page(small)
    assert [one.suite for one in found.states] == ["quick"]
    assert found.jobs == ()


def test_a_suite_that_comes_back_brings_its_history_back(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:wide")
    kept = TEXT.replace("  wide: {command: [sh, wide.sh], shards: 3, role: watch}\n", "")
    for text in (kept, TEXT):
        small.clock.pass_by(timedelta(minutes=1))
        save_matrix(small.store, matrix_of(text))
    assert state(small, "wide").history == "P"


def test_parameters_of_an_include_are_part_of_a_state(store: Store, clock: Hand) -> None:
    found = page(world(store, clock, PARAMETERS))
    assert (("batch", "64"),) in {one.parameters for one in found.states}


def test_a_square_that_is_fresh_for_the_slide_is_fresh_for_its_page(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(timedelta(hours=36))
    assert page(small).face.state is State.PASSING
    small.clock.pass_by(timedelta(microseconds=1))
    assert page(small).face.state is State.STALE
