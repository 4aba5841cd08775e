"""Forgetting: logs and passing cases past their time go, by month; verdicts stay for ever."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from matrix.policies import Keep
from matrix.status import GOOD, Status
from matrix.verdict import Counts
from orchestrator.store import caseflags, documents
from orchestrator.store.declared import MatrixRevision
from orchestrator.store.ids import next_id
from orchestrator.store.months import CASES, LOGS, SAMPLES, TABLES, months
from orchestrator.store.recorded import CaseDetail, DailyCount, EventRow, Month, ReportRow
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow

EVENTS = timedelta(days=30)


class Pruned(NamedTuple):
    """What went, or would go: months (YYYYMM) with their rows, and old events."""

    log_months: tuple[int, ...]
    log_chunks: int
    case_months: tuple[int, ...]
    cases: int
    events: int
    sample_months: tuple[int, ...] = ()


def longest_keep(store: Store) -> Keep:
    """How long records are kept: months are shared, so the matrix that keeps longest decides."""
    with store.read() as connection:
        texts = connection.scalars(_DOCUMENTS).all()
    keeps = [documents.matrix(text).keep for text in texts] or [Keep()]
    return Keep(
        logs=max(keep.logs for keep in keeps),
        passing_cases=max(keep.passing_cases for keep in keeps),
        artifacts=max(keep.artifacts for keep in keeps),
    )


def prune(store: Store, keep: Keep, *, dry_run: bool = False) -> Pruned:
    """Drop the months of which every day is past its time; a dry run only says what would go.

    Cases leave a count a day for each cell state; those that failed leave what they had to say.
    """
    now = store.clock.now()
    if dry_run:
        with store.read() as connection:
            return _due(connection, keep, now)
    with store.write() as connection:
        due = _due(connection, keep, now)
        for month in due.log_months:
            _drop(connection, LOGS, month)
        for month in due.sample_months:
            _drop(connection, SAMPLES, month)
        for month in due.case_months:
            _count_days(connection, month)
            _drop_quiet_details(connection, month)
            _drop(connection, CASES, month)
        connection.execute(delete(EventRow).where(EventRow.at < now - EVENTS))
    return due


def _due(connection: Connection, keep: Keep, now: datetime) -> Pruned:
    logs = _over(connection, LOGS, now - keep.logs)
    cases = _over(connection, CASES, now - keep.passing_cases)
    return Pruned(
        log_months=logs,
        log_chunks=sum(_rows(connection, LOGS, month) for month in logs),
        case_months=cases,
        cases=sum(_rows(connection, CASES, month) for month in cases),
        events=connection.scalar(_OLD_EVENTS, {"before": now - EVENTS}) or 0,
        sample_months=_over(connection, SAMPLES, now - keep.logs),
    )


def _over(connection: Connection, kind: str, before: datetime) -> tuple[int, ...]:
    return tuple(month for month in months(connection, kind) if _end(month) <= before)


def _end(month: int) -> datetime:
    """The first moment after a month."""
    year, number = divmod(month, 100)
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _rows(connection: Connection, kind: str, month: int) -> int:
    return connection.scalar(select(func.count()).select_from(TABLES[kind](month))) or 0


def _drop(connection: Connection, kind: str, month: int) -> None:
    TABLES[kind](month).drop(connection)
    connection.execute(delete(Month).where(Month.kind == kind, Month.month == month))


def _count_days(connection: Connection, month: int) -> None:
    days: dict[tuple[int, str], Counter[str]] = {}
    for state, at, *counts in connection.execute(_REPORTS, {"month": month}):
        day = days.setdefault((state, at.date().isoformat()), Counter())
        day.update(dict(zip(Counts._fields, counts, strict=True)) | {"reports": 1})
    first = next_id(connection, DailyCount)
    fields = ("reports", *Counts._fields)
    rows = [
        {"id": first + number, "cell_state_id": state, "day": day}
        | {name: counted[name] for name in fields}
        for number, ((state, day), counted) in enumerate(sorted(days.items(), key=lambda i: i[0]))
    ]
    if rows:
        connection.execute(insert(DailyCount), rows)


def _drop_quiet_details(connection: Connection, month: int) -> None:
    """What passed or was skipped has nothing more to say."""
    reports = select(ReportRow.id).where(ReportRow.month == month)
    quiet = caseflags.codes_of(GOOD | {Status.SKIP})
    connection.execute(
        delete(CaseDetail).where(
            CaseDetail.report_id.in_(reports),
            CaseDetail.status.bitwise_and(caseflags.STATUS_BITS).in_(quiet),
        )
    )


_NEWEST = (
    select(func.max(MatrixRevision.used_at)).group_by(MatrixRevision.matrix_id).scalar_subquery()
)
_DOCUMENTS = select(MatrixRevision.document).where(MatrixRevision.used_at.in_(_NEWEST))
_OLD_EVENTS = select(func.count(EventRow.id)).where(EventRow.at < bindparam("before"))
_REPORTS = (
    select(
        JobRow.cell_state_id,
        ReportRow.received_at,
        *(getattr(ReportRow, name) for name in Counts._fields),
    )
    .join(JobRow, JobRow.id == ReportRow.job_id)
    .where(ReportRow.month == bindparam("month"))
    .order_by(ReportRow.id)
)
