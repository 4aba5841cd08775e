from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from lively_metrics import NIGHTLY, NOW, REPORTS, STABLE, of, rates, told

from dashboard.web.chart import MOST_MARKED, chart, sketch, turns
from dashboard.web.chart_context import chart_context
from dashboard.web.chart_marks import flags, gap_marks, turned
from dashboard.web.plane import BOTTOM, LEFT, RIGHT, TOP, Extent, plane
from orchestrator.metric_views import Series

DAY = 86400.0
OPEN = Extent(silence=36 * 3600.0)


def long(count: int = 3000) -> Series:
    """So many reports, one a minute, with one value far off."""
    reports = [
        told(0, id=number + 1, at=NOW + timedelta(minutes=number), job=number + 1)
        for number in range(count)
    ]
    values = {one.id: (10.0 + one.id % 7, 10.5) for one in reports} | {1234: (99.0, 99.0)}
    return of(STABLE, reports, values)


def number(share: str) -> float:
    return float(share.removesuffix("%"))


def test_everything_lies_inside_the_plot() -> None:
    drawn = chart([rates(), rates(NIGHTLY, 1.3)], OPEN)
    assert all(LEFT <= number(spot.x) <= RIGHT for spot in drawn.spots)
    assert all(TOP <= number(spot.y) <= BOTTOM for spot in drawn.spots)


def test_a_higher_value_lies_higher_and_a_later_one_further_right() -> None:
    drawn = chart([of(STABLE, [told(1), told(2)], {2: (1.0,), 3: (2.0,)})], OPEN)
    first, second = drawn.spots
    assert number(first.x) < number(second.x)
    assert number(first.y) > number(second.y)


def test_the_line_is_broken_where_a_run_measured_nothing() -> None:
    (stroke,) = chart([rates()], OPEN).strokes
    assert stroke.path.count("M") == 2


def test_the_line_is_broken_by_long_silence_and_not_by_an_even_rhythm() -> None:
    days = [0, 1, 2, 3, 20, 21]
    reports = [told(0, id=n + 1, at=NOW + timedelta(days=day)) for n, day in enumerate(days)]
    one = of(STABLE, reports, {n + 1: (1.0,) for n in range(len(days))})
    assert chart([one], OPEN).strokes[0].path.count("M") == 2
    weekly = [told(0, id=n + 1, at=NOW + timedelta(days=7 * n)) for n in range(5)]
    even = of(STABLE, weekly, {n + 1: (1.0,) for n in range(5)})
    assert chart([even], OPEN).strokes[0].path.count("M") == 1


def test_a_run_about_a_commit_is_a_point_and_no_corner_of_the_line() -> None:
    one = rates()
    drawn = chart([one], OPEN)
    corners = len(re.findall("[ML]", drawn.strokes[0].path))
    assert len(drawn.spots) == len(one.points) == corners + 1


def test_by_run_every_report_is_a_step_as_wide() -> None:
    xs = [number(spot.x) for spot in chart([rates()], Extent(by_run=True)).spots]
    steps = {round(after - before, 1) for before, after in pairwise(xs)}
    assert len(steps) <= 2 + 1  # a gap is a step, too


def test_of_many_points_the_extremes_are_marked() -> None:
    one = long()
    drawn = chart([one], OPEN)
    assert drawn.total == 3000
    assert len(drawn.spots) <= MOST_MARKED
    assert 1233 in {spot.nth for spot in drawn.spots}
    assert drawn.envelope
    assert drawn.spreads == ()


def test_few_points_show_their_replicates() -> None:
    drawn = chart([rates()], OPEN)
    assert len(drawn.spreads) == len(rates().points)
    spread = drawn.spreads[0]
    assert number(spread.high) <= number(spread.upper) <= number(spread.lower) <= number(spread.low)


def test_the_band_is_that_of_the_first_series() -> None:
    one, other = chart([rates()], OPEN), chart([of(STABLE, [told(1)], {2: (1.0,)}), rates()], OPEN)
    assert one.band.endswith("Z")
    assert other.band == ""


def test_a_band_does_not_dwarf_the_points() -> None:
    reports = [told(n) for n in range(12)]
    values = {n + 1: (10.0 + n / 100,) for n in range(12)}
    ys = [number(spot.y) for spot in chart([of(STABLE, reports, values)], OPEN).spots]
    assert max(ys) - min(ys) > (BOTTOM - TOP) / 3


def test_nothing_is_drawn_of_nothing() -> None:
    drawn = chart([of(STABLE, [], {})], OPEN)
    assert (drawn.spots, drawn.band, drawn.strokes[0].path) == ((), "", "")


def test_one_value_lies_in_the_middle() -> None:
    (spot,) = chart([of(STABLE, [told(1)], {2: (5.0,)})], OPEN).spots
    assert number(spot.y) == pytest.approx((TOP + BOTTOM) / 2, abs=1)


def test_the_stretch_that_was_asked_for_ends_now_and_begins_with_what_there_is() -> None:
    since, until = NOW.timestamp() - 90 * DAY, NOW.timestamp() + DAY
    across = plane([rates()], Extent(since, until)).across
    assert across.high == pytest.approx(until, abs=DAY)
    assert across.low == pytest.approx(NOW.timestamp() - REPORTS * DAY, abs=DAY)


def test_names_of_lines_do_not_lie_on_each_other() -> None:
    ends = chart([rates(), rates(NIGHTLY, 1.0001)], OPEN).ends
    assert abs(number(ends[0].letter_y) - number(ends[1].letter_y)) >= 4


def test_a_verdict_is_marked_where_it_begins() -> None:
    one = rates()
    (at,) = turns(one.points)
    (mark,) = turned([one], plane([one], OPEN))
    assert one.points[at].trend == 1
    assert (mark.word, mark.icon, mark.below) == ("faster", "up", False)


def test_what_fell_is_told_below_the_line() -> None:
    reports = [told(n) for n in range(8)]
    values = {n + 1: (10.0 if n < 6 else 5.0,) for n in range(8)}
    one = of(STABLE, reports, values)
    (mark,) = turned([one], plane([one], OPEN))
    assert (mark.word, mark.icon, mark.below) == ("slower", "down", True)


def test_a_change_of_the_stack_is_numbered_and_worded() -> None:
    one = of(STABLE, [told(28, job=1), told(29, job=2)], {29: (1.0,), 30: (1.0,)})
    (flag,) = flags("default", [one], plane([one], OPEN))
    assert (flag.number, flag.words, flag.row) == (1, "torch 2.13.0 → 2.14.0", 0)
    assert flag.href == "/m/default/jobs/2"
    assert flag.at_end


def test_a_gap_says_what_came_of_the_run() -> None:
    one = rates()
    (mark,) = gap_marks("default", one.gaps, plane([one], OPEN))
    assert mark.told.startswith("failed: measured nothing")
    assert mark.told.endswith("it was killed")


def test_points_say_their_kind_in_shape_and_word() -> None:
    found = chart_context("default", "matmul", [rates()], OPEN)
    kinds = {kind for kind, _ in found.kinds}
    assert kinds == {"plain", "contended", "aside", "signed", "simulated"}
    contended = next(point for point in found.points if point.kind == "contended")
    assert "contended" in contended.told


def test_a_point_says_all_of_itself() -> None:
    first = chart_context("default", "matmul", [rates()], OPEN).points[30]
    assert first.told.splitlines()[0].endswith(" GFLOP/s")
    for part in ("median of 3", "run 12 on here", "held against", "torch 2.14.0", "self-reported"):
        assert part in first.told


def test_of_many_points_it_is_said_that_not_all_are_marked() -> None:
    assert chart_context("default", "x", [long()], OPEN).thinned.startswith("3,000 points; marked")
    assert chart_context("default", "x", [rates()], OPEN).thinned == ""


def test_only_one_point_is_a_stop_of_the_keyboard() -> None:
    points = chart_context("default", "x", [rates(), rates(NIGHTLY)], OPEN).points
    assert [point.is_last for point in points].count(True) == 1


def test_a_small_chart_has_its_line_band_and_changes() -> None:
    small = sketch(of(STABLE, [told(n, job=n) for n in range(20, 40)], VALUES), 1e9)
    assert small.stroke.path
    assert small.band
    assert len(small.changes) == 1


VALUES = {number + 1: (float(number % 3 + 10),) for number in range(20, 40)}
