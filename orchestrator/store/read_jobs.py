"""Jobs and their attempts, as readers see them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, case, false, func, select
from sqlalchemy.orm import aliased

from matrix.status import Evidence, Layer
from orchestrator.store import documents
from orchestrator.store.budgets import Balances, Price, of_matrices
from orchestrator.store.columns import JobState
from orchestrator.store.declared import Cell, CellStateRow, LockRow, MatrixRow, StackRow, SuiteRow
from orchestrator.store.recorded import ReportRow
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, DependencyRow, JobRow, Lane, Owner, Runner, Shape
from orchestrator.views import AttemptView, JobFilter, JobPage, JobView
from runners.work import Usage


def job(store: Store, matrix: str, wanted: int) -> JobView | None:
    """A job with its attempts: two queries, and three more where it may wait for a budget."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_ONE, {"matrix": matrix, "job": wanted}).first()
        if row is None:
            return None
        (found,) = views(connection, [row], now)
        return replace(found, attempts=attempts(connection, wanted))


def jobs(store: Store, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
    """A page of jobs, latest first, without attempts; None where there is no such matrix."""
    now = store.clock.now()
    with store.read() as connection:
        found = connection.scalar(select(MatrixRow.id).where(MatrixRow.name == matrix))
        if found is None:
            return None
        narrowed = [JobRow.matrix_id == found, *_conditions(wanted)]
        total = connection.scalar(_joined(select(func.count(JobRow.id))).where(*narrowed)) or 0
        page = _VIEWS.where(*narrowed).order_by(JobRow.id.desc()).offset(offset).limit(limit)
        return JobPage(total, views(connection, connection.execute(page).all(), now))


def of_cell(
    connection: Connection, cell_states: Sequence[int], limit: int, now: datetime
) -> tuple[JobView, ...]:
    """The newest jobs of these cell states, latest first."""
    newest = _VIEWS.where(JobRow.cell_state_id.in_(cell_states))
    rows = connection.execute(newest.order_by(JobRow.id.desc()).limit(limit)).all()
    return views(connection, rows, now)


def by_id(connection: Connection, ids: Sequence[int], now: datetime) -> tuple[JobView, ...]:
    """These jobs, latest first."""
    rows = connection.execute(_VIEWS.where(JobRow.id.in_(ids)).order_by(JobRow.id.desc())).all()
    return views(connection, rows, now)


def attempts(connection: Connection, wanted: int) -> tuple[AttemptView, ...]:
    """The attempts of a job, oldest first."""
    rows = connection.execute(_ATTEMPTS, {"job": wanted})
    return tuple(_attempt(row) for row in rows)


def views(
    connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime
) -> tuple[JobView, ...]:
    """The values of rows; where some may wait for a budget, accounts are looked into once."""
    budgets = {
        row.matrix_id: documents.budget(row.budget) for row in rows if row.budget and _waits(row)
    }
    known = of_matrices(connection, budgets, now)
    return tuple(_view(row, known) for row in rows)


def _waits(row: Row[*tuple[Any, ...]]) -> bool:
    """Whether it is queued and some runner could take it."""
    return row.state is JobState.QUEUED and not row.unmet


def _view(row: Row[*tuple[Any, ...]], known: Balances) -> JobView:
    short = known.shortage(Price(row.matrix_id, row.owner, row.cost)) if _waits(row) else ""
    return JobView(
        id=row.id,
        name=row.name,
        matrix=row.matrix,
        run=row.run_id,
        cell=documents.pairs(row.axes),
        parameters=documents.pairs(row.parameters),
        suite=row.suite,
        stack=row.stack,
        shard=row.shard,
        shards=row.shards,
        role=row.role,
        priority=row.priority,
        owner=row.owner,
        state=row.state.value,
        end=row.end.value,
        status=row.status,
        reason=row.reason,
        waiting_for=_waiting_for(row) or short,
        queued_at=row.queued_at,
        ended_at=row.ended_at,
        cause=row.cause,
        parent=row.parent_id,
        repeat=row.repeat,
        lock_digest=row.lock_digest or "",
        attempts=(),
    )


def _waiting_for(row: Row[*tuple[Any, ...]]) -> str:
    """Why a job that nobody has begun does not begin."""
    match row.state:
        case JobState.QUEUED:
            return str(row.unmet)
        case JobState.BLOCKED:
            if row.producer is None:
                return "its turn in the comparison has not come"
            return f"it is fed by {row.producer}, which has not ended"
    return ""


def _attempt(row: Row[*tuple[Any, ...]]) -> AttemptView:
    usage = Usage(
        row.prepare_seconds or 0.0,
        row.run_seconds or 0.0,
        row.cpu_seconds or 0.0,
        row.peak_memory_bytes or 0,
    )
    return AttemptView(
        id=row.id,
        fence=row.fence,
        runner=row.runner,
        node=row.node or "",
        phase=row.phase,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
        status=row.status,
        layer=row.layer or Layer.NONE,
        reason=row.reason or _silence(row),
        usage=usage,
        exit_code=row.exit_code,
        signal=row.signal,
        evidence=row.evidence or Evidence.SELF_REPORTED,
        contended=bool(row.contended),
        log_bytes=row.log_bytes or 0,
        log_lost_bytes=row.log_lost_bytes or 0,
        last_lines=tuple(json.loads(row.last_lines or "[]")),
        done=row.progress,
        total=row.total,
        note=row.note,
    )


def _silence(row: Row[*tuple[Any, ...]]) -> str:
    """Why an attempt that ended has no report."""
    return {"lost": "the runner was lost", "released": "given back to the queue"}.get(
        row.state.value, ""
    )


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL; `text` is matched without regard to case, `%` and `_` literally."""
    among = (
        (Cell.site, wanted.sites),
        (Cell.accelerator, wanted.accelerators),
        (SuiteRow.name, wanted.suites),
        (StackRow.name, wanted.stacks),
        (JobRow.status, wanted.statuses),
        (JobRow.state, [JobState(state) for state in wanted.states if state in set(JobState)]),
    )
    found: list[ColumnElement[bool]] = [column.in_(v) for column, v in among if v]
    if wanted.states and not among[-1][1]:
        found.append(false())
    if wanted.run is not None:
        found.append(JobRow.run_id == wanted.run)
    if wanted.text:
        found.append(JobRow.name.icontains(wanted.text, autoescape=True))
    return found


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(JobRow)
        .join(MatrixRow, MatrixRow.id == JobRow.matrix_id)
        .join(CellStateRow, CellStateRow.id == JobRow.cell_state_id)
        .join(Cell, Cell.id == CellStateRow.cell_id)
        .join(SuiteRow, SuiteRow.id == CellStateRow.suite_id)
        .join(StackRow, StackRow.id == CellStateRow.stack_id)
        .join(Lane, Lane.id == JobRow.lane_id)
        .join(Owner, Owner.id == Lane.owner_id)
        .join(Shape, Shape.id == Lane.shape_id)
        .outerjoin(LockRow, LockRow.id == JobRow.lock_id)
    )


_producer = aliased(JobRow)
_PRODUCER = (
    select(func.min(_producer.name))
    .join(DependencyRow, DependencyRow.producer_id == _producer.id)
    .where(DependencyRow.job_id == JobRow.id, _producer.state != JobState.ENDED)
    .scalar_subquery()
)
_VIEWS = _joined(
    select(
        JobRow.id,
        JobRow.name,
        MatrixRow.name.label("matrix"),
        JobRow.run_id,
        Cell.axes,
        CellStateRow.parameters,
        SuiteRow.name.label("suite"),
        StackRow.name.label("stack"),
        JobRow.shard,
        JobRow.shards,
        JobRow.role,
        JobRow.priority,
        Owner.name.label("owner"),
        JobRow.state,
        JobRow.end,
        JobRow.status,
        JobRow.reason,
        Shape.unmet,
        case((JobRow.state == JobState.BLOCKED, _PRODUCER), else_="").label("producer"),
        Shape.cost,
        MatrixRow.budget,
        JobRow.matrix_id,
        JobRow.queued_at,
        JobRow.ended_at,
        JobRow.cause,
        JobRow.parent_id,
        JobRow.repeat,
        LockRow.digest.label("lock_digest"),
    )
)
_ONE = _VIEWS.where(JobRow.id == bindparam("job"), MatrixRow.name == bindparam("matrix"))
_ATTEMPTS = (
    select(
        AttemptRow.id,
        AttemptRow.fence,
        AttemptRow.state,
        Runner.name.label("runner"),
        AttemptRow.phase,
        AttemptRow.claimed_at,
        AttemptRow.ended_at,
        AttemptRow.done.label("progress"),
        AttemptRow.total,
        AttemptRow.note,
        ReportRow.node,
        ReportRow.status,
        ReportRow.layer,
        ReportRow.reason,
        ReportRow.prepare_seconds,
        ReportRow.run_seconds,
        ReportRow.cpu_seconds,
        ReportRow.peak_memory_bytes,
        ReportRow.exit_code,
        ReportRow.signal,
        ReportRow.evidence,
        ReportRow.contended,
        ReportRow.log_bytes,
        ReportRow.log_lost_bytes,
        ReportRow.last_lines,
    )
    .join(Runner, Runner.id == AttemptRow.runner_id)
    .outerjoin(ReportRow, ReportRow.attempt_id == AttemptRow.id)
    .where(AttemptRow.job_id == bindparam("job"))
    .order_by(AttemptRow.fence)
)
