from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.comparison import Change, Measured, Outcomes, case_change, metric_changes
from matrix.status import Status

P, F, E, S, M, D = (
    Status.PASS,
    Status.FAIL,
    Status.ERROR,
    Status.SKIP,
    Status.MISS,
    Status.DONE,
)
outcome = st.sampled_from([P, F, E, S, M, D, None])


def measured(*pairs: tuple[float, float], better: str = "higher", name: str = "m") -> Measured:
    return Measured(name, "", "x", better, pairs)


@pytest.mark.parametrize(
    ("pairs", "change"),
    [
        ([(P, F)], Change.WORSE),
        ([(P, E)] * 3, Change.WORSE),
        ([(D, F)] * 2, Change.WORSE),
        ([(F, P)] * 2, Change.BETTER),
        ([(P, P)] * 4, Change.EQUAL),
        ([(F, E)] * 4, Change.EQUAL),
        ([(P, P), (P, F)], Change.FLAKY),
        ([(P, F), (F, P)], Change.FLAKY),
        ([(P, F)] * 6 + [(P, P)], Change.WORSE),
        ([(P, F)] * 5 + [(P, P)], Change.FLAKY),
        ([(F, P)] * 6 + [(F, F)], Change.BETTER),
        ([(None, P)], Change.NEW),
        ([(S, F)], Change.NEW),
        ([(P, None)], Change.GONE),
        ([(F, S)], Change.GONE),
        ([(S, S)], Change.EQUAL),
        ([(M, M)], Change.EQUAL),
        ([], Change.EQUAL),
    ],
)
def test_what_became_of_a_case(pairs: list[Outcomes], change: Change) -> None:
    assert case_change(pairs) is change


@given(st.lists(st.tuples(outcome, outcome), max_size=12))
def test_base_and_head_changed_places_say_the_opposite(pairs: list[Outcomes]) -> None:
    opposite = {
        Change.WORSE: Change.BETTER,
        Change.BETTER: Change.WORSE,
        Change.NEW: Change.GONE,
        Change.GONE: Change.NEW,
    }
    change = case_change(pairs)
    swapped = case_change([(head, base) for base, head in pairs])
    assert swapped is opposite.get(change, change)


@given(st.lists(st.tuples(outcome, outcome), min_size=1, max_size=8))
def test_the_order_of_pairs_does_not_matter(pairs: list[Outcomes]) -> None:
    assert case_change(pairs) is case_change(pairs[::-1])


def test_a_metric_that_fell_in_six_pairs_is_worse_where_higher_is_better() -> None:
    pairs = [(100.0 + n, 90.0 + n) for n in range(6)]
    (found,) = metric_changes([measured(*pairs)])
    assert found.change is Change.WORSE
    assert found.chance == 0.03125
    assert found.ratio is not None
    assert found.between is not None
    assert 0.9 <= found.between.low <= found.ratio <= found.between.high <= 0.91
    assert (found.base, found.head) == (102.5, 92.5)


def test_the_same_metric_is_better_where_lower_is_better() -> None:
    pairs = [(100.0 + n, 90.0 + n) for n in range(6)]
    (found,) = metric_changes([measured(*pairs, better="lower")])
    assert found.change is Change.BETTER


def test_five_pairs_decide_nothing_however_clear_they_are() -> None:
    (found,) = metric_changes([measured(*[(100.0, 50.0)] * 5)])
    assert found.change is Change.UNDECIDED
    assert found.between is None
    assert found.ratio is not None
    assert isclose(found.ratio, 0.5)


def test_a_metric_that_goes_both_ways_is_level() -> None:
    pairs = [(100.0, 101.0), (100.0, 99.0)] * 4
    (found,) = metric_changes([measured(*pairs)])
    assert found.change is Change.EQUAL


def test_a_metric_that_does_not_move_is_level() -> None:
    (found,) = metric_changes([measured(*[(7.0, 7.0)] * 6)])
    assert (found.change, found.chance, found.ratio) == (Change.EQUAL, 1.0, 1.0)


def test_several_metrics_want_more_pairs_for_they_share_a_chance() -> None:
    clear = measured(*[(100.0, 50.0)] * 6)
    found = metric_changes([clear, clear._replace(name="n")])
    assert {one.change for one in found} == {Change.UNDECIDED}
    clear = measured(*[(100.0, 50.0)] * 7)
    found = metric_changes([clear, clear._replace(name="n")])
    assert {one.change for one in found} == {Change.WORSE}


def test_values_that_are_not_positive_are_compared_by_their_differences() -> None:
    (found,) = metric_changes([measured(*[(0.0, -1.0 - n) for n in range(6)])])
    assert (found.change, found.ratio, found.between) == (Change.WORSE, None, None)


def test_a_metric_without_a_pair_is_left_out() -> None:
    assert metric_changes([measured()]) == ()


positive = st.floats(0.01, 1000)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=12))
def test_a_ratio_turned_round_is_its_inverse(pairs: list[tuple[float, float]]) -> None:
    (found,) = metric_changes([measured(*pairs)])
    (turned,) = metric_changes([measured(*((head, base) for base, head in pairs))])
    assert found.ratio is not None
    assert turned.ratio is not None
    assert isclose(found.ratio * turned.ratio, 1, rel_tol=1e-6)
    assert isclose(found.chance, turned.chance)
