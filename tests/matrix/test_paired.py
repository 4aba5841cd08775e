"""The tests of pairs, against published tables and worked examples, and by their properties."""

from __future__ import annotations

from itertools import product
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.paired import Interval, adjusted, centre, fewest, interval, sign, signed_rank

# Hollander and Wolfe, example 3.1: Hamilton depression scale before and after tranquillisers.
BEFORE = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
AFTER = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
DEPRESSION = [after - before for before, after in zip(BEFORE, AFTER, strict=True)]
# Critical values of the smaller rank sum, two-sided 0.05, by number of pairs (Wilcoxon's table).
CRITICAL = {6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 25: 89}
few = st.lists(st.integers(-20, 20), min_size=1, max_size=9)


def with_rank_sum(pairs: int, total: int) -> list[float]:
    """Differences without ties of which the positive ranks have this sum."""
    signs = [-1] * pairs
    for rank in range(pairs, 0, -1):
        if rank <= total:
            signs[rank - 1], total = 1, total - rank
    return [float(rank * signs[rank - 1]) for rank in range(1, pairs + 1)]


@pytest.mark.parametrize(("pairs", "critical"), CRITICAL.items())
def test_the_signed_rank_test_has_the_critical_values_of_the_tables(
    pairs: int, critical: int
) -> None:
    assert signed_rank(with_rank_sum(pairs, critical)) <= 0.05
    assert signed_rank(with_rank_sum(pairs, critical + 1)) > 0.05


def test_the_signed_rank_test_gives_the_published_p_value() -> None:
    assert signed_rank(DEPRESSION) == 0.0390625  # Hollander and Wolfe: one-sided 0.0195


def test_the_estimate_and_the_interval_are_the_published_ones() -> None:
    assert isclose(centre(DEPRESSION), -0.46)
    found = interval(DEPRESSION)  # Hollander and Wolfe, example 3.3: 96.1 %
    assert found is not None
    assert isclose(found.low, -0.786)
    assert isclose(found.high, -0.01, abs_tol=1e-12)


@given(few)
def test_the_signed_rank_test_counts_every_way_the_signs_could_fall(values: list[int]) -> None:
    told = [value for value in values if value]
    sizes = sorted(abs(value) for value in told)
    ranks = [sum(1 for s in sizes if s < abs(v)) + (sizes.count(abs(v)) + 1) / 2 for v in told]
    seen = sum(rank for rank, value in zip(ranks, told, strict=True) if value > 0)
    extreme = min(seen, sum(ranks) - seen)
    sums = [
        sum(rank for rank, is_up in zip(ranks, signs, strict=True) if is_up)
        for signs in product((False, True), repeat=len(ranks))
    ]
    lower = sum(1 for total in sums if total <= extreme)
    assert isclose(signed_rank([float(value) for value in values]), min(1.0, 2 * lower / len(sums)))


@given(few, st.floats(0.001, 1000))
def test_the_signed_rank_test_knows_no_direction_and_no_unit(
    values: list[int], scale: float
) -> None:
    plain = signed_rank([float(value) for value in values])
    assert signed_rank([-value * scale for value in values]) == plain


@given(st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=12))
def test_a_p_value_is_one_at_most_and_never_less_than_the_smallest_there_is(
    values: list[float],
) -> None:
    assert 2 / 2 ** len(values) <= signed_rank(values) <= 1 or not any(values)


def test_without_a_difference_nothing_is_decided() -> None:
    assert signed_rank([0.0, 0.0, 0.0]) == 1
    assert signed_rank([]) == 1


def test_a_hundred_pairs_are_still_exact() -> None:
    assert signed_rank([float(number) for number in range(1, 101)]) == 2 / 2**100


@pytest.mark.parametrize(
    ("more", "less", "p"),
    [(5, 0, 0.0625), (6, 0, 0.03125), (9, 1, 0.021484375), (8, 2, 0.109375), (5, 5, 1.0)],
)
def test_the_sign_test_is_binomial(more: int, less: int, p: float) -> None:
    assert sign(more, less) == sign(less, more) == p


def test_the_sign_test_of_nothing_is_undecided() -> None:
    assert sign(0, 0) == 1


@given(st.lists(st.integers(-100, 100).map(float), min_size=1, max_size=20))
def test_the_estimate_lies_among_the_differences_and_within_its_interval(
    values: list[float],
) -> None:
    middle = centre(values)
    assert min(values) <= middle <= max(values)
    found = interval(values)
    assert found is None or found.low <= middle <= found.high


@given(st.lists(st.integers(-100, 100).map(float), min_size=6, max_size=15, unique=True))
def test_the_interval_leaves_zero_out_exactly_where_the_test_rejects(values: list[float]) -> None:
    sizes = [abs(value) for value in values]
    found = interval(values)
    assert found is not None
    if len(set(sizes)) == len(sizes) and 0 not in values and 0 not in found:
        assert (found.low > 0 or found.high < 0) == (signed_rank(values) <= 0.05)


@pytest.mark.parametrize("pairs", [1, 5])
def test_too_few_pairs_have_no_interval(pairs: int) -> None:
    assert interval([1.0] * pairs) is None


def test_six_pairs_have_the_whole_range_for_an_interval() -> None:
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == Interval(1.0, 6.0)


@pytest.mark.parametrize(("tests", "pairs"), [(0, 6), (1, 6), (2, 7), (3, 7), (4, 8), (100, 12)])
def test_how_many_pairs_can_decide_grows_slowly_with_the_metrics(tests: int, pairs: int) -> None:
    assert fewest(tests) == pairs
    smallest = signed_rank([1.0] * pairs)
    assert max(tests, 1) * smallest <= 0.05 < max(tests, 1) * smallest * 2


def test_holms_correction_is_that_of_a_worked_example() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_one_test_needs_no_correction() -> None:
    assert adjusted([0.04]) == (0.04,)
    assert adjusted([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrected_p_values_keep_their_order_and_only_grow(values: list[float]) -> None:
    found = adjusted(values)
    assert all(before <= after <= 1 for before, after in zip(values, found, strict=True))
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [found[test] for test in order] == sorted(found)
