from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import NOON, TEXT, Hand, World, card_of, matrix_of, offer_of, report_of, world

from matrix.status import Evidence, Status
from matrix.verdict import Counts, State
from orchestrator.store.announcing import announce
from orchestrator.store.cancelling import cancel_run
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import CHANGES, grid
from orchestrator.store.store import Store
from orchestrator.views import Face, Grid, Label
from runners.work import CaseResult, RunnerCard

QUICK = "lab/cpu:quick"
INCLUDING = TEXT + "include: [{site: farm, accelerator: cpu, suite: quick, stack: stable}]\n"
EXCLUDING = TEXT + "exclude: [{site: edge, accelerator: gpu, reason: there is no such machine}]\n"
DAILY = TEXT + "policies: {freshness: 6h}\n"
PAIR = TEXT.replace("stacks:", "  second: {command: [sh, second.sh]}\nstacks:")
WATCHED = TEXT.replace("quick.sh]}", "quick.sh], role: watch}")


def slide(world: World) -> Grid:
    found = grid(world.store, "small")
    assert found is not None
    return found


def square(world: World, site: str = "lab", accelerator: str = "cpu") -> Face:
    faces = {(one.site.name, one.accelerator.name): one for one in slide(world).faces}
    return faces[site, accelerator]


def test_the_slide_carries_its_matrix_by_name_and_label(store: Store, clock: Hand) -> None:
    labelled = world(store, clock, TEXT.replace("name: small", "name: small\nlabel: Small one"))
    assert slide(labelled).matrix == Label("small", "Small one")


def test_a_site_that_an_include_brings_comes_behind_the_listed_ones(
    store: Store, clock: Hand
) -> None:
    found = slide(world(store, clock, INCLUDING))
    assert [site.name for site in found.sites] == ["lab", "edge", "farm"]
    assert len(found.faces) == 6


def test_a_square_beside_an_included_one_is_excluded_and_has_nothing_planned(
    store: Store, clock: Hand
) -> None:
    beside = square(world(store, clock, INCLUDING), "farm", "gpu")
    assert (beside.state, beside.planned, beside.counts) == (State.EXCLUDED, 0, Counts())


def test_an_excluded_square_repeats_the_reason_of_its_line(store: Store, clock: Hand) -> None:
    shown = square(world(store, clock, EXCLUDING), "edge", "gpu")
    assert shown.reason.endswith(": there is no such machine")


def test_an_exclusion_that_goes_leaves_no_reason_behind(store: Store, clock: Hand) -> None:
    narrowed = world(store, clock, EXCLUDING)
    slide(narrowed)
    clock.pass_by(timedelta(minutes=1))
    save_matrix(store, matrix_of())
    shown = square(narrowed, "edge", "gpu")
    assert (shown.state, shown.planned) == (State.NOT_OFFERED, 1)
    assert "no such machine" not in shown.reason


def test_a_suite_that_is_taken_out_no_longer_colours_its_square(store: Store, clock: Hand) -> None:
    paired = world(store, clock, PAIR)
    paired.carry_out(report_of(), QUICK)
    paired.carry_out(report_of(Status.FAIL), "lab/cpu:second")
    assert square(paired).state is State.FAILING
    clock.pass_by(timedelta(minutes=1))
    save_matrix(store, matrix_of())
    assert (square(paired).state, square(paired).planned) == (State.PASSING, 1)


@pytest.mark.parametrize(
    ("quick", "second", "shown"),
    [
        (Status.PASS, Status.PASS, State.PASSING),
        (Status.PASS, Status.FAIL, State.FAILING),
        (Status.FAIL, Status.ERROR, State.FAILING),
        (Status.ERROR, Status.MISS, State.BROKEN),
        (Status.MISS, Status.PASS, State.INFRA),
        (Status.DONE, Status.SKIP, State.PASSING),
        (Status.SKIP, Status.SKIP, State.SKIPPED),
    ],
)
def test_a_square_shows_the_worst_of_its_headline_suites(
    store: Store, clock: Hand, quick: Status, second: Status, shown: State
) -> None:
    paired = world(store, clock, PAIR)
    paired.carry_out(report_of(quick), QUICK)
    paired.carry_out(report_of(second), "lab/cpu:second")
    assert square(paired).state is shown


def test_the_counts_of_a_square_are_those_of_all_headline_suites(store: Store, clock: Hand) -> None:
    paired = world(store, clock, PAIR)
    good, bad = CaseResult("a", Status.PASS), CaseResult("b", Status.FAIL)
    paired.carry_out(report_of(Status.PASS, good, good), QUICK)
    paired.carry_out(report_of(Status.FAIL, good, bad), "lab/cpu:second")
    paired.carry_out(report_of(Status.FAIL, bad), "lab/cpu:wide")
    assert square(paired).counts == Counts(fail=1, passed=3)


def test_done_counts_the_suites_with_a_fresh_result(store: Store, clock: Hand) -> None:
    paired = world(store, clock, PAIR)
    assert (square(paired).done, square(paired).planned) == (0, 2)
    paired.carry_out(report_of(), QUICK)
    assert (square(paired).done, square(paired).planned) == (1, 2)
    clock.pass_by(timedelta(hours=37))
    assert square(paired).done == 0


def test_a_square_of_watched_suites_only_shows_the_worst_of_them(store: Store, clock: Hand) -> None:
    watched = world(store, clock, WATCHED)
    watched.carry_out(report_of(), QUICK)
    watched.carry_out(report_of(Status.ERROR), "lab/cpu:wide")
    shown = square(watched)
    assert (shown.state, shown.watched_bad) == (State.BROKEN, 0)


def test_since_is_when_the_present_status_began_and_age_is_of_the_newest(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(timedelta(hours=2))
    small.carry_out(report_of(), QUICK)
    shown = square(small)
    assert (shown.since, shown.age_from) == (NOON, NOON + timedelta(hours=2))


def test_since_begins_anew_when_the_status_changes(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(timedelta(hours=2))
    small.carry_out(report_of(Status.FAIL), QUICK)
    assert square(small).since == NOON + timedelta(hours=2)


def test_the_history_of_a_square_grows_at_its_end(small: World) -> None:
    for status in (Status.PASS, Status.SKIP, Status.FAIL, Status.ERROR):
        small.carry_out(report_of(status), QUICK)
    assert square(small).history == "PSFE"


def test_a_failing_square_gives_the_reason_of_its_report(small: World) -> None:
    small.carry_out(report_of(Status.FAIL, reason="3 of 9 cases failed"), QUICK)
    assert square(small).reason == "3 of 9 cases failed"


@pytest.mark.parametrize("evidence", [Evidence.SIGNED, Evidence.VERIFIED, Evidence.SELF_REPORTED])
def test_real_evidence_does_not_mark_the_slide_as_simulated(
    small: World, evidence: Evidence
) -> None:
    small.carry_out(report_of(evidence=evidence), QUICK)
    assert not slide(small).simulated
    assert not square(small).simulated


def test_a_real_result_after_a_simulated_one_takes_the_mark_away(small: World) -> None:
    small.carry_out(report_of(evidence=Evidence.SIMULATED), QUICK)
    small.carry_out(report_of(), QUICK)
    assert not slide(small).simulated


def test_the_age_at_which_a_square_grows_stale_is_the_matrix_s_own(
    store: Store, clock: Hand
) -> None:
    daily = world(store, clock, DAILY)
    daily.carry_out(report_of(), QUICK)
    clock.pass_by(timedelta(hours=6))
    assert square(daily).state is State.PASSING
    clock.pass_by(timedelta(microseconds=1))
    assert square(daily).state is State.STALE


def test_a_name_that_differs_in_case_is_another_matrix(small: World) -> None:
    assert grid(small.store, "Small") is None


def test_at_most_ten_changes_are_told_and_they_are_the_newest(small: World) -> None:
    for number in range(CHANGES + 3):
        status = Status.FAIL if number % 2 else Status.PASS
        small.clock.pass_by(timedelta(minutes=1))
        small.carry_out(report_of(status), QUICK)
    changes = slide(small).changes
    assert len(changes) == CHANGES
    assert [one.at for one in changes] == sorted((one.at for one in changes), reverse=True)
    assert changes[0].at == small.clock.now()


def test_a_change_names_its_square_suite_stack_and_job(small: World) -> None:
    small.carry_out(report_of(Status.ERROR), QUICK)
    (told,) = slide(small).changes
    assert (told.site, told.accelerator, told.suite, told.stack) == (
        "lab",
        "cpu",
        "quick",
        "stable",
    )
    assert (told.before, told.after, told.job) == ("new", "test error", 1)


def test_the_slide_shows_the_newest_run(small: World) -> None:
    assert slide(small).run is None
    small.start(QUICK)
    second = small.start("lab/cpu:wide")
    shown = slide(small).run
    assert shown is not None
    assert (shown.id, shown.state, shown.jobs) == (second, "running", 3)
    cancel_run(small.store, "small", second)
    after = slide(small).run
    assert after is not None
    assert after.state == "cancelled"


def test_a_runner_that_takes_its_offer_back_leaves_an_unreported_square_unoffered(
    small: World,
) -> None:
    assert square(small).state is State.NEW
    card = card_of()
    announce(small.store, RunnerCard(card.name, card.label, card.owner, card.kind, (), card.facts))
    shown = square(small)
    assert (shown.state, shown.reason) == (State.NOT_OFFERED, "no runner offers site=lab")


def test_a_result_stands_though_nobody_offers_its_square_any_more(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    announce(small.store, card_of("bench", offer_of("edge", "gpu")))
    assert square(small).state is State.PASSING
    assert square(small, "edge", "gpu").state is State.NEW
