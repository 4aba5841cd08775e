"""Runs, as readers see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from matrix.verdict import Counts
from orchestrator.store.declared import MatrixRow
from orchestrator.store.store import Store
from orchestrator.store.work import RunRow, Verdict
from orchestrator.views import Label, RunSummary


def matrices(store: Store) -> tuple[Label, ...]:
    """All matrices, the oldest (which is the default) first."""
    with store.read() as connection:
        rows = connection.execute(select(MatrixRow.name, MatrixRow.label).order_by(MatrixRow.id))
        return tuple(Label(*row) for row in rows)


def runs(store: Store, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...] | None:
    """Runs of a matrix, latest first; None where there is no such matrix."""
    page = {"matrix": matrix, "offset": offset, "limit": limit}
    with store.read() as connection:
        if connection.scalar(_MATRIX, {"matrix": matrix}) is None:
            return None
        return summaries(connection, connection.execute(_RUNS, page).all())


def run(store: Store, matrix: str, wanted: int) -> RunSummary | None:
    """One run."""
    with store.read() as connection:
        rows = connection.execute(_RUN, {"matrix": matrix, "run": wanted}).all()
        return next(iter(summaries(connection, rows)), None)


def latest_run(connection: Connection, matrix: str) -> RunSummary | None:
    """The newest run of a matrix."""
    rows = connection.execute(_RUNS, {"matrix": matrix, "offset": 0, "limit": 1}).all()
    return next(iter(summaries(connection, rows)), None)


def summaries(
    connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]
) -> tuple[RunSummary, ...]:
    """The values of rows of runs, with the cases of what has ended counted: one query more."""
    counts = {
        run: Counts(*(n or 0 for n in numbers))
        for run, *numbers in connection.execute(_COUNTS, {"runs": [row.id for row in rows]})
    }
    return tuple(_summary(row, counts.get(row.id, Counts())) for row in rows)


def _summary(row: Row[*tuple[Any, ...]], counts: Counts) -> RunSummary:
    return RunSummary(
        id=row.id,
        matrix=row.name,
        trigger=row.trigger,
        state=_state(row),
        started_at=row.started_at,
        ended_at=row.ended_at,
        jobs=row.jobs,
        offered=row.jobs - row.unoffered - row.skipped,
        ended=row.ended - row.skipped,
        counts=counts,
        note=row.note,
    )


def _state(row: Row[*tuple[Any, ...]]) -> str:
    if row.cancelled:
        return "cancelled"
    return "running" if row.ended_at is None else "ended"


_MATRIX = select(MatrixRow.id).where(MatrixRow.name == bindparam("matrix"))
_SELECTED = select(
    RunRow.id,
    MatrixRow.name,
    RunRow.trigger,
    RunRow.started_at,
    RunRow.ended_at,
    RunRow.jobs,
    RunRow.unoffered,
    RunRow.skipped,
    RunRow.ended,
    RunRow.note,
    RunRow.cancelled,
).join(MatrixRow, MatrixRow.id == RunRow.matrix_id)
_NAMED = _SELECTED.where(MatrixRow.name == bindparam("matrix"))
_RUNS = _NAMED.order_by(RunRow.id.desc()).limit(bindparam("limit")).offset(bindparam("offset"))
_RUN = _NAMED.where(RunRow.id == bindparam("run"))
_COUNTS = (
    select(Verdict.run_id, *(func.sum(getattr(Verdict, name)) for name in Counts._fields))
    .where(Verdict.run_id.in_(bindparam("runs", expanding=True)))
    .group_by(Verdict.run_id)
)
