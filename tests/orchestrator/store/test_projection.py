from __future__ import annotations

from datetime import timedelta

from worlds import TEXT, Hand, World, card_of, lost_machine, matrix_of, offer_of, report_of, world

from matrix.status import Evidence, Role, Status
from matrix.verdict import CellState, Counts, State
from orchestrator.dispatch.port import Room
from orchestrator.store.cancelling import cancel_job
from orchestrator.store.expiring import expire
from orchestrator.store.freshness import fresh
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import cell_page, grid
from orchestrator.store.read_jobs import job
from orchestrator.store.read_runs import run
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from orchestrator.views import Face, Grid
from runners.work import CaseResult, MetricValue


def slide(world: World) -> Grid:
    found = grid(world.store, "small")
    assert found is not None
    return found


def square(world: World, site: str = "lab", accelerator: str = "cpu") -> Face:
    return next(
        one
        for one in slide(world).faces
        if (one.site.name, one.accelerator.name) == (site, accelerator)
    )


def test_the_slide_has_a_square_for_each_site_and_accelerator(small: World) -> None:
    found = slide(small)
    assert [label.label for label in found.sites] == ["Lab", "edge"]
    assert [(f.site.name, f.accelerator.name) for f in found.faces] == [
        ("lab", "cpu"),
        ("lab", "gpu"),
        ("edge", "cpu"),
        ("edge", "gpu"),
    ]


def test_before_any_run_an_offered_cell_is_new_and_the_others_are_not_offered(
    small: World,
) -> None:
    assert square(small).state is State.NEW
    assert square(small, "lab", "gpu").state is State.NOT_OFFERED
    assert square(small, "lab", "gpu").reason == "no runner at lab offers accelerator=gpu"


def test_a_report_colours_its_cell(small: World) -> None:
    small.start("lab/cpu:quick")
    assert square(small).state is State.QUEUED
    tickets = small.claim()
    assert square(small).state is State.RUNNING
    small.end(tickets, report_of(Status.PASS, CaseResult("a", Status.PASS)))
    shown = square(small)
    assert (shown.state, shown.counts, shown.runner) == (State.PASSING, Counts(passed=1), "bench")


def test_a_report_is_seen_without_any_other_square_changing(small: World) -> None:
    before = {(f.site.name, f.accelerator.name): f for f in slide(small).faces}
    small.carry_out(report_of(Status.FAIL), "lab/cpu:quick")
    changed = [f for f in slide(small).faces if before[f.site.name, f.accelerator.name] != f]
    assert [(f.site.name, f.accelerator.name) for f in changed] == [("lab", "cpu")]


def test_a_good_result_grows_stale_and_the_slide_tells_it(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    before = slide(small)
    small.clock.pass_by(timedelta(hours=36, seconds=1))
    assert square(small).state is State.STALE
    expire(small.store)
    assert slide(small).version > before.version


def test_the_version_rises_with_what_can_be_seen_and_rests_otherwise(small: World) -> None:
    seen = [slide(small).version]
    small.start("lab/cpu:quick")
    seen.append(slide(small).version)
    tickets = small.claim()
    seen.append(slide(small).version)
    small.end(tickets, report_of())
    seen.append(slide(small).version)
    assert seen == sorted(set(seen))
    small.end(tickets, report_of())
    save_matrix(small.store, small.matrix)
    assert slide(small).version == seen[-1]


def test_an_unchanged_slide_is_the_same_value(small: World) -> None:
    assert slide(small) is slide(small)


def test_what_changed_last_is_told_latest_first(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    small.carry_out(report_of(), "lab/cpu:quick")
    small.carry_out(report_of(Status.FAIL), "lab/cpu:quick")
    changes = [(one.before, one.after, one.suite) for one in slide(small).changes]
    assert changes == [("passing", "failing", "quick"), ("new", "passing", "quick")]


def test_shards_are_judged_together_when_the_last_has_ended(small: World) -> None:
    small.start("lab/cpu:wide")
    first, second, third = small.claim(3)
    case = CaseResult("a", Status.PASS)
    small.end([first], report_of(Status.PASS, case))
    small.end([second], report_of(Status.FAIL, CaseResult("b", Status.FAIL)))
    assert cell_states(small)["wide"].status is None
    small.end([third], report_of(Status.PASS, case))
    merged = cell_states(small)["wide"]
    assert (merged.status, merged.counts) == (Status.FAIL, Counts(fail=1, passed=2))
    assert (merged.history, merged.job) == ("F", second.key.job)


def cell_states(world: World) -> dict[str, CellState]:
    page = cell_page(world.store, "small", "lab", "cpu")
    assert page is not None
    return {one.suite: one for one in page.states}


def test_a_rerun_of_one_shard_judges_all_of_them_anew(small: World) -> None:
    small.start("lab/cpu:wide")
    first, second, third = small.claim(3)
    small.end([first, third], report_of())
    small.end([second], report_of(Status.FAIL))
    rerun(small.store, "small", second.key.job)
    small.end(small.claim(), report_of())
    merged = cell_states(small)["wide"]
    assert (merged.status, merged.history) == (Status.PASS, "FP")


def test_a_cancelled_job_leaves_the_cell_as_it_was(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    small.start("lab/cpu:quick")
    cancel_job(small.store, "small", 2)
    assert square(small).history == "P"


def test_a_cancelled_rerun_takes_nothing_back_from_its_run(small: World) -> None:
    number = small.carry_out(report_of(Status.PASS, CaseResult("a", Status.PASS)), "lab/cpu:quick")
    cancel_job(small.store, "small", rerun(small.store, "small", 1))
    summary = run(small.store, "small", number)
    assert summary is not None
    assert summary.counts == Counts(passed=1)


def test_an_infrastructure_failure_shows_only_after_its_last_attempt(small: World) -> None:
    small.start("lab/cpu:quick")
    small.end(small.claim(), lost_machine())
    assert square(small).state is State.QUEUED
    small.end(small.claim(), lost_machine())
    small.end(small.claim(), lost_machine())
    assert square(small).state is State.INFRA


def test_watched_suites_do_not_colour_the_face(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    small.carry_out(report_of(Status.FAIL), "lab/cpu:wide")
    shown = square(small)
    assert (shown.state, shown.watched_bad) == (State.PASSING, 1)


def test_simulated_reports_mark_the_slide(small: World) -> None:
    small.carry_out(report_of(evidence=Evidence.SIMULATED), "lab/cpu:quick")
    assert slide(small).simulated


def test_metrics_that_worsen_twice_turn_a_cell_slower(small: World) -> None:
    for seconds in (1.0, 1.01, 0.99, 1.0, 1.6, 1.7):
        step = MetricValue("step", "s", "lower", (seconds, seconds * 1.001))
        small.carry_out(report_of(metrics=(step,)), "lab/cpu:quick")
    assert square(small).state is State.SLOWER


def test_shards_bring_their_metrics_together(small: World) -> None:
    for seconds in (1.0, 1.0, 1.0, 1.0, 2.0, 2.0):
        step = MetricValue("step", "s", "lower", (seconds,))
        small.carry_out(report_of(metrics=(step,)), "lab/cpu:wide")
    assert cell_states(small)["wide"].trend == -1


def test_another_revision_replans_the_slide_and_keeps_the_history(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    text = TEXT.replace("[cpu, gpu]", "[cpu, tpu]")
    save_matrix(small.store, matrix_of(text))
    assert [label.name for label in slide(small).accelerators] == ["cpu", "tpu"]
    assert square(small).history == "P"


def test_a_new_axis_with_a_default_keeps_the_history_of_old_cells(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    axis = "accelerator: [cpu, gpu]\n  dtype: [{name: fp32, default: true}, bf16]"
    save_matrix(small.store, matrix_of(TEXT.replace("accelerator: [cpu, gpu]", axis)))
    page = cell_page(small.store, "small", "lab", "cpu")
    assert page is not None
    histories = {dict(one.cell).get("dtype"): one.history for one in page.states if one.history}
    assert list(histories.values()) == ["P"]


def test_a_role_is_policy_and_refolds_without_a_report(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), "lab/cpu:wide")
    assert square(small).state is State.NEW
    text = TEXT.replace("shards: 3, role: watch", "shards: 3, role: headline")
    save_matrix(small.store, matrix_of(text))
    assert square(small).state is State.FAILING


def test_a_suite_that_an_old_matrix_gains_is_shadowed_for_seven_days(
    store: Store, clock: Hand
) -> None:
    older = world(store, clock)
    clock.pass_by(timedelta(days=8))
    more = matrix_of(TEXT.replace("stacks:", "  late: {command: [sh, late.sh]}\nstacks:"))
    save_matrix(store, more)
    assert cell_states(older)["late"].role is Role.SHADOW
    assert cell_states(older)["quick"].role is Role.HEADLINE


def test_an_excluded_square_says_why(store: Store, clock: Hand) -> None:
    excluding = TEXT + "exclude: [{site: edge, accelerator: gpu}]\n"
    lonely = world(store, clock, excluding)
    shown = square(lonely, "edge", "gpu")
    assert shown.state is State.EXCLUDED
    assert shown.reason
    page = cell_page(store, "small", "edge", "gpu")
    assert page is not None
    assert page.why == shown.reason


def test_a_square_that_the_grid_lacks_has_no_page(small: World) -> None:
    assert cell_page(small.store, "small", "moon", "cpu") is None
    assert cell_page(small.store, "unknown", "lab", "cpu") is None
    assert grid(small.store, "unknown") is None


def test_fresh_results_are_those_of_the_same_suite_and_stack(small: World) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    assert fresh(small.store, small.matrix) == {"lab/cpu:quick@stable"}
    assert not fresh(small.store, matrix_of(TEXT.replace("quick.sh", "other.sh")))
    assert not fresh(small.store, matrix_of(TEXT.replace("2.13.0", "2.14.0")))
    small.clock.pass_by(timedelta(hours=37))
    assert not fresh(small.store, small.matrix)


def test_several_jobs_of_one_cell_in_one_batch_are_folded_in_order(small: World) -> None:
    for _ in range(3):
        small.start("lab/cpu:quick")
    small.end(small.claim(3), report_of())
    assert square(small).history == "PPP"


def test_a_runner_of_another_site_fills_its_own_square(small: World) -> None:
    offer = offer_of("edge", "gpu")
    runner = small.queue.announce(card_of("far", offer))
    small.start("edge/gpu:quick")
    tickets = small.queue.claim(runner, [Room(offer, 1)])
    other = World(small.store, small.clock, small.matrix, small.queue, runner)
    other.end(tickets, report_of(Status.ERROR))
    assert square(small, "edge", "gpu").state is State.BROKEN
    assert job(small.store, "small", 1) is not None
