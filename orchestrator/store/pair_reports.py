"""What the reports of compared jobs say: their metrics, and the cases that did not all pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from statistics import median
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from matrix.status import Status
from matrix.trend import is_contended
from orchestrator.pair_fold import Case, Metric, Said
from orchestrator.store import caseflags
from orchestrator.store.columns import BIG
from orchestrator.store.months import CASES, case_table, months
from orchestrator.store.recorded import (
    CaseDetail,
    CaseName,
    MetricName,
    MetricValueRow,
    ReportRow,
    Variant,
)


def said(connection: Connection, halves: Sequence[Row[*tuple[Any, ...]]]) -> Said:
    """What these jobs reported: two queries, and those of the months."""
    reports = {row.report: row for row in halves if row.report is not None}
    ids = {"reports": list(reports)}
    metrics: dict[int, dict[Metric, float]] = defaultdict(dict)
    for (report, *metric), rows in groupby(
        connection.execute(_METRICS, ids), key=lambda row: tuple(row[:5])
    ):
        name, case, unit, better = metric
        values = [row.value for row in rows]
        if not is_contended(values):
            metrics[report][name, case, unit, better] = median(values)
    totals = {report: row.cases for report, row in reports.items()}
    return Said(_cases(connection, reports), totals, metrics)


def _cases(
    connection: Connection, reports: dict[int, Row[*tuple[Any, ...]]]
) -> dict[int, dict[Case, Status]]:
    """The cases that did not pass in some of these reports, as they were in each of them."""
    found: dict[int, dict[Case, Status]] = defaultdict(dict)
    names: dict[tuple[int, int], Case] = {}
    for row in connection.execute(_NOTABLE, {"reports": list(reports)}):
        case = (row.name, row.device, row.dtype)
        names[row.case_id, row.variant_id] = case
        found[row.report_id][case] = _status(row.status)
    if not names:
        return found
    kept = months(connection, CASES)
    for month in sorted({row.month for row in reports.values()}):
        of_month = [report for report, row in reports.items() if row.month == month]
        if month in kept:
            _add_kept(connection, month, of_month, names, found)
        else:  # only what did not pass is kept for ever: all else had passed
            for report in of_month:
                found[report] = dict.fromkeys(names.values(), Status.PASS) | found[report]
    return found


def _add_kept(
    connection: Connection,
    month: int,
    reports: Sequence[int],
    names: dict[tuple[int, int], Case],
    found: dict[int, dict[Case, Status]],
) -> None:
    wanted = {"reports": list(reports), "cases": sorted({case for case, _ in names})}
    for report, case, variant, code in connection.execute(_kept(month), wanted):
        if (case, variant) in names:
            found[report][names[case, variant]] = _status(code)


def _status(code: int) -> Status:
    """An expected failure is nobody's news."""
    return Status.SKIP if code & caseflags.EXPECTED else caseflags.status_of(code)


def _kept(month: int) -> Select[*tuple[Any, ...]]:
    table = case_table(month)
    last = ReportRow.first_case + ReportRow.cases - 1
    return (
        select(ReportRow.id, table.c.case_id, table.c.variant_id, table.c.status)
        .join(table, table.c.id.between(ReportRow.first_case, last))
        .where(
            ReportRow.id.in_(bindparam("reports", expanding=True, type_=BIG)),
            table.c.case_id.in_(bindparam("cases", expanding=True)),
        )
    )


_METRICS = (
    select(
        MetricValueRow.report_id,
        MetricName.name,
        MetricValueRow.case,
        MetricName.unit,
        MetricName.better,
        MetricValueRow.value,
    )
    .join(MetricName, MetricName.id == MetricValueRow.metric_id)
    .where(MetricValueRow.report_id.in_(bindparam("reports", expanding=True, type_=BIG)))
    .order_by(MetricValueRow.report_id, MetricValueRow.number, MetricValueRow.replicate)
)
_NOTABLE = (
    select(
        CaseDetail.report_id,
        CaseDetail.case_id,
        CaseDetail.variant_id,
        CaseDetail.status,
        CaseName.name,
        Variant.device,
        Variant.dtype,
    )
    .join(CaseName, CaseName.id == CaseDetail.case_id)
    .join(Variant, Variant.id == CaseDetail.variant_id)
    .where(CaseDetail.report_id.in_(bindparam("reports", expanding=True, type_=BIG)))
)
