from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.history import confidence, is_flaky
from matrix.status import Evidence, Layer, Role, Status, layer
from matrix.verdict import (
    MARKS,
    CellState,
    Colour,
    Counts,
    Outcome,
    Recent,
    State,
    face,
    is_stale,
    judge,
    settled,
    state,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FRESH = timedelta(hours=36)
BLANK = CellState(
    cell=(("site", "lab"), ("accelerator", "cpu")),
    suite="ops",
    stack="stable",
    role=Role.HEADLINE,
    status=None,
    layer=Layer.NONE,
    confidence=0.0,
    reason="",
    counts=Counts(),
    history="",
    since=None,
    reported_at=None,
    job=None,
    run=None,
    queued=0,
    running=0,
    unmet="",
    trend=0,
    evidence=Evidence.SELF_REPORTED,
)


def outcome(status: Status, at: datetime = NOON, **changes: object) -> Outcome:
    plain = Outcome(at, status, layer(status), "why", Counts(passed=1), Evidence.SIGNED, 7, 3, "r")
    return replace(plain, **changes)  # type: ignore[arg-type] # a test names the field


def after(*statuses: Status, start: datetime = NOON) -> CellState:
    cell = BLANK
    for hour, status in enumerate(statuses):
        cell = judge(cell, outcome(status, start + timedelta(hours=hour)))
    return cell


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.PASS, State.PASSING),
        (Status.DONE, State.PASSING),
        (Status.FAIL, State.FAILING),
        (Status.ERROR, State.BROKEN),
        (Status.MISS, State.INFRA),
        (Status.SKIP, State.SKIPPED),
    ],
)
def test_a_fresh_status_is_its_state(status: Status, expected: State) -> None:
    assert state(after(status), NOON, FRESH) is expected


def test_a_cell_without_a_report_is_new() -> None:
    assert state(BLANK, NOON, FRESH) is State.NEW


def test_a_cell_that_nobody_offers_says_so() -> None:
    assert state(replace(BLANK, unmet="no GPU", queued=1), NOON, FRESH) is State.NOT_OFFERED


def test_a_queued_cell_waits() -> None:
    assert state(replace(BLANK, queued=1), NOON, FRESH) is State.QUEUED


def test_a_good_cell_that_runs_again_moves_and_a_bad_one_stays_bad() -> None:
    assert state(replace(after(Status.PASS), running=1), NOON, FRESH) is State.RUNNING
    assert state(replace(after(Status.FAIL), running=1), NOON, FRESH) is State.FAILING


def test_a_fresh_pass_stays_green_while_the_next_run_waits() -> None:
    assert state(replace(after(Status.PASS), queued=1), NOON, FRESH) is State.PASSING


@pytest.mark.parametrize("status", list(Status))
def test_an_old_result_is_stale_whatever_it_said(status: Status) -> None:
    assert state(after(status), NOON + FRESH + timedelta(seconds=1), FRESH) is State.STALE


def test_at_the_last_moment_of_freshness_a_result_still_stands() -> None:
    assert not is_stale(after(Status.PASS), NOON + FRESH, FRESH)


def test_the_present_status_began_with_its_first_report_in_a_row() -> None:
    cell = after(Status.FAIL, Status.PASS, Status.PASS)
    assert cell.since == NOON + timedelta(hours=1)
    assert cell.reported_at == NOON + timedelta(hours=2)


def test_judging_takes_over_what_the_outcome_says() -> None:
    cell = judge(replace(BLANK, queued=2, running=1), outcome(Status.FAIL))
    assert (cell.status, cell.layer, cell.reason) == (Status.FAIL, Layer.CODE, "why")
    assert (cell.job, cell.run, cell.runner) == (7, 3, "r")
    assert (cell.queued, cell.running) == (2, 1)


def test_history_keeps_the_last_thirty_statuses() -> None:
    cell = after(*[Status.FAIL] * 5, *[Status.PASS] * 30)
    assert cell.history == "P" * 30


def test_two_equal_statuses_are_surer_than_one() -> None:
    assert confidence("PF") == 0.5
    assert confidence("FF") == 0.75
    assert confidence("") == 0


@pytest.mark.parametrize(
    ("history", "flaky"),
    [
        ("PPPPPPPP", False),
        ("PPPFPPPP", False),  # one flip there and back may be a real break, mended
        ("PPFPPFPP", True),
        ("PFPFPFPF", True),
        ("PPPFFFPP", False),  # three in a row are a break
        ("PFFFPFFFPFFFP", False),
        ("PMPMPMPM", False),  # infrastructure says nothing of the code
        ("DFDFDFDF", True),
        ("", False),
    ],
)
def test_flips_make_a_cell_flaky(history: str, *, flaky: bool) -> None:
    assert is_flaky(history) is flaky


def test_a_flaky_cell_that_passes_just_now_is_orange() -> None:
    cell = after(*[Status.PASS, Status.FAIL] * 3, Status.PASS)
    assert state(cell, cell.reported_at or NOON, FRESH) is State.FLAKY


def test_slower_twice_running_is_slower() -> None:
    cell = BLANK
    for seconds in (1.0, 1.0, 1.0, 1.0, 1.5, 1.5):
        speed = Recent("step", "", "lower", (seconds,))
        cell = judge(cell, outcome(Status.PASS, medians=(speed,)))
    assert settled(cell) is State.SLOWER


def test_a_metric_that_was_not_measured_this_time_keeps_its_past() -> None:
    speed = Recent("step", "", "lower", (1.0,))
    cell = judge(BLANK, outcome(Status.PASS, medians=(speed,)))
    assert judge(cell, outcome(Status.PASS)).recent == (speed,)


def test_a_contended_metric_is_marked_and_leaves_no_trace_in_the_past() -> None:
    cell = BLANK
    for seconds in (1.0, 1.0, 1.0, 1.0, 1.5):
        cell = judge(cell, outcome(Status.PASS, medians=(Recent("step", "", "lower", (seconds,)),)))
    noisy = Recent("step", "", "lower", (), contended=True)
    cell = judge(cell, outcome(Status.PASS, medians=(noisy,)))
    (recent,) = cell.recent
    assert (recent.values, recent.contended) == ((1.0, 1.0, 1.0, 1.0, 1.5), True)
    assert settled(cell) is State.PASSING


def test_a_face_without_states_is_excluded() -> None:
    assert face((), NOON, FRESH).state is State.EXCLUDED


def test_a_face_shows_its_worst_headline_state() -> None:
    good, bad = after(Status.PASS), after(Status.FAIL)
    shown = face((good, bad), NOON, FRESH)
    assert (shown.state, shown.reason) == (State.FAILING, "why")
    assert shown.counts == Counts(passed=2)
    assert (shown.done, shown.planned) == (2, 2)


def test_watched_suites_only_add_a_small_count() -> None:
    watched = replace(after(Status.FAIL), role=Role.WATCH)
    shown = face((after(Status.PASS), watched), NOON, FRESH)
    assert (shown.state, shown.watched_bad) == (State.PASSING, 1)


def test_shadowed_suites_do_not_show_at_all() -> None:
    shadow = replace(after(Status.FAIL), role=Role.SHADOW)
    shown = face((after(Status.PASS), shadow), NOON, FRESH)
    assert (shown.state, shown.watched_bad, shown.planned) == (State.PASSING, 0, 1)


def test_a_suite_that_cannot_run_here_does_not_hide_one_that_passes() -> None:
    unmet = replace(BLANK, unmet="needs 2 devices")
    assert face((after(Status.PASS), unmet), NOON, FRESH).state is State.PASSING


def test_a_missing_headline_result_keeps_a_face_from_being_green() -> None:
    assert face((after(Status.PASS), BLANK), NOON, FRESH).state is State.NEW


def test_one_simulated_result_marks_the_face() -> None:
    cell = replace(after(Status.PASS), evidence=Evidence.SIMULATED)
    assert face((cell,), NOON, FRESH).simulated


cells = st.builds(
    lambda status, age, queued, running, unmet, trend, role, history: replace(
        BLANK,
        status=status,
        reported_at=None if status is None else NOON - timedelta(hours=age),
        queued=queued,
        running=running,
        unmet=unmet,
        trend=trend,
        role=role,
        history=history if status else "",
    ),
    st.none() | st.sampled_from(Status),
    st.integers(0, 100),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(("", "no runner")),
    st.sampled_from((-1, 0, 1)),
    st.sampled_from(Role),
    st.text("PFEMDS", max_size=30),
)


@given(cells)
def test_stale_or_missing_is_never_green(cell: CellState) -> None:
    if MARKS[state(cell, NOON, FRESH)].colour is Colour.GREEN:
        assert cell.status in {Status.PASS, Status.DONE}
        assert not is_stale(cell, NOON, FRESH)


@given(st.lists(cells, max_size=6))
def test_a_face_is_green_only_if_each_offered_headline_result_is_fresh_and_good(
    several: list[CellState],
) -> None:
    shown = face(several, NOON, FRESH)
    if MARKS[shown.state].colour is not Colour.GREEN:
        return
    headline = [cell for cell in several if cell.role is Role.HEADLINE]
    counted = headline or [cell for cell in several if cell.role is Role.WATCH]
    telling = [cell for cell in counted if cell.status is not None or not cell.unmet]
    assert telling
    for cell in telling:
        assert cell.status in {Status.PASS, Status.DONE, Status.SKIP}
        assert not is_stale(cell, NOON, FRESH)


@given(st.lists(st.sampled_from(Status), min_size=1, max_size=50))
def test_the_last_status_stands_and_history_ends_with_it(statuses: list[Status]) -> None:
    cell = after(*statuses)
    assert cell.status is statuses[-1]
    assert cell.history[-1] == statuses[-1][0]
    assert 0 < cell.confidence <= 1


@given(cells)
def test_every_state_has_a_mark(cell: CellState) -> None:
    assert state(cell, NOON, FRESH) in MARKS
