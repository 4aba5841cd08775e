"""What a job's report said: its cases by page, metrics, facts, observed stack."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, select

from matrix.verdict import Counts
from orchestrator.store import caseflags, courses, documents
from orchestrator.store.declared import LockRow, SuiteDefinition
from orchestrator.store.ids import table_of
from orchestrator.store.months import CASES, case_table, months
from orchestrator.store.recorded import (
    CaseDetail,
    CaseName,
    DeviceFact,
    MetricName,
    MetricValueRow,
    ObservedComponent,
    RankRow,
    ReportRow,
    Variant,
)
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow
from orchestrator.ticketing import expected
from orchestrator.views import CaseFilter, CasePage, ReportView
from runners.work import CaseResult, Component, Fact, Lock, MetricValue, RankReport, Usage

Wide = tuple[Select[*tuple[Any, ...]], ColumnElement[int], ColumnElement[int]]


def report(store: Store, job: int) -> ReportView | None:
    """The report of a job's newest attempt that brought one: seven queries at most."""
    with store.read() as connection:
        row = connection.execute(_NEWEST, {"job": job}).first()
        if row is None:
            return None
        one = {"report": row.id}
        suite = documents.suite(row.document)
        lock = None if row.text is None else Lock("", row.text, "")
        return ReportView(
            job=job,
            counts=Counts(*(getattr(row, name) for name in Counts._fields)),
            metrics=_metrics(connection, row.id),
            facts=tuple(Fact(*fact) for fact in connection.execute(_FACTS, one)),
            observed=tuple(Component(*seen) for seen in connection.execute(_OBSERVED, one)),
            locked=expected(lock, suite.takes),
            ranks=_ranks(connection, row.id),
            course=courses.read(connection, row.month, row.id),
        )


def cases(store: Store, job: int, wanted: CaseFilter, offset: int, limit: int) -> CasePage:
    """A page of the cases of a job's newest report, worst first; what was dropped is not there."""
    with store.read() as connection:
        row = connection.execute(_NEWEST, {"job": job}).first()
        if row is None or not row.cases:
            return CasePage(0, ())
        kept = row.month in months(connection, CASES)
        wide, code, number = _kept(row) if kept else _dropped(row)
        narrowed = wide.where(*_conditions(wanted, code))
        counted = narrowed.with_only_columns(func.count(), maintain_column_froms=True)
        total = connection.scalar(counted) or 0
        status = code.bitwise_and(caseflags.STATUS_BITS)
        page = connection.execute(narrowed.order_by(status, number).offset(offset).limit(limit))
        return CasePage(total, tuple(_case(one) for one in page))


def _kept(report: Row[*tuple[Any, ...]]) -> Wide:
    """All cases, from their month's table, with what those that did not pass have to say."""
    table = case_table(report.month)
    last = report.first_case + report.cases - 1
    number = table.c.id - report.first_case
    joined = and_(CaseDetail.report_id == report.id, CaseDetail.number == number)
    wide = (
        select(CaseName.name, table.c.status, table.c.micros, Variant.device, Variant.dtype, *_SAID)
        .select_from(table)
        .join(CaseName, CaseName.id == table.c.case_id)
        .join(Variant, Variant.id == table.c.variant_id)
        .outerjoin(CaseDetail, joined)
        .where(table.c.id.between(report.first_case, last))
    )
    return wide, table.c.status, table.c.id


def _dropped(report: Row[*tuple[Any, ...]]) -> Wide:
    """What is left when the month's table is gone: the cases that did not pass."""
    wide = (
        select(
            CaseName.name,
            CaseDetail.status,
            CaseDetail.micros,
            Variant.device,
            Variant.dtype,
            *_SAID,
        )
        .join(CaseName, CaseName.id == CaseDetail.case_id)
        .join(Variant, Variant.id == CaseDetail.variant_id)
        .where(CaseDetail.report_id == report.id)
    )
    return wide, _STATUS, _NUMBER


def _conditions(wanted: CaseFilter, code: ColumnElement[int]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        among = caseflags.codes_of(wanted.statuses)
        found.append(code.bitwise_and(caseflags.STATUS_BITS).in_(among))
    if wanted.text:
        found.append(CaseName.name.icontains(wanted.text, autoescape=True))
    return found


def _case(row: Row[*tuple[Any, ...]]) -> CaseResult:
    name, code, micros, device, dtype, message, detail, repeat = row
    return CaseResult(
        id=name,
        status=caseflags.status_of(code),
        seconds=None if micros is None else micros / 1_000_000,
        device=device,
        dtype=dtype,
        message=message or "",
        detail=detail or "",
        repeat=repeat or "",
        expected=bool(code & caseflags.EXPECTED),
        planted=bool(code & caseflags.PLANTED),
        flaky=bool(code & caseflags.FLAKY),
    )


def _metrics(connection: Connection, report: int) -> tuple[MetricValue, ...]:
    rows = connection.execute(_METRICS, {"report": report})
    return tuple(
        MetricValue(name, unit, better, tuple(row.value for row in replicates), case)
        for (_, name, unit, better, case), replicates in groupby(rows, key=lambda r: tuple(r[:5]))
    )


def _ranks(connection: Connection, report: int) -> tuple[RankReport, ...]:
    return tuple(_rank(one) for one in connection.execute(_RANKS, {"report": report}))


def _rank(row: Row[*tuple[Any, ...]]) -> RankReport:
    return RankReport(
        rank=row.number,
        node=row.node,
        status=row.status,
        layer=row.layer,
        reason=row.reason,
        facts=documents.facts(row.facts),
        observed=documents.components(row.observed),
        usage=Usage(0.0, row.run_seconds, row.cpu_seconds, row.peak_memory_bytes),
        exit_code=row.exit_code,
        signal=row.signal,
        last_lines=tuple(json.loads(row.last_lines)),
        lost=row.lost,
    )


_SAID = (CaseDetail.message, CaseDetail.detail, CaseDetail.repeat)
_STATUS: ColumnElement[int] = table_of(CaseDetail).c.status
_NUMBER: ColumnElement[int] = table_of(CaseDetail).c.number
_NEWEST = (
    select(
        ReportRow.id,
        ReportRow.month,
        ReportRow.first_case,
        ReportRow.cases,
        *(getattr(ReportRow, name) for name in Counts._fields),
        SuiteDefinition.document,
        LockRow.text,
    )
    .join(JobRow, JobRow.id == ReportRow.job_id)
    .join(SuiteDefinition, SuiteDefinition.id == JobRow.suite_definition_id)
    .outerjoin(LockRow, LockRow.id == JobRow.lock_id)
    .where(ReportRow.job_id == bindparam("job"))
    .order_by(ReportRow.id.desc())
    .limit(1)
)
_METRICS = (
    select(
        MetricValueRow.number,
        MetricName.name,
        MetricName.unit,
        MetricName.better,
        MetricValueRow.case,
        MetricValueRow.value,
    )
    .join(MetricName, MetricName.id == MetricValueRow.metric_id)
    .where(MetricValueRow.report_id == bindparam("report"))
    .order_by(MetricValueRow.number, MetricValueRow.replicate)
)
_FACTS = (
    select(DeviceFact.name, DeviceFact.value, DeviceFact.source)
    .where(DeviceFact.report_id == bindparam("report"))
    .order_by(DeviceFact.number)
)
_RANKS = (
    select(*(column for column in table_of(RankRow).c))
    .where(RankRow.report_id == bindparam("report"))
    .order_by(RankRow.number)
)
_OBSERVED = (
    select(
        ObservedComponent.name,
        ObservedComponent.version,
        ObservedComponent.build,
        ObservedComponent.source,
    )
    .where(ObservedComponent.report_id == bindparam("report"))
    .order_by(ObservedComponent.name)
)
