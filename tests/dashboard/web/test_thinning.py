from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.thinning import extremes, thinned

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)
STEPS = st.integers(1, 20)


@given(VALUES, STEPS)
def test_the_lowest_and_the_highest_of_all_are_kept(ys: list[float], steps: int) -> None:
    xs = [float(number) for number in range(len(ys))]
    for keep in (thinned, extremes):
        kept = [ys[index] for index in keep(xs, ys, steps)]
        assert (min(kept), max(kept)) == (min(ys), max(ys))


@given(VALUES, STEPS)
def test_first_and_last_are_kept_in_order_and_none_twice(ys: list[float], steps: int) -> None:
    xs = [float(number) for number in range(len(ys))]
    for keep in (thinned, extremes):
        found = keep(xs, ys, steps)
        assert (found[0], found[-1]) == (0, len(ys) - 1)
        assert all(before < after for before, after in pairwise(found))


@given(VALUES, STEPS)
def test_there_are_at_most_so_many_of_each_step(ys: list[float], steps: int) -> None:
    xs = [float(number) for number in range(len(ys))]
    assert len(thinned(xs, ys, steps)) <= 4 * steps
    assert len(extremes(xs, ys, steps)) <= 2 * steps + 2


@given(VALUES, STEPS)
def test_a_step_keeps_its_own_first_lowest_highest_and_last(ys: list[float], steps: int) -> None:
    xs = [float(number) for number in range(len(ys))]
    kept = set(thinned(xs, ys, steps))
    span = (xs[-1] - xs[0]) or 1.0
    for step in range(steps):
        inside = [i for i, x in enumerate(xs) if min(steps - 1, int(x / span * steps)) == step]
        if inside and len(xs) > 4 * steps:
            assert {inside[0], inside[-1]} <= kept
            shown = [ys[index] for index in inside if index in kept]
            assert (min(shown), max(shown)) == (
                min(ys[index] for index in inside),
                max(ys[index] for index in inside),
            )


@pytest.mark.parametrize("keep", [thinned, extremes])
def test_few_points_are_all_kept(keep: type) -> None:
    assert keep([1.0, 2.0], [5.0, 6.0], 4) == [0, 1]


@pytest.mark.parametrize("keep", [thinned, extremes])
def test_points_of_one_moment_are_one_step(keep: type) -> None:
    assert keep([7.0] * 99, [float(n) for n in range(99)], 5) == [0, 98]
