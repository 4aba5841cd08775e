from __future__ import annotations

from dataclasses import replace

import pytest

from matrix.compared import found
from matrix.comparison import (
    CaseChange,
    Change,
    Measured,
    MetricChange,
    Outcomes,
    Part,
    case_change,
    metric_changes,
)
from matrix.status import Layer, Status

P, F, E = Status.PASS, Status.FAIL, Status.ERROR
SIX = 6


def part(*cases: CaseChange, metrics: tuple[MetricChange, ...] = (), pairs: int = SIX) -> Part:
    return Part("lab/cpu:a@stable", pairs, pairs, 0, 12, cases, metrics)


def case(*pairs: Outcomes, name: str = "add") -> CaseChange:
    return CaseChange(name, "cpu", "", pairs, case_change(pairs))


def metrics(*values: tuple[str, float], pairs: int = SIX) -> tuple[MetricChange, ...]:
    """Metrics of which the head is so many times the base, in each of so many pairs."""
    return metric_changes(
        [
            Measured(name, "", "ms", "lower", ((10.0, 10.0 * ratio),) * pairs)
            for name, ratio in values
        ]
    )


def test_a_case_that_fails_at_head_is_worse_and_the_codes() -> None:
    told = found([part(case((P, F)))])
    assert (told.change, told.layer) == (Change.WORSE, Layer.CODE)
    assert told.sentence == "Worse: 1 case passed at base and failed at head"


def test_a_case_whose_test_broke_is_the_tests() -> None:
    assert found([part(case((P, E)))]).layer is Layer.TEST


def test_a_slower_metric_is_worse() -> None:
    told = found([part(metrics=metrics(("latency", 1.25)))])
    assert (told.change, told.layer) == (Change.WORSE, Layer.CODE)
    assert told.sentence == "Worse: latency is 25.0% higher"


def test_what_is_better_beside_what_is_worse_is_told_too() -> None:
    told = found([part(case((P, F)), case((F, P)))])
    assert told.sentence == (
        "Worse: 1 case passed at base and failed at head;"
        " but 1 case failed at base and passed at head"
    )


def test_a_suite_that_ends_otherwise_is_told_as_a_whole() -> None:
    told = found([part(case((P, E), name=""))])
    assert told.sentence == "Worse: 1 suite broken as a whole at head"
    told = found([part(case((E, P), name=""))])
    assert told.sentence == "Better: 1 suite whole again at head"


def test_only_two_metrics_are_named() -> None:
    slow = metrics(("a", 2.0), ("b", 3.0), ("c", 2.0), ("d", 2.0), pairs=9)
    told = found([part(metrics=slow, pairs=9)])
    assert told.sentence == "Worse: a is 100.0% higher, b is 200.0% higher, 2 metrics more"


def test_a_metric_that_has_no_ratio_tells_its_values() -> None:
    (one,) = metric_changes([Measured("lag", "x", "ms", "lower", ((0.0, 2.0),) * SIX)])
    assert found([part(metrics=(one,))]).sentence == "Worse: lag of x went from 0 to 2 ms"


def test_a_mended_case_is_better() -> None:
    told = found([part(case((F, P)))])
    assert (told.change, told.sentence) == (
        Change.BETTER,
        "Better: 1 case failed at base and passed at head",
    )


def test_no_difference_says_how_much_was_seen() -> None:
    told = found([part(metrics=metrics(("latency", 1.0)))])
    assert (told.change, told.layer) == (Change.EQUAL, Layer.NONE)
    assert told.sentence == "No difference seen in 12 cases and 1 metric, 6 pairs of each job"


def test_too_few_pairs_cannot_tell_about_metrics() -> None:
    told = found([part(metrics=metrics(("latency", 1.0), pairs=5), pairs=5)])
    assert told.change is Change.UNDECIDED
    assert told.sentence == "Cannot tell: 5 pairs cannot decide about 1 metric, 6 could"


def test_one_pair_can_tell_about_cases() -> None:
    assert found([part(case((P, P)), pairs=1)]).change is Change.EQUAL


@pytest.mark.parametrize("layer", [Layer.INFRA, Layer.CAPACITY])
def test_a_job_without_a_pair_cannot_tell_and_says_whose_it_is(layer: Layer) -> None:
    broken = replace(part(), complete=0, trouble="head: the runner was lost", layer=layer)
    told = found([part(), broken])
    assert (told.change, told.layer) == (Change.UNDECIDED, layer)
    assert told.sentence == (
        "Cannot tell: 1 job without a complete pair: head: the runner was lost"
    )


def test_what_is_worse_is_told_though_another_job_cannot_tell() -> None:
    broken = replace(part(), complete=0, trouble="lost", layer=Layer.INFRA)
    assert found([broken, part(case((P, F)))]).change is Change.WORSE


def test_a_case_that_fails_more_often_at_head_leaves_a_doubt() -> None:
    told = found([part(case((P, P), (P, F)))])
    assert told.change is Change.UNDECIDED
    assert told.sentence == "Cannot tell: 1 case failed more often at head than at base"


def test_a_case_that_fails_less_often_at_head_leaves_none() -> None:
    assert found([part(case((P, P), (F, P)))]).change is Change.EQUAL


def test_an_open_comparison_says_how_far_it_is() -> None:
    told = found([replace(part(case((P, F))), complete=2, open=4), part()])
    assert (told.change, told.sentence) == (
        Change.UNDECIDED,
        "Not decided yet: 8 of 12 pairs ended",
    )


def test_of_nothing_no_difference_is_seen() -> None:
    assert found([]).sentence == "No difference seen in 0 cases and 0 metrics, 0 pairs of each job"
