"""Cell states out of their rows and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from matrix.verdict import CellState, Counts, Recent
from orchestrator.store import documents
from orchestrator.store.declared import Cell, CellStateRow, StackRow, SuiteRow
from orchestrator.store.ids import Row as Values
from orchestrator.store.work import Shape

COUNTS = tuple(getattr(CellStateRow, name) for name in Counts._fields)
Recents = tuple[Recent, ...]


def selection() -> Select[*tuple[Any, ...]]:
    """Rows that `value` reads; the row id comes first, the site and accelerator last."""
    return (
        select(
            CellStateRow.id,
            Cell.axes,
            SuiteRow.name,
            StackRow.name,
            CellStateRow.role,
            CellStateRow.status,
            CellStateRow.layer,
            CellStateRow.confidence,
            CellStateRow.reason,
            *COUNTS,
            CellStateRow.history,
            CellStateRow.since,
            CellStateRow.reported_at,
            CellStateRow.job_id,
            CellStateRow.run_id,
            CellStateRow.queued,
            CellStateRow.running,
            Shape.unmet,
            CellStateRow.trend,
            CellStateRow.evidence,
            CellStateRow.parameters,
            CellStateRow.runner,
            CellStateRow.recent,
            Cell.site,
            Cell.accelerator,
        )
        .join(Cell, Cell.id == CellStateRow.cell_id)
        .join(SuiteRow, SuiteRow.id == CellStateRow.suite_id)
        .join(StackRow, StackRow.id == CellStateRow.stack_id)
        .outerjoin(Shape, Shape.id == CellStateRow.shape_id)
    )


def value(row: Sequence[Any]) -> CellState:
    """The value of one row of `selection`."""
    _, axes, suite, stack, role, status, layer, confidence, reason, *rest = row
    counts, rest = Counts(*rest[:7]), rest[7:]
    history, since, reported_at, job, run, queued, running, unmet, trend, *rest = rest
    evidence, parameters, runner, recent, _, _ = rest
    return CellState(
        cell=documents.pairs(axes),
        suite=suite,
        stack=stack,
        role=role,
        status=status,
        layer=layer,
        confidence=confidence,
        reason=reason,
        counts=counts,
        history=history,
        since=since,
        reported_at=reported_at,
        job=job,
        run=run,
        queued=queued,
        running=running,
        unmet=unmet or "",
        trend=trend,
        evidence=evidence,
        parameters=documents.pairs(parameters),
        runner=runner,
        recent=() if recent == "[]" else documents.loaded(Recents, recent),
    )


_SOME = selection().where(CellStateRow.id.in_(bindparam("states", expanding=True)))
_WRITE = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("state"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "status",
                "layer",
                "confidence",
                "reason",
                *Counts._fields,
                "history",
                "since",
                "reported_at",
                "stale_at",
                "job_id",
                "run_id",
                "trend",
                "recent",
                "evidence",
                "runner",
            )
        }
    )
)


def read(connection: Connection, states: Sequence[int]) -> dict[int, CellState]:
    """These cell states by row id."""
    rows = connection.execute(_SOME, {"states": list(states)})
    return {row[0]: value(row) for row in rows}


def write(connection: Connection, judged: dict[int, tuple[CellState, timedelta]]) -> None:
    """Write what `judge` decided, with how long each stays fresh; open jobs are left alone."""
    rows = [_values(row, cell, fresh) for row, (cell, fresh) in judged.items()]
    if rows:
        connection.execute(_WRITE, rows)


def _values(row: int, cell: CellState, freshness: timedelta) -> Values:
    assert cell.reported_at is not None
    recent = documents.dumped(Recents, cell.recent) if cell.recent else "[]"
    return {
        "state": row,
        "new_status": cell.status,
        "new_layer": cell.layer,
        "new_confidence": cell.confidence,
        "new_reason": cell.reason,
        **{f"new_{name}": count for name, count in cell.counts._asdict().items()},
        "new_history": cell.history,
        "new_since": cell.since,
        "new_reported_at": cell.reported_at,
        "new_stale_at": cell.reported_at + freshness,
        "new_job_id": cell.job,
        "new_run_id": cell.run,
        "new_trend": cell.trend,
        "new_recent": recent,
        "new_evidence": cell.evidence,
        "new_runner": cell.runner,
    }
