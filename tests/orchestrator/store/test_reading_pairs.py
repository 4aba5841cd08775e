"""What the store says of comparisons, folded from real reports."""

from __future__ import annotations

from datetime import timedelta

import pytest
from paired import BASE, HEAD, Runs, start
from sqlalchemy import text
from worlds import World, card_of, lost_machine, report_of

from matrix.comparison import Change
from matrix.status import Layer, Status
from orchestrator.pair_views import Comparison
from orchestrator.store.cancelling import cancel_run
from orchestrator.store.keep import prune
from orchestrator.store.read_pairs import comparison, comparison_of, comparisons
from runners.work import CaseResult, MetricValue, Report

QUICK = "lab/cpu:quick@stable"


def report(seconds: float, *failing: str, expected: bool = False) -> Report:
    """Two cases, of which these fail, and one metric."""
    cases = tuple(
        CaseResult(
            name,
            Status.FAIL if name in failing else Status.PASS,
            device="cpu",
            expected=expected and name in failing,
        )
        for name in ("add", "sub")
    )
    status = Status.FAIL if failing and not expected else Status.PASS
    metrics = (MetricValue("latency", "ms", "lower", (seconds, seconds + 2, seconds + 1)),)
    return report_of(status, *cases, metrics=metrics)


def told(small: World, number: int = 1) -> Comparison:
    found = comparison(small.store, "small", number)
    assert found is not None
    return found


def test_a_comparison_tells_cases_and_metrics(small: World) -> None:
    runs = Runs(small, start(small, repetitions=6))
    runs.carry_out(report(10.0), report(13.0, "add"))
    found = told(small)
    assert found.found.sentence == (
        "Worse: 1 case passed at base and failed at head, latency is 27.3% higher"
    )
    (view,) = found.parts
    assert (view.part.name, view.site, view.accelerator) == (QUICK, "lab", "cpu")
    (case,) = view.part.cases
    assert (case.case, case.device, case.change) == ("add", "cpu", Change.WORSE)
    assert case.pairs == ((Status.PASS, Status.FAIL),) * 6
    (metric,) = view.part.metrics
    assert (metric.base, metric.head) == (11.0, 14.0)  # medians of what a job measured


def test_a_contended_metric_is_not_compared(small: World) -> None:
    noisy = MetricValue("latency", "ms", "lower", (1.0, 9.0, 1.0, 9.0))
    runs = Runs(small, start(small, repetitions=6))
    runs.carry_out(report_of(metrics=(noisy,)), report(13.0))
    (view,) = told(small).parts
    assert view.part.metrics == ()


def test_it_knows_its_ends_and_its_runs(small: World) -> None:
    compared = start(small, repetitions=2)
    found = told(small)
    assert (found.base.name, found.head.name) == (BASE, HEAD)
    assert (found.base.run, found.head.run) == (compared.base, compared.head)
    assert (found.component, found.repetitions, found.ended_at) == ("torch", 2, None)
    Runs(small, compared).carry_out()
    assert told(small).ended_at == small.clock.now()


def test_pairs_are_in_their_order_with_base_first_or_head(small: World) -> None:
    runs = Runs(small, start(small, repetitions=3))
    runs.carry_out()
    (view,) = told(small).parts
    assert [pair.repetition for pair in view.pairs] == [1, 2, 3]
    assert [pair.base_first for pair in view.pairs] == [True, False, True]
    assert {pair.base.at[0] for pair in view.pairs} == {"bench"}
    assert all(pair.is_complete for pair in view.pairs)


def test_an_open_comparison_says_how_far_it_is(small: World) -> None:
    start(small, only="lab/cpu:wide", repetitions=2)
    small.end(small.claim(), report_of())
    small.end(small.claim(), report_of())
    found = told(small)
    assert found.found.sentence.startswith("Not decided yet: ")
    assert sum(part.part.planned for part in found.parts) == 6


def test_every_shard_is_a_part(small: World) -> None:
    Runs(small, start(small, only="lab/cpu:wide")).carry_out()
    assert [one.part.name[-3:] for one in told(small).parts] == ["1/3", "2/3", "3/3"]


def test_expected_failures_are_nobodys_news(small: World) -> None:
    runs = Runs(small, start(small))
    runs.carry_out(report(10.0), report(10.0, "add", expected=True))
    assert [one.change for one in told(small).parts[0].part.cases] == [Change.GONE]
    assert told(small).found.change is not Change.WORSE


def test_cases_that_passed_and_were_forgotten_had_passed(small: World) -> None:
    runs = Runs(small, start(small, repetitions=6))
    runs.carry_out(report(10.0), report(13.0, "add"))
    before = told(small)
    small.clock.pass_by(timedelta(days=200))
    assert prune(small.store, small.matrix.keep)
    assert told(small).found == before.found
    assert told(small).parts[0].part.cases == before.parts[0].part.cases


def test_a_broken_pair_is_not_compared(small: World) -> None:
    start(small)
    small.end(small.claim(), report(10.0))
    for _ in range(3):
        small.end(small.claim(), lost_machine())
    found = told(small)
    assert (found.found.change, found.found.layer) == (Change.UNDECIDED, Layer.INFRA)
    assert found.parts[0].part.trouble == "head: it was MISS"


def test_jobs_on_two_nodes_are_not_compared(small: World) -> None:
    runs = Runs(small, start(small))
    runs.carry_out(report_of(node="one"), report_of(node="two"))
    assert told(small).parts[0].part.trouble == "its jobs ran on two machines"


def test_a_cancelled_comparison_cannot_tell(small: World) -> None:
    compared = start(small, repetitions=2)
    cancel_run(small.store, "small", compared.head)
    found = told(small)
    assert found.found.change is Change.UNDECIDED
    assert found.ended_at is not None


def test_a_run_knows_the_comparison_that_it_is_half_of(small: World) -> None:
    plain = small.start("lab/cpu:quick")
    compared = start(small)
    for run in (compared.base, compared.head):
        assert comparison_of(small.store, "small", run) == compared.id
    assert comparison_of(small.store, "small", plain) is None
    assert comparison_of(small.store, "other", compared.head) is None


def test_comparisons_are_listed_newest_first(small: World) -> None:
    Runs(small, start(small)).carry_out()
    start(small, repetitions=3)
    listed = comparisons(small.store, "small", 10)
    assert listed is not None
    assert [(one.id, one.repetitions, one.is_over) for one in listed] == [
        (2, 3, False),
        (1, 1, True),
    ]
    assert {(one.base, one.head) for one in listed} == {(BASE, HEAD)}
    assert comparisons(small.store, "nosuch", 10) is None


@pytest.mark.parametrize(("matrix", "number"), [("small", 9), ("other", 1)])
def test_what_is_not_there_is_none(small: World, matrix: str, number: int) -> None:
    start(small)
    assert comparison(small.store, matrix, number) is None


def test_an_attempt_notes_the_offer_that_it_was_claimed_for(small: World) -> None:
    small.queue.announce(card_of("bench"))
    small.start("lab/cpu:quick")
    small.claim()
    with small.store.read() as connection:
        noted = connection.scalar(text("SELECT offer FROM attempt"))
        assert noted == connection.scalar(text("SELECT digest FROM offer"))
