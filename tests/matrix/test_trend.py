from __future__ import annotations

from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.trend import VALUES_REMEMBERED, is_contended, judged, trend, worst_trend

FINITE = st.floats(0.1, 1e6)


@pytest.mark.parametrize(
    ("values", "better", "expected"),
    [
        ([10, 10, 10, 10, 12, 12], "lower", -1),
        ([10, 10, 10, 10, 8, 8], "lower", 1),
        ([10, 10, 10, 10, 12, 12], "higher", 1),
        ([10, 10, 10, 10, 8, 8], "higher", -1),
        ([10, 10, 10, 10, 10, 12], "lower", 0),  # once is chance
        ([10, 10, 10, 10, 10.9, 10.9], "lower", 0),  # within 10 %
        ([10, 10, 10, 10, 8, 12], "lower", 0),  # to both sides
        ([10, 14, 6, 13, 12, 12], "lower", 0),  # within the noise of its past
        ([10, 10, 12, 12], "lower", 0),  # too little past
        ([], "lower", 0),
    ],
)
def test_two_values_off_the_past_make_a_trend(
    values: list[float], better: str, expected: int
) -> None:
    assert trend(values, better) == expected


@given(st.lists(FINITE, max_size=30))
def test_better_higher_and_lower_mirror_each_other(values: list[float]) -> None:
    assert trend(values, "higher") == -trend(values, "lower")


@given(FINITE, st.integers(0, 30))
def test_a_metric_that_never_moves_is_level(value: float, count: int) -> None:
    assert trend([value] * count, "lower") == 0


@given(st.lists(FINITE, min_size=5, max_size=30), st.sampled_from((0.5, 2.0, 1024.0)))
def test_the_unit_does_not_matter(values: list[float], scale: float) -> None:
    assert trend([value * scale for value in values], "lower") == trend(values, "lower")


@pytest.mark.parametrize(
    ("trends", "expected"), [([], 0), ([0, 1], 1), ([1, -1, 0], -1), ([0, 0], 0)]
)
def test_slower_outweighs_faster(trends: list[int], expected: int) -> None:
    assert worst_trend(trends) == expected


@pytest.mark.parametrize(
    ("replicates", "expected"),
    [
        ([100, 101, 99, 100, 102], False),
        ([100, 100, 100, 100, 900], False),  # one that is off is no spread
        ([100, 140, 100, 140, 100], True),
        ([100, 60, 100, 140, 180], True),
        ([100, 110, 120, 130], False),
        ([100, 200, 300], False),  # too few to have quartiles
        ([0, 0, 0, 0], False),
        ([], False),
    ],
)
def test_replicates_that_lie_far_apart_are_contended(
    replicates: list[float],
    expected: bool,
) -> None:
    assert is_contended(replicates) is expected


@given(st.lists(FINITE, max_size=45), st.sampled_from(("higher", "lower", "")))
def test_each_value_is_judged_as_it_was_when_it_came(values: list[float], better: str) -> None:
    as_they_came = [
        trend(values[max(0, end - VALUES_REMEMBERED) : end], better)
        for end in range(1, len(values) + 1)
    ]
    found = judged(values, better)
    assert [one.trend if one else 0 for one in found] == as_they_came


@given(st.lists(FINITE, min_size=5, max_size=20))
def test_what_a_value_is_held_against_is_the_median_and_its_margin(values: list[float]) -> None:
    held = judged(values, "lower")[-1]
    past = values[:-2]
    low, _, high = quantiles(past, n=4, method="inclusive")
    assert held is not None
    assert held.middle == median(past)
    assert held.margin == pytest.approx(max(0.1 * median(past), 3 * (high - low)))


def test_the_first_values_are_held_against_nothing() -> None:
    assert judged([1.0, 1.0, 1.0, 1.0], "lower") == (None,) * 4
    assert judged([1.0] * 5, "lower")[-1] is not None


def test_what_nobody_said_the_direction_of_is_level() -> None:
    assert trend([10, 10, 10, 10, 20, 20], "") == 0
