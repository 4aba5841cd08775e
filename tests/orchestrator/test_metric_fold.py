from __future__ import annotations

from datetime import timedelta

import pytest
from lively_grid import NOW
from lively_metrics import ABOUT_RUN, HEAD, RATE, REPORTS, STABLE, of, rates, told

from orchestrator.metric_fold import is_within
from orchestrator.metric_views import Window

LEVEL = [told(number) for number in range(10)]


def test_a_point_has_its_median_and_the_ends_and_quarters_of_its_replicates() -> None:
    (point,) = of(STABLE, LEVEL[:1], {1: (3.0, 1.0, 2.0, 5.0, 4.0)}).points
    assert (point.median, point.low, point.high) == (3.0, 1.0, 5.0)
    assert (point.lower, point.upper) == (2.0, 4.0)


def test_one_replicate_is_all_of_its_quarters() -> None:
    (point,) = of(STABLE, LEVEL[:1], {1: (3.0,)}).points
    assert {point.median, point.low, point.high, point.lower, point.upper} == {3.0}


def test_a_report_without_the_metric_is_a_gap() -> None:
    found = of(STABLE, LEVEL[:3], {1: (1.0,), 3: (1.0,)})
    assert [gap.told.id for gap in found.gaps] == [2]
    assert [point.told.id for point in found.points] == [1, 3]


def test_nothing_is_missing_before_it_was_measured_first() -> None:
    assert of(STABLE, LEVEL[:3], {3: (1.0,)}).gaps == ()


def test_a_report_that_does_not_count_is_judged_by_nobody_and_judges_nothing() -> None:
    reports = [*LEVEL[:5], told(5, counts=False), *LEVEL[6:]]
    values = {one.id: (10.0,) for one in reports} | {6: (99.0,)}
    points = of(STABLE, reports, values).points
    assert points[5].judged is None
    assert all(point.judged.middle == 10.0 for point in points if point.judged)


def test_replicates_too_far_apart_are_shown_and_not_judged() -> None:
    values = {one.id: (10.0,) for one in LEVEL} | {10: (1.0, 5.0, 20.0, 40.0)}
    points = of(STABLE, LEVEL, values).points
    assert points[-1].judged is None
    assert points[-1].contended
    assert not points[0].contended


def test_what_lies_before_the_window_judges_and_is_not_shown() -> None:
    window = Window(LEVEL[8].at)
    points = of(STABLE, LEVEL, {one.id: (10.0,) for one in LEVEL}, window).points
    assert [point.told.id for point in points] == [9, 10]
    assert points[0].judged is not None


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [(None, None, True), (0, None, True), (1, None, False), (None, 0, False), (-1, 1, True)],
)
def test_a_window_has_its_begin_and_not_its_end(
    since: int | None, until: int | None, expected: bool
) -> None:
    ends = [None if hours is None else NOW + timedelta(hours=hours) for hours in (since, until)]
    assert is_within(Window(*ends), NOW) is expected


def test_a_new_version_of_a_component_is_a_change() -> None:
    (change,) = rates().changes
    assert (change.component, change.before, change.after) == ("torch", "2.13.0", "2.14.0")
    assert change.at == told(29).at


def test_what_does_not_count_changes_no_component() -> None:
    reports = [told(28), told(29, counts=False), told(30, counts=False)]
    values = {one.id: (1.0,) for one in reports}
    assert of(STABLE, reports, values).changes == ()


def test_a_change_before_the_window_is_not_told() -> None:
    assert rates(window=Window(NOW - timedelta(days=10))).changes == ()


def test_a_run_about_a_commit_is_marked_once() -> None:
    (mark,) = rates().commits
    assert (mark.component, mark.head, mark.run) == ("vllm", HEAD, ABOUT_RUN)


def test_faster_is_said_where_two_in_a_row_are_off() -> None:
    points = rates().points
    trends = [point.trend for point in points]
    first = trends.index(1)
    assert points[first].told.id == 31
    assert trends[first - 1] == 0
    assert -1 not in trends
    assert len(points) == REPORTS - 1
    assert RATE.better == "higher"
