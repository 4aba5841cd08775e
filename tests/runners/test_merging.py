"""What several ranks hand back, as one report: tables of ends, and who is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import BAD, Evidence, Layer, Status
from runners.merging import End, merged
from runners.work import CaseResult, Component, Fact, MetricValue, Report, Usage

FINE = Report(Status.PASS, Layer.NONE, "", exit_code=0)
CRASHED = Report(Status.FAIL, Layer.CODE, "It was ended by SIGSEGV inside step.", signal=11)
WRONG = Report(Status.FAIL, Layer.CODE, "1 of 1 case failed: step.", exit_code=0)
BROKEN = Report(
    Status.ERROR, Layer.TEST, "It ended with exit code 1 outside any case.", exit_code=1
)
KILLED = Report(
    Status.MISS, Layer.INFRA, "The system's out-of-memory killer ended it.", retry=True, signal=9
)
SECOND = "Rank 1 on n1: "
STOPPED = Report(Status.SKIP, Layer.NONE, "Cancelled; no case had ended.", cancelled=True)


def ends(*reports: Report | None, at: tuple[float, ...] = ()) -> tuple[End, ...]:
    """An end for each report; None is a rank that was lost. They fell in order unless said."""
    times = at or tuple(range(len(reports)))
    return tuple(
        End(rank, f"n{rank}", time, report, "" if report else "the actor died")
        for rank, (report, time) in enumerate(zip(reports, times, strict=True))
    )


@pytest.mark.parametrize(
    ("of", "status", "layer", "reason"),
    [
        (ends(FINE, FINE), Status.PASS, Layer.NONE, ""),
        (ends(FINE, CRASHED), Status.FAIL, Layer.CODE, f"Rank 1 on n1: {CRASHED.reason}"),
        (
            ends(WRONG, CRASHED, at=(2, 1)),
            Status.FAIL,
            Layer.CODE,
            f"Rank 1 on n1: {CRASHED.reason}",
        ),
        (ends(WRONG, CRASHED, at=(1, 2)), Status.FAIL, Layer.CODE, f"Rank 0 on n0: {WRONG.reason}"),
        (
            ends(WRONG, BROKEN, at=(2, 1)),
            Status.ERROR,
            Layer.TEST,
            f"Rank 1 on n1: {BROKEN.reason}",
        ),
        (ends(STOPPED, BROKEN), Status.ERROR, Layer.TEST, f"Rank 1 on n1: {BROKEN.reason}"),
        (ends(WRONG, None), Status.MISS, Layer.INFRA, "Rank 1 on n1 was lost: the actor died."),
        (ends(None, KILLED), Status.MISS, Layer.INFRA, "Rank 0 on n0 was lost: the actor died."),
        (
            ends(WRONG, KILLED),
            Status.MISS,
            Layer.INFRA,
            f"Rank 1 on n1 could not go on: {KILLED.reason}",
        ),
        (
            ends(BROKEN, BROKEN),
            Status.ERROR,
            Layer.TEST,
            f"Rank 0 on n0, rank 1 on n1: {BROKEN.reason}",
        ),
    ],
)
def test_one_end_is_to_blame(
    of: tuple[End, ...], status: Status, layer: Layer, reason: str
) -> None:
    report = merged(of)
    assert (report.status, report.layer, report.reason) == (status, layer, reason)


def test_a_lost_rank_is_tried_again_and_a_crashed_one_is_not() -> None:
    assert merged(ends(FINE, None)).retry
    assert merged(ends(FINE, KILLED)).retry
    assert not merged(ends(FINE, CRASHED)).retry


def test_who_cancels_gets_no_verdict() -> None:
    report = merged(ends(STOPPED, STOPPED), cancelled=True)
    assert (report.status, report.layer, report.cancelled) == (Status.SKIP, Layer.NONE, True)
    assert report.reason == "Cancelled; no case had ended."


def test_the_end_and_last_words_are_those_of_who_is_to_blame() -> None:
    report = merged(ends(FINE, replace(CRASHED, last_lines=("boom",))))
    assert (report.signal, report.exit_code, report.last_lines) == (11, None, ("[rank 1] boom",))


def case(status: Status, seconds: float = 1.0, message: str = "", **more: bool) -> CaseResult:
    return CaseResult("step", status, seconds, "cpu", "", message, **more)


def with_cases(*cases: CaseResult, base: Report = FINE) -> Report:
    return replace(base, cases=cases)


def test_a_case_counts_once_with_the_worst_and_the_longest() -> None:
    fine, bad = case(Status.PASS, 3.0), case(Status.FAIL, 1.0, "off by one")
    (found,) = merged(ends(with_cases(fine), with_cases(bad, base=WRONG))).cases
    assert (found.status, found.seconds, found.message) == (Status.FAIL, 3.0, "rank 1: off by one")


def test_an_expected_failure_is_not_the_worst() -> None:
    known, fine = case(Status.FAIL, expected=True), case(Status.PASS)
    (found,) = merged(ends(with_cases(known), with_cases(fine))).cases
    assert found.status is Status.PASS


def test_what_failed_beside_a_lost_node_is_not_known() -> None:
    told = with_cases(case(Status.FAIL, message="connection closed by peer"), base=WRONG)
    (found,) = merged(ends(told, None)).cases
    assert found.status is Status.MISS
    assert found.message == "rank 1 on n1 was lost; rank 0: connection closed by peer"


def test_ranks_with_different_versions_are_a_miss_that_names_them() -> None:
    old, new = (replace(FINE, observed=(Component("torch", v, "cpu"),)) for v in ("2.12", "2.13"))
    report = merged(ends(old, new))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, False)
    assert report.reason == (
        "The ranks do not run the same stack: "
        "torch is 2.12+cpu for rank 0 on n0 and 2.13+cpu for rank 1 on n1."
    )


def test_a_metric_is_the_lowest_rank_s_and_facts_are_kept_by_rank() -> None:
    def told(value: float) -> Report:
        speed = MetricValue("speed", "GB/s", "higher", (value,))
        return replace(FINE, metrics=(speed,), facts=(Fact("cpu", str(value), "test"),))

    report = merged(ends(told(1.0), told(2.0)))
    assert [metric.values for metric in report.metrics] == [(1.0,)]
    assert [fact.value for fact in report.facts] == ["1.0"]
    assert [[fact.value for fact in one.facts] for one in report.ranks] == [["1.0"], ["2.0"]]


def test_usage_is_the_longest_time_all_processors_and_the_most_memory() -> None:
    one, other = Usage(1.0, 5.0, 2.0, 10), Usage(3.0, 4.0, 1.0, 20)
    report = merged(ends(replace(FINE, usage=one), replace(FINE, usage=other)))
    assert report.usage == Usage(3.0, 5.0, 3.0, 20)


def test_one_simulated_rank_makes_it_simulated() -> None:
    report = merged(ends(FINE, replace(FINE, evidence=Evidence.SIMULATED)))
    assert report.evidence is Evidence.SIMULATED


def test_what_repeats_it_runs_every_rank() -> None:
    failing = with_cases(case(Status.FAIL), base=replace(WRONG, repeat="env RANK=1 run"))
    report = merged(ends(replace(FINE, repeat="env RANK=0 run"), failing))
    assert report.repeat == "env RANK=0 run & env RANK=1 run & wait"
    assert report.cases[0].repeat == f"export COEVO_CASE=step; {report.repeat}"
    assert merged(ends(failing, None)).repeat == ""


REPORTS = st.sampled_from([FINE, CRASHED, WRONG, BROKEN, KILLED, STOPPED, None])


@given(st.lists(st.tuples(REPORTS, st.floats(0, 10)), min_size=2, max_size=6))
def test_a_bad_end_is_never_a_pass_and_a_lost_rank_never_the_code_s_fault(
    told: list[tuple[Report | None, float]],
) -> None:
    reports, times = zip(*told, strict=True)
    report = merged(ends(*reports, at=times))
    bad = any(one is None or one.status in BAD for one in reports)
    assert (report.status in BAD) is bad
    if any(one is None for one in reports):
        assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert [one.rank for one in report.ranks] == list(range(len(told)))
