"""Appends reports: their rows, cases, details, metrics, components and facts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from matrix.status import WORST_FIRST, Status
from matrix.verdict import Counts
from orchestrator.store import caseflags, courses, documents
from orchestrator.store.bulk import insert_many
from orchestrator.store.ids import Row, next_id
from orchestrator.store.months import case_table, ensure, month_of
from orchestrator.store.recorded import (
    CaseDetail,
    DeviceFact,
    MetricValueRow,
    ObservedComponent,
    RankRow,
    ReportRow,
)
from orchestrator.store.store import Names
from runners.work import CaseResult, Component, Fact, RankReport, Report

CaseRow = tuple[int, int, int, int, int | None]
_FLAGS = tuple(product((False, True), repeat=3))
_CODES = {
    (status, expected, planted, flaky): caseflags.code(
        status, expected=expected, planted=planted, flaky=flaky
    )
    for status in Status
    for expected, planted, flaky in _FLAGS
}
LONGEST = 1e12  # seconds: a microsecond count that both stores hold
_QUIET = {
    caseflags.code(Status.PASS, expected=False, planted=False),
    caseflags.code(Status.DONE, expected=False, planted=False),
}


class Arrived(NamedTuple):
    """A report that was accepted: whose it is, and the suite its names belong to."""

    attempt: int
    job: int
    suite: int
    report: Report
    digest: str


def append(
    connection: Connection, names: Names, arrived: Sequence[Arrived], now: datetime
) -> tuple[Counts, ...]:
    """Write these reports; the counts of each, in order. All names are interned already."""
    month = month_of(now)
    table = ensure(connection, case_table(month))
    first_case = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
    first = next_id(connection, ReportRow)
    reports: list[Row] = []
    cases: list[CaseRow] = []
    counts: list[Counts] = []
    for number, one in enumerate(arrived):
        rows = _case_rows(one, names, first_case + len(cases))
        counts.append(counted(rows))
        reports.append(
            _report_row(first + number, one, month, first_case + len(cases), now)
            | counts[-1]._asdict()
        )
        cases += rows
    connection.execute(_REPORTS, reports)
    insert_many(connection, table, cases)
    numbered = [(first + n, one) for n, one in enumerate(arrived)]
    _append_rest(connection, names, numbered)
    courses.append(connection, month, {row: one.report.course for row, one in numbered})
    return tuple(counts)


def counted(rows: Sequence[CaseRow]) -> Counts:
    """Cases by status, expected failures apart."""
    by_code = Counter(row[3] for row in rows)
    by_status: Counter[Status] = Counter()
    expected = 0
    for value, number in by_code.items():
        status = caseflags.status_of(value)
        if value & caseflags.EXPECTED and status is Status.FAIL:
            expected += number
        else:
            by_status[status] += number
    return Counts._make([*(by_status[status] for status in WORST_FIRST), expected])


def _case_rows(one: Arrived, names: Names, first: int) -> list[CaseRow]:
    ids = names.cases.get(one.suite, {})
    variants = names.variants
    return [
        (
            row,
            ids[case.id],
            variants[case.device, case.dtype],
            _CODES[case.status, case.expected, case.planted, case.flaky],
            _micros(case.seconds),
        )
        for row, case in enumerate(one.report.cases, first)
    ]


def _micros(seconds: float | None) -> int | None:
    """A duration that is none (NaN, endless, before its beginning) is not known."""
    return int(seconds * 1_000_000) if seconds is not None and 0 <= seconds < LONGEST else None


def _report_row(row: int, one: Arrived, month: int, first_case: int, now: datetime) -> Row:
    report = one.report
    return {
        "id": row,
        "attempt_id": one.attempt,
        "job_id": one.job,
        "received_at": now,
        "month": month,
        "first_case": first_case,
        "cases": len(report.cases),
        "status": report.status,
        "layer": report.layer,
        "reason": report.reason,
        "prepare_seconds": report.usage.prepare_seconds,
        "run_seconds": report.usage.run_seconds,
        "cpu_seconds": report.usage.cpu_seconds,
        "peak_memory_bytes": report.usage.peak_memory_bytes,
        "exit_code": report.exit_code,
        "signal": report.signal,
        "last_lines": json.dumps(report.last_lines),
        "log_bytes": report.log_bytes,
        "log_lost_bytes": report.log_lost_bytes,
        "evidence": report.evidence,
        "contended": report.contended,
        "cancelled": report.cancelled,
        "repeat": report.repeat,
        "node": report.node,
        "digest": one.digest,
    }


def _append_rest(
    connection: Connection, names: Names, arrived: Sequence[tuple[int, Arrived]]
) -> None:
    details = [row for number, one in arrived for row in _details(number, one, names)]
    metrics = [row for number, one in arrived for row in _metrics(number, one, names)]
    observed = [
        {"report_id": number, **component._asdict()}
        for number, one in arrived
        for component in {c.name: c for c in one.report.observed}.values()
    ]
    facts = [
        {"report_id": number, "number": place, **fact._asdict()}
        for number, one in arrived
        for place, fact in enumerate(one.report.facts)
    ]
    ranks = [_rank(number, rank) for number, one in arrived for rank in one.report.ranks]
    for statement, rows in zip(_REST, (details, metrics, observed, facts, ranks), strict=True):
        if rows:
            connection.execute(statement, rows)


def _details(report: int, one: Arrived, names: Names) -> list[Row]:
    ids = names.cases.get(one.suite, {})
    return [
        {
            "report_id": report,
            "number": number,
            "case_id": ids[case.id],
            "variant_id": names.variants[case.device, case.dtype],
            "status": _CODES[case.status, case.expected, case.planted, case.flaky],
            "micros": _micros(case.seconds),
            "message": case.message,
            "detail": case.detail,
            "repeat": case.repeat,
        }
        for number, case in enumerate(one.report.cases)
        if _says_something(case)
    ]


def _says_something(case: CaseResult) -> bool:
    quiet = _CODES[case.status, case.expected, case.planted, case.flaky] in _QUIET
    return not quiet or bool(case.message or case.detail)


def _metrics(report: int, one: Arrived, names: Names) -> list[Row]:
    return [
        {
            "report_id": report,
            "number": number,
            "replicate": replicate,
            "metric_id": names.metrics[one.suite, metric.name, metric.unit, metric.better],
            "case": metric.case,
            "value": value,
        }
        for number, metric in enumerate(one.report.metrics)
        for replicate, value in enumerate(metric.values)
    ]


def _rank(report: int, one: RankReport) -> Row:
    return {
        "report_id": report,
        "number": one.rank,
        "node": one.node,
        "lost": one.lost,
        "status": one.status,
        "layer": one.layer,
        "reason": one.reason,
        "run_seconds": one.usage.run_seconds,
        "cpu_seconds": one.usage.cpu_seconds,
        "peak_memory_bytes": one.usage.peak_memory_bytes,
        "exit_code": one.exit_code,
        "signal": one.signal,
        "last_lines": json.dumps(one.last_lines),
        "facts": documents.dumped(tuple[Fact, ...], one.facts),
        "observed": documents.dumped(tuple[Component, ...], one.observed),
    }


_REPORTS = insert(ReportRow)
_REST = (
    insert(CaseDetail),
    insert(MetricValueRow),
    insert(ObservedComponent),
    insert(DeviceFact),
    insert(RankRow),
)
