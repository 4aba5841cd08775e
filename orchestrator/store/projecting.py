"""Folds what ended into verdicts (shards merged) and cell states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, select, update

from matrix.status import Evidence, Layer, Status, rolled_up
from matrix.trend import is_contended
from matrix.verdict import CellState, Counts, Outcome, Recent, judge, settled
from orchestrator.store import cellstates, documents
from orchestrator.store.columns import End, JobState
from orchestrator.store.events import Draft, Json
from orchestrator.store.ids import Row
from orchestrator.store.policy import Fate
from orchestrator.store.recorded import MetricName, MetricValueRow, ReportRow
from orchestrator.store.work import AttemptRow, JobRow, Runner, Verdict
from runners.work import Report

_SAYS_SOMETHING = frozenset({End.REPORTED, End.LOST, End.BLOCKED})


class Settled(NamedTuple):
    """A job that has just ended."""

    job: int
    run: int
    matrix: int
    verdict: int
    cell_state: int
    shards: int
    policies: str
    aside: bool
    fate: Fate
    report: Report | None
    counts: Counts
    runner: str


class Member(NamedTuple):
    """One shard's part in a verdict."""

    job: int
    end: End
    status: Status
    layer: Layer
    reason: str
    counts: Counts
    evidence: Evidence
    runner: str
    medians: tuple[Recent, ...]


def project(connection: Connection, ended: Sequence[Settled], now: datetime) -> list[Draft]:
    """Close the verdicts whose last job this was, and judge their cell states, in order."""
    last = {one.verdict: one for one in ended}
    if not last:
        return []
    rows = connection.execute(_OPEN, {"verdicts": list(last)}).all()
    judged = {verdict for verdict, _, status in rows if status is not None}
    closed = [last[verdict] for verdict, still_open, _ in rows if not still_open]
    members = {one.verdict: _members(connection, one) for one in closed}
    # A rerun that was cancelled takes nothing back from what was known before it.
    news = {v: parts for v, parts in members.items() if _tells(parts) or v not in judged}
    _close(connection, news, now)
    telling = [one for one in closed if not one.aside and _tells(members[one.verdict])]
    return _judge(connection, telling, members, now)


def _members(connection: Connection, one: Settled) -> tuple[Member, ...]:
    """All shards of a verdict, each the worst of its repetitions.

    Where there is one of both it is what has just ended.
    """
    if one.shards == 1 and not one.aside:
        report = one.report
        return (
            Member(
                one.job,
                one.fate.end,
                one.fate.status or Status.SKIP,
                one.fate.layer,
                one.fate.reason,
                one.counts,
                report.evidence if report else Evidence.SELF_REPORTED,
                one.runner,
                _medians(report) if report else (),
            ),
        )
    rows = connection.execute(_SHARDS, {"verdict": one.verdict}).all()
    latest = {(row.shard, row.repetition): row for row in rows}  # a rerun comes after the first
    reports = [row[-1] for row in latest.values() if row[-1] is not None]
    medians = _stored_medians(connection, reports)
    times: dict[int, list[Member]] = defaultdict(list)
    for (shard, _), row in latest.items():
        times[shard].append(_member(row[2:], medians))
    return tuple(map(_worst, times.values()))


def _member(row: Sequence[Any], medians: dict[int, tuple[Recent, ...]]) -> Member:
    return Member(
        row[0],
        row[1],
        row[2] or Status.SKIP,
        row[3],
        row[4],
        Counts(*(count or 0 for count in row[5:12])),
        row[12] or Evidence.SELF_REPORTED,
        row[13] or "",
        medians.get(row[-1], ()),
    )


def _medians(report: Report) -> tuple[Recent, ...]:
    return tuple(
        _middle(metric.name, metric.case, metric.better, metric.unit, metric.values)
        for metric in report.metrics
        if metric.values
    )


def _middle(name: str, case: str, better: str, unit: str, replicates: Sequence[float]) -> Recent:
    """A metric's median as it enters the verdict; a contended one has none."""
    contended = is_contended(replicates)
    values = () if contended else (median(replicates),)
    return Recent(name, case, better, values, unit, contended)


def _stored_medians(
    connection: Connection, reports: Sequence[int]
) -> dict[int, tuple[Recent, ...]]:
    rows = connection.execute(_VALUES, {"reports": list(reports)})
    found: dict[int, tuple[Recent, ...]] = {}
    for (report, _, name, better, unit, case), group in groupby(rows, lambda row: tuple(row[:6])):
        middle = _middle(name, case, better, unit, [row[6] for row in group])
        found[report] = (*found.get(report, ()), middle)
    return found


def _tells(members: Sequence[Member]) -> bool:
    """Whether something is known: a cancelled or expired shard leaves the cell as it was."""
    return all(member.end in _SAYS_SOMETHING for member in members)


def _worst(members: Sequence[Member]) -> Member:
    status = rolled_up(member.status for member in members)
    return next(member for member in members if member.status is status)


def _counts(members: Sequence[Member]) -> Counts:
    return Counts(*(sum(column) for column in zip(*(m.counts for m in members), strict=True)))


def _close(connection: Connection, members: dict[int, tuple[Member, ...]], now: datetime) -> None:
    rows: list[Row] = []
    for verdict, parts in members.items():
        silent = [part for part in parts if part.end not in _SAYS_SOMETHING]
        worst = silent[0] if silent else _worst(parts)
        counts = {f"new_{name}": n for name, n in _counts(parts)._asdict().items()}
        rows.append(
            counts
            | {
                "verdict": verdict,
                "new_status": worst.status,
                "new_layer": worst.layer,
                "new_reason": worst.reason,
                "new_ended_at": now,
            }
        )
    if rows:
        connection.execute(_CLOSE, rows)


def _judge(
    connection: Connection,
    closed: Sequence[Settled],
    members: dict[int, tuple[Member, ...]],
    now: datetime,
) -> list[Draft]:
    before = cellstates.read(connection, sorted({one.cell_state for one in closed}))
    after, fresh = dict(before), {}
    for one in closed:
        outcome = _outcome(one, members[one.verdict], now)
        after[one.cell_state] = judge(after[one.cell_state], outcome)
        fresh[one.cell_state] = documents.policies(one.policies).freshness
    judged = {row: (after[row], fresh[row]) for row in fresh}
    cellstates.write(connection, judged)
    matrices = {one.cell_state: one.matrix for one in closed}
    return [_change(matrices[row], before[row], after[row]) for row in judged]


def _outcome(one: Settled, members: Sequence[Member], now: datetime) -> Outcome:
    worst = _worst(members)
    simulated = any(member.evidence is Evidence.SIMULATED for member in members)
    return Outcome(
        at=now,
        status=worst.status,
        layer=worst.layer,
        reason=worst.reason,
        counts=_counts(members),
        evidence=Evidence.SIMULATED if simulated else worst.evidence,
        job=worst.job,
        run=one.run,
        runner=worst.runner,
        medians=tuple(recent for member in members for recent in member.medians),
    )


def _change(matrix: int, before: CellState, after: CellState) -> Draft:
    """What became of a cell state; `before` is "" where it is what it was."""
    was, now = settled(before), settled(after)
    point = dict(after.cell)
    data: dict[str, Json] = {
        "site": point["site"],
        "accelerator": point["accelerator"],
        "suite": after.suite,
        "stack": after.stack,
        "before": was.value,
        "after": now.value,
        "job": after.job,
    }
    subject = f"{point['site']}/{point['accelerator']}"
    return Draft(matrix, "cell" if was is not now else "progress", subject, data)


_OPEN = select(Verdict.id, Verdict.open, Verdict.status).where(
    Verdict.id.in_(bindparam("verdicts", expanding=True))
)
_SHARDS = (
    select(
        JobRow.shard,
        JobRow.repetition,
        JobRow.id,
        JobRow.end,
        JobRow.status,
        JobRow.layer,
        JobRow.reason,
        *(getattr(ReportRow, name) for name in Counts._fields),
        ReportRow.evidence,
        Runner.name,
        ReportRow.id,
    )
    .outerjoin(AttemptRow, and_(AttemptRow.job_id == JobRow.id, AttemptRow.fence == JobRow.fence))
    .outerjoin(ReportRow, ReportRow.attempt_id == AttemptRow.id)
    .outerjoin(Runner, Runner.id == AttemptRow.runner_id)
    .where(JobRow.verdict_id == bindparam("verdict"), JobRow.state == JobState.ENDED)
    .order_by(JobRow.id)
)
_VALUES = (
    select(
        MetricValueRow.report_id,
        MetricValueRow.number,
        MetricName.name,
        MetricName.better,
        MetricName.unit,
        MetricValueRow.case,
        MetricValueRow.value,
    )
    .join(MetricName, MetricName.id == MetricValueRow.metric_id)
    .where(MetricValueRow.report_id.in_(bindparam("reports", expanding=True)))
    .order_by(MetricValueRow.report_id, MetricValueRow.number, MetricValueRow.replicate)
)
_CLOSE = (
    update(Verdict)
    .where(Verdict.id == bindparam("verdict"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("status", "layer", "reason", "ended_at", *Counts._fields)
        }
    )
)
