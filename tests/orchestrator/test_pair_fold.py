from __future__ import annotations

from math import inf, nan

import pytest

from matrix.comparison import Change
from matrix.status import Layer, Status
from orchestrator.pair_fold import Case, Chain, Metric, Said, folded
from orchestrator.pair_views import HalfView, PairView

HERE = ("bench", "a" * 64, "node-1")
SPEED: Metric = ("speed", "", "x/s", "higher")
ADD: Case = ("add", "cpu", "")
P, F, M, S = Status.PASS, Status.FAIL, Status.MISS, Status.SKIP


def half(
    report: int,
    status: Status | None = P,
    *,
    end: str = "reported",
    at: tuple[str, str, str] = HERE,
    reason: str = "",
) -> HalfView:
    state = "ended" if end else "running"
    return HalfView(report, state, end, status, reason, at, report)


def pair(base: HalfView, head: HalfView, repetition: int = 1) -> PairView:
    return PairView(repetition, True, base, head)


def chain(*pairs: PairView, name: str = "lab/cpu:a@stable") -> Chain:
    return Chain(name, "lab", "cpu", "a", "stable", pairs)


NOTHING = Said({}, {}, {})


def test_a_case_is_compared_within_its_pairs() -> None:
    said = Said({1: {ADD: P}, 2: {ADD: F}}, {1: 4, 2: 5}, {})
    (found,) = folded([chain(pair(half(1), half(2, F)))], said)
    (case,) = found.part.cases
    assert (case.case, case.pairs, case.change) == ("add", ((P, F),), Change.WORSE)
    assert (found.part.complete, found.part.compared) == (1, 5)


def test_cases_that_are_equal_are_counted_and_not_listed() -> None:
    said = Said({1: {ADD: F}, 2: {ADD: F}}, {1: 4, 2: 4}, {})
    (found,) = folded([chain(pair(half(1, F), half(2, F)))], said)
    assert (found.part.cases, found.part.compared) == ((), 4)


def test_the_worst_cases_come_first() -> None:
    sub: Case = ("sub", "cpu", "")
    said = Said({1: {ADD: F, sub: P}, 2: {ADD: P, sub: F}}, {}, {})
    (found,) = folded([chain(pair(half(1, F), half(2, F)))], said)
    assert [one.case for one in found.part.cases] == ["sub", "add"]


def test_a_suite_that_does_not_begin_at_head_is_told_as_a_whole() -> None:
    (found,) = folded([chain(pair(half(1), half(2, Status.ERROR)))], NOTHING)
    (case,) = found.part.cases
    assert (case.case, case.change) == ("", Change.WORSE)


def test_a_suite_of_which_a_case_is_worse_is_not_told_twice() -> None:
    said = Said({1: {ADD: P}, 2: {ADD: F}}, {}, {})
    (found,) = folded([chain(pair(half(1), half(2, F)))], said)
    assert [one.case for one in found.part.cases] == ["add"]


def test_a_metric_is_compared_where_both_jobs_have_it() -> None:
    said = Said({}, {}, {1: {SPEED: 10.0}, 2: {SPEED: 5.0}, 3: {SPEED: 10.0}, 4: {}})
    (found,) = folded([chain(pair(half(1), half(2)), pair(half(3), half(4), 2))], said)
    (metric,) = found.part.metrics
    assert metric.measured.pairs == ((10.0, 5.0),)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_value_that_is_no_number_is_not_compared(value: float) -> None:
    said = Said({}, {}, {1: {SPEED: 10.0}, 2: {SPEED: value}})
    (found,) = folded([chain(pair(half(1), half(2)))], said)
    assert found.part.metrics == ()


def test_metrics_of_all_jobs_share_one_chance() -> None:
    pairs = [pair(half(2 * n), half(2 * n + 1), n) for n in range(6)]
    said = Said({}, {}, {n: {SPEED: 10.0 if n % 2 else 5.0} for n in range(12)})
    (one,) = folded([chain(*pairs)], said)
    assert one.part.metrics[0].change is Change.BETTER
    both = folded([chain(*pairs), chain(*pairs, name="b")], said)
    assert {each.part.metrics[0].change for each in both} == {Change.UNDECIDED}


@pytest.mark.parametrize(
    "elsewhere",
    [("other", HERE[1], HERE[2]), (HERE[0], "b" * 64, HERE[2]), (HERE[0], HERE[1], "node-2")],
)
def test_jobs_on_two_machines_are_never_compared(elsewhere: tuple[str, str, str]) -> None:
    said = Said({1: {ADD: P}, 2: {ADD: F}}, {}, {1: {SPEED: 1.0}, 2: {SPEED: 2.0}})
    (found,) = folded([chain(pair(half(1), half(2, F, at=elsewhere)))], said)
    assert (found.part.complete, found.part.cases, found.part.metrics) == (0, (), ())
    assert found.part.trouble == "its jobs ran on two machines"


@pytest.mark.parametrize(
    ("other", "layer", "trouble"),
    [
        (half(2, M, reason="the runner was lost"), Layer.INFRA, "head: the runner was lost"),
        (half(2, S, end="expired", reason="nobody has it"), Layer.CAPACITY, "head: nobody has it"),
        (half(2, S, end="cancelled"), Layer.NONE, "head: cancelled"),
    ],
)
def test_a_pair_that_came_to_nothing_says_why_and_who_is_asked(
    other: HalfView, layer: Layer, trouble: str
) -> None:
    (found,) = folded([chain(pair(half(1), other))], NOTHING)
    assert (found.part.complete, found.part.layer, found.part.trouble) == (0, layer, trouble)


def test_an_open_pair_is_no_trouble() -> None:
    (found,) = folded([chain(pair(half(1), half(2, None, end="")))], NOTHING)
    assert (found.part.open, found.part.complete, found.part.trouble) == (1, 0, "")
