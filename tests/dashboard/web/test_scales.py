from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.scales import Scale, number_ticks, padded, time_ticks

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 10, ["2", "4", "6", "8", "10"]),
        (0.0, 1.0, ["0.2", "0.4", "0.6", "0.8", "1.0"]),
        (24_800, 31_200, ["26,000", "28,000", "30,000"]),
        (0.0011, 0.0019, ["0.0012", "0.0014", "0.0016", "0.0018"]),
        (-3, 3, ["-2", "0", "2"]),
    ],
)
def test_numbers_of_an_axis_are_round(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in number_ticks(low, high)] == labels


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_numbers_lie_inside_and_are_few(low: float, span: float) -> None:
    ticks = number_ticks(low, low + span)
    assert len(ticks) <= 11
    assert all(low - span / 1e6 <= tick.at <= low + span * 1.000001 for tick in ticks)


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (timedelta(hours=1), ["12:15", "12:30", "12:45", "13:00"]),
        (timedelta(days=1), ["Nov 23, 15:00", "Nov 23, 18:00", "Nov 23, 21:00", "Nov 24, 00:00"]),
        (timedelta(days=7), ["Nov 24", "Nov 25", "Nov 26", "Nov 27"]),
        (timedelta(days=400), ["Jan 2027", "Mar 2027", "May 2027", "Jul 2027"]),
        (timedelta(days=4000), ["Jan 2028", "Jan 2030", "Jan 2032", "Jan 2034"]),
    ],
)
def test_moments_of_an_axis_are_round(span: timedelta, labels: list[str]) -> None:
    ticks = time_ticks(NOON, NOON + span.total_seconds())
    assert [tick.label for tick in ticks][: len(labels)] == labels


@given(st.floats(0, 4e9), st.floats(1.0, 1e9))
def test_moments_lie_inside_in_order_and_are_few(low: float, span: float) -> None:
    ticks = time_ticks(low, low + span)
    assert len(ticks) <= 12
    assert all(low <= tick.at <= low + span for tick in ticks)
    assert all(before.at < after.at for before, after in pairwise(ticks))


def test_every_second_moment_may_be_left_out() -> None:
    ticks = time_ticks(NOON, NOON + 7 * 86400)
    assert [tick.minor for tick in ticks][:4] == [False, True, False, True]


def test_a_scale_lays_its_ends_on_the_ends() -> None:
    scale = Scale(10.0, 20.0, 85.0, 15.0)
    assert (scale(10.0), scale(20.0), scale(15.0)) == (85.0, 15.0, 50.0)


def test_a_scale_of_one_value_has_a_place_for_it() -> None:
    assert Scale(3.0, 3.0, 0.0, 100.0)(3.0) == 0.0


@pytest.mark.parametrize("value", [0.0, 5.0, -2.0])
def test_one_value_has_room_around_it(value: float) -> None:
    low, high = padded(value, value)
    assert low < value < high
