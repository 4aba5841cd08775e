"""What two runs of a suite tell of it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from matrix.expected import Expected
from matrix.load import parse
from matrix.model import Suite
from matrix.status import Layer, Status
from orchestrator.suite_check import ADVICE, MISTAKE, Found, found
from runners.work import CaseResult, Component, MetricValue, Report


def suite(metrics: str = "{}") -> Suite:
    text = (
        "name: x\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n"
        f"  own: {{command: [run], metrics: {metrics}}}\n"
    )
    return parse(text, "m.yaml").suite("own")


def report(
    *cases: str,
    status: Status = Status.PASS,
    reason: str = "",
    metrics: tuple[MetricValue, ...] = (),
) -> Report:
    told = tuple(CaseResult(case, Status.PASS) for case in cases)
    return Report(status, Layer.NONE, reason, cases=told, metrics=metrics)


class Tale(NamedTuple):
    """Two runs, and what is to be said of the suite."""

    what: str
    first: Report
    second: Report
    kind: str
    problem: str
    metrics: str = "{}"


GOOD = MetricValue("rate", "1/s", "higher", (1.0,))
TALES = (
    Tale(
        what="a case that only one run has",
        first=report("a", "b"),
        second=report("a", "c"),
        kind=MISTAKE,
        problem="two runs have different cases: b, c",
    ),
    Tale(
        what="many such cases",
        first=report(*(f"x{n}" for n in range(9))),
        second=report("a"),
        kind=MISTAKE,
        problem="two runs have different cases: a, x0, x1, x2, x3 and 5 more",
    ),
    Tale(
        what="the protocol was not kept",
        first=report(status=Status.ERROR, reason="It printed what does not parse."),
        second=report(status=Status.ERROR, reason="It printed what does not parse."),
        kind=MISTAKE,
        problem="It printed what does not parse.",
    ),
    Tale(
        what="it broke the second time only",
        first=report("a"),
        second=report("a", status=Status.ERROR, reason="It ended without `bye`."),
        kind=MISTAKE,
        problem="It ended without `bye`.",
    ),
    Tale(
        what="the machine failed",
        first=report(status=Status.MISS, reason="The disk is full."),
        second=report("a"),
        kind=MISTAKE,
        problem="it did not come to run: The disk is full.",
    ),
    Tale(
        what="it says nothing",
        first=report(status=Status.DONE),
        second=report(status=Status.DONE),
        kind=MISTAKE,
        problem="it has no case and no metric",
    ),
    Tale(
        what="a metric without unit",
        first=report("a", metrics=(GOOD._replace(unit=""),)),
        second=report("a"),
        kind=MISTAKE,
        problem="the metric rate has no unit",
    ),
    Tale(
        what="a metric without direction",
        first=report("a", metrics=(GOOD._replace(better=""),)),
        second=report("a"),
        kind=MISTAKE,
        problem="nobody knows if rate is better higher or lower",
    ),
    Tale(
        what="a metric that is declared in another unit",
        first=report("a", metrics=(GOOD,)),
        second=report("a"),
        kind=MISTAKE,
        problem="rate is declared in ms (lower), and told in 1/s (higher)",
        metrics="{rate: {unit: ms, better: lower}}",
    ),
    Tale(
        what="a metric that was not measured",
        first=report("a"),
        second=report("a"),
        kind=ADVICE,
        problem="the declared metric rate was not measured",
        metrics="{rate: {unit: ms, better: lower}}",
    ),
    Tale(
        what="a dtype in an id",
        first=report("test_add_float32"),
        second=report("test_add_float32"),
        kind=ADVICE,
        problem="ids tell a device or a dtype: test_add_float32",
    ),
    Tale(
        what="a device in an id",
        first=report("add[cuda:0]"),
        second=report("add[cuda:0]"),
        kind=ADVICE,
        problem="ids tell a device or a dtype: add[cuda:0]",
    ),
)


def told(tale: Tale) -> tuple[Found, ...]:
    return found(suite(tale.metrics), tale.first, tale.second)


@pytest.mark.parametrize("tale", TALES, ids=[one.what for one in TALES])
def test_it_is_told_with_what_to_do(tale: Tale) -> None:
    (one,) = told(tale)

    assert (one.kind, one.problem) == (tale.kind, tale.problem)
    assert one.hint


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (report("a", "b", metrics=(GOOD,)), report("b", "a", metrics=(GOOD,))),
        (
            report("a", status=Status.FAIL, reason="1 of 1 case failed: a."),
            report("a", status=Status.FAIL, reason="1 of 1 case failed: a."),
        ),
        (report("cpuinfo", "internal", "float"), report("float", "internal", "cpuinfo")),
        (report(metrics=(GOOD,), status=Status.DONE), report(metrics=(GOOD,), status=Status.DONE)),
    ],
    ids=[
        "in another order",
        "a failing case",
        "words that only look like devices",
        "metrics alone",
    ],
)
def test_nothing_is_said_of_a_sound_suite(first: Report, second: Report) -> None:
    assert found(suite(), first, second) == ()


def test_a_declared_metric_that_agrees_is_fine() -> None:
    own = suite("{rate: {unit: 1/s, better: higher}}")
    one = report("a", metrics=(GOOD,))

    assert found(own, one, one) == ()


def test_everything_is_told_at_once() -> None:
    one = report("a_cpu", metrics=(MetricValue("rate", "", "", (1.0,)),))
    problems = [each.problem for each in found(suite(), one, report("b"))]

    assert len(problems) == 4


def foreseeing(component: str, case: str, versions: str = ">=1") -> tuple[Found, ...]:
    """What is said of a suite with an expected failure, whose run had torch 2.13 and the case a."""
    known = Expected((case,), component, versions, "why", "us", "2027-01-01")
    seen = replace(report("a"), observed=(Component("torch", "2.13.0"),))
    return found(replace(suite(), expected=(known,)), seen, seen)


def test_an_expected_failure_of_what_was_not_observed_is_told() -> None:
    (told,) = foreseeing("toch", "a")
    assert told.problem == "failures of toch are expected, which was not observed"


def test_an_expected_failure_of_a_case_that_is_not_there_is_told_where_it_would_hold() -> None:
    (told,) = foreseeing("torch", "b.*")
    assert told.problem == "expected failures have no case: b.*"
    assert foreseeing("torch", "b.*", versions="<2") == ()


def test_an_expected_failure_of_a_case_that_is_there_is_no_matter() -> None:
    assert foreseeing("Torch", "a") == ()
