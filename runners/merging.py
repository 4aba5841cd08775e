"""What the ranks of an attempt hand back, as one report: who is to blame, and what all have said.

Where a rank dies, those that were in the middle of something with it fail as well, a moment later;
so the first bad end is the one that counts, and a lost machine before any of them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from matrix.names import canonical
from matrix.status import BAD, GOOD, WORST_FIRST, Evidence, Layer, Status, layer, rolled_up
from runners.course import NOTHING
from runners.log import LAST_LINES
from runners.wording import counted, counts
from runners.work import (
    CaseResult,
    Component,
    Fact,
    MetricValue,
    RankReport,
    Report,
    Usage,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class End:
    """How a rank ended, `at` seconds of the one clock by which all its ranks are timed.

    Without a `report` its slot was lost, and `why` says how.
    """

    rank: int
    node: str
    at: float
    report: Report | None
    why: str = ""

    @property
    def place(self) -> str:
        """The rank as people know it."""
        return f"rank {self.rank} on {self.node}"

    @property
    def is_bad(self) -> bool:
        """Whether it ended by its own fault, or its machine's, rather than with the others."""
        report = self.report
        return report is None or (report.status in BAD and not report.cancelled)


def merged(ends: Sequence[End], *, cancelled: bool = False) -> Report:
    """The report of the attempt. `cancelled`: somebody wanted it to end."""
    in_order = sorted(ends, key=lambda end: end.rank)
    found = _told(in_order)
    if cancelled:
        reason = f"Cancelled; {counted(len(found.cases))}."
        return replace(found, status=Status.SKIP, reason=reason, cancelled=True)
    fault = _fault(ends)
    if fault is not None and (fault.report is None or fault.report.status is Status.MISS):
        return _missed(found, fault)
    if differing := _differing(in_order):
        reason = f"The ranks do not run the same stack: {differing}."
        return replace(found, status=Status.MISS, layer=Layer.INFRA, reason=reason)
    return _failed(found, fault, in_order) if fault else _rolled_up(found, in_order)


def _fault(ends: Iterable[End]) -> End | None:
    """The end that all else follows from; None where every rank ended well."""
    bad = [end for end in ends if end.is_bad]
    return min(bad, key=lambda end: (*_machine_first(end), end.at), default=None)


def _machine_first(end: End) -> tuple[bool, bool]:
    lost = end.report is None
    return not lost, not lost and end.report is not None and end.report.status is not Status.MISS


def _missed(found: Report, fault: End) -> Report:
    """The machine failed one rank: what failed in others meanwhile says nothing of the code."""
    place = fault.place
    why = fault.why if fault.report is None else fault.report.reason
    lost = "was lost" if fault.report is None else "could not go on"
    return replace(
        _ended_as(found, fault),
        status=Status.MISS,
        layer=Layer.INFRA,
        reason=f"{_capital(place)} {lost}: {why.rstrip('.')}.",
        cases=tuple(_unknown(case, f"{place} {lost}") for case in found.cases),
        retry=fault.report is None or fault.report.retry,
    )


def _unknown(case: CaseResult, because: str) -> CaseResult:
    if case.status not in {Status.FAIL, Status.ERROR} or not counts(case):
        return case
    return case._replace(status=Status.MISS, message=f"{because}; {case.message}")


def _failed(found: Report, fault: End, ends: Sequence[End]) -> Report:
    report = fault.report
    assert report is not None
    same = [end for end in ends if end.is_bad and end.report and end.report.reason == report.reason]
    return replace(
        _ended_as(found, fault),
        status=report.status,
        layer=report.layer,
        reason=f"{_places(same)}: {report.reason}",
    )


def _rolled_up(found: Report, ends: Sequence[End]) -> Report:
    reports = [end.report for end in ends if end.report]
    status = rolled_up(report.status for report in reports)
    reason = next((one.reason for one in reports if one.status is status and one.reason), "")
    left = ends[0].report.artifacts if ends[0].report and status in GOOD else ()
    return replace(
        found, status=status, layer=layer(status), reason=reason, exit_code=0, artifacts=left
    )


def _ended_as(found: Report, fault: End) -> Report:
    """With the end of the rank that is to blame, and its last words."""
    report = fault.report
    if report is None:
        return found
    lines = tuple(f"[rank {fault.rank}] {line}" for line in report.last_lines[-LAST_LINES:])
    return replace(found, exit_code=report.exit_code, signal=report.signal, last_lines=lines)


def _differing(ends: Sequence[End]) -> str:
    """The first component that two ranks see in different versions; "" where they agree."""
    seen: dict[str, tuple[Component, End]] = {}
    for end in ends:
        for one in end.report.observed if end.report else ():
            first, where = seen.setdefault(canonical(one.name), (one, end))
            if (one.version, one.build) != (first.version, first.build):
                other = f"{_version(first)} for {where.place}"
                return f"{one.name} is {other} and {_version(one)} for {end.place}"
    return ""


def _version(one: Component) -> str:
    return f"{one.version}+{one.build}" if one.build else one.version


def _told(ends: Sequence[End]) -> Report:
    """All that the ranks have said, without a verdict."""
    reports = [end.report for end in ends if end.report]
    cases = _cases(ends)
    whole = _repeat(reports, len(ends))
    return Report(
        Status.MISS,
        Layer.NONE,
        "",
        cases=tuple(_repeatable(case, whole) for case in cases),
        metrics=_metrics(reports),
        facts=_facts(reports),
        observed=_observed(reports),
        usage=_usage([report.usage for report in reports]),
        evidence=_evidence(reports),
        contended=any(report.contended for report in reports),
        repeat=whole,
        node=", ".join(dict.fromkeys(end.node for end in ends)),
        ranks=tuple(map(_rank, ends)),
        course=next((one.course for one in reports if one.course.seconds), NOTHING),
    )


def _rank(end: End) -> RankReport:
    report = end.report
    if report is None:
        return RankReport(end.rank, end.node, Status.MISS, Layer.INFRA, end.why, lost=True)
    return RankReport(
        end.rank,
        end.node,
        report.status,
        report.layer,
        "Ended with the others." if report.cancelled else report.reason,
        report.facts,
        report.observed,
        report.usage,
        report.exit_code,
        report.signal,
        report.last_lines,
    )


def _cases(ends: Iterable[End]) -> list[CaseResult]:
    """Each case once, with the worst that a rank says of it and the longest it took."""
    found: dict[tuple[str, str, str], CaseResult] = {}
    for end in ends:
        for case in end.report.cases if end.report else ():
            mark = (case.id, case.device, case.dtype)
            told = _signed(case, end.rank)
            found[mark] = _worse(found[mark], told) if mark in found else told
    return list(found.values())


def _signed(case: CaseResult, rank: int) -> CaseResult:
    message = f"rank {rank}: {case.message}" if case.message else ""
    return case._replace(message=message)


def _worse(one: CaseResult, other: CaseResult) -> CaseResult:
    worst = min(one, other, key=lambda case: (not counts(case), WORST_FIRST.index(case.status)))
    took = [case.seconds for case in (one, other) if case.seconds is not None]
    return worst._replace(seconds=max(took, default=None))


def _metrics(reports: Iterable[Report]) -> tuple[MetricValue, ...]:
    """Each metric as the lowest rank that measured it says."""
    found: list[MetricValue] = []
    for report in reports:
        seen = {(metric.name, metric.case) for metric in found}
        found += [metric for metric in report.metrics if (metric.name, metric.case) not in seen]
    return tuple(found)


def _facts(reports: Iterable[Report]) -> tuple[Fact, ...]:
    """Those of the lowest rank, and what only others say; each rank's own are kept beside."""
    said = [fact for report in reports for fact in report.facts]
    return _first_of_each(said, lambda fact: fact.name)


def _observed(reports: Iterable[Report]) -> tuple[Component, ...]:
    seen = [one for report in reports for one in report.observed]
    return _first_of_each(seen, lambda one: canonical(one.name))


def _first_of_each(said: Iterable[T], name: Callable[[T], str]) -> tuple[T, ...]:
    found: dict[str, T] = {}
    for one in said:
        found.setdefault(name(one), one)
    return tuple(found.values())


def _usage(used: Sequence[Usage]) -> Usage:
    """The longest of the times, all of the processors, the most memory on one node."""
    return Usage(
        max((one.prepare_seconds for one in used), default=0.0),
        max((one.run_seconds for one in used), default=0.0),
        sum(one.cpu_seconds for one in used),
        max((one.peak_memory_bytes for one in used), default=0),
    )


def _evidence(reports: Sequence[Report]) -> Evidence:
    simulated = any(report.evidence is Evidence.SIMULATED for report in reports)
    return Evidence.SIMULATED if simulated else Evidence.SELF_REPORTED


def _repeat(reports: Sequence[Report], ranks: int) -> str:
    """A line of shell that runs all ranks on one machine; "" where one of them is not known."""
    lines = [report.repeat for report in reports if report.repeat]
    return " & ".join([*lines, "wait"]) if len(lines) == ranks else ""


def _repeatable(case: CaseResult, whole: str) -> CaseResult:
    if not whole or case.status not in BAD:
        return case._replace(repeat="")
    return case._replace(repeat=f"export COEVO_CASE={shlex.quote(case.id)}; {whole}")


def _places(ends: Sequence[End]) -> str:
    return _capital(", ".join(end.place for end in ends))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
