"""Comparisons, as readers see them: folded anew from the reports of their pairs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from matrix.compared import found
from orchestrator.pair_fold import Chain, folded
from orchestrator.pair_views import Comparison, End, HalfView, Listed, PairView
from orchestrator.store.declared import Cell, CellStateRow, MatrixRow, StackRow, SuiteRow
from orchestrator.store.pair_reports import said
from orchestrator.store.paired import ComparisonRow, PairRow
from orchestrator.store.recorded import ReportRow
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, JobRow, Runner, RunRow, SubjectRow
from orchestrator.views import Label


def comparison(store: Store, matrix: str, number: int) -> Comparison | None:
    """A comparison with all that its pairs say; None where there is none.

    Six queries, and one for each month in which its reports came.
    """
    with store.read() as connection:
        row = connection.execute(_COMPARISON, {"matrix": matrix, "id": number}).first()
        if row is None:
            return None
        halves = connection.execute(_HALVES, {"id": number}).all()
        parts = folded(_chains(halves), said(connection, halves))
        ends = {one.run_id: one for one in connection.execute(_ENDS, {"id": number})}
    return Comparison(
        id=row.id,
        matrix=Label(row.name, row.label),
        component=row.component,
        repository=ends[row.head_run_id].repository,
        base=_end(ends[row.base_run_id]),
        head=_end(ends[row.head_run_id]),
        repetitions=row.repetitions,
        started_at=row.started_at,
        ended_at=_later(row.ended_at, row.head_ended_at),
        found=found([one.part for one in parts]),
        parts=parts,
    )


def comparison_of(store: Store, matrix: str, run: int) -> int | None:
    """The comparison that a run is one half of."""
    with store.read() as connection:
        return connection.scalar(_OF, {"matrix": matrix, "run": run})


def comparisons(store: Store, matrix: str, limit: int) -> tuple[Listed, ...] | None:
    """The comparisons of a matrix, the newest first; None without that matrix."""
    with store.read() as connection:
        if connection.scalar(_MATRIX, {"matrix": matrix}) is None:
            return None
        rows = connection.execute(_LIST, {"matrix": matrix, "limit": limit})
        return tuple(Listed(*row) for row in rows)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else None


def _end(row: Row[*tuple[Any, ...]]) -> End:
    return End(row.head, row.title, row.run_id)


def _chains(halves: Sequence[Row[*tuple[Any, ...]]]) -> list[Chain]:
    """By chain and repetition; of the two jobs of a pair, base comes first."""
    chains = []
    for _, rows in groupby(halves, key=lambda row: row.chain):
        jobs = list(rows)
        pairs = tuple(
            PairView(base.repetition, base.base_first, _half(base), _half(head))
            for base, head in zip(jobs[::2], jobs[1::2], strict=True)
        )
        first = jobs[0]
        place = (first.site, first.accelerator, first.suite, first.stack)
        chains.append(Chain(first.name, *place, pairs))
    return chains


def _half(row: Row[*tuple[Any, ...]]) -> HalfView:
    at = (row.runner or "", row.offer or "", row.node or "")
    state, end = row.state.value, row.end.value
    return HalfView(row.job, state, end, row.status, row.reason, at, row.report)


_HEAD_RUN = aliased(RunRow)
_MATRIX = select(MatrixRow.id).where(MatrixRow.name == bindparam("matrix"))
_COMPARISON = (
    select(
        ComparisonRow.id,
        ComparisonRow.component,
        ComparisonRow.base_run_id,
        ComparisonRow.head_run_id,
        ComparisonRow.repetitions,
        MatrixRow.name,
        MatrixRow.label,
        RunRow.started_at,
        RunRow.ended_at,
        _HEAD_RUN.ended_at.label("head_ended_at"),
    )
    .join(MatrixRow, MatrixRow.id == ComparisonRow.matrix_id)
    .join(RunRow, RunRow.id == ComparisonRow.base_run_id)
    .join(_HEAD_RUN, _HEAD_RUN.id == ComparisonRow.head_run_id)
    .where(MatrixRow.name == bindparam("matrix"), ComparisonRow.id == bindparam("id"))
)
_OF = (
    select(ComparisonRow.id)
    .join(MatrixRow, MatrixRow.id == ComparisonRow.matrix_id)
    .where(
        MatrixRow.name == bindparam("matrix"),
        or_(
            ComparisonRow.base_run_id == bindparam("run"),
            ComparisonRow.head_run_id == bindparam("run"),
        ),
    )
)
_RUNS = or_(
    SubjectRow.run_id == ComparisonRow.base_run_id, SubjectRow.run_id == ComparisonRow.head_run_id
)
_ENDS = (
    select(SubjectRow.run_id, SubjectRow.head, SubjectRow.title, SubjectRow.repository)
    .join(ComparisonRow, and_(_RUNS, SubjectRow.component == ComparisonRow.component))
    .where(ComparisonRow.id == bindparam("id"))
)
_BASE, _HEAD = aliased(SubjectRow), aliased(SubjectRow)
_LIST = (
    select(
        ComparisonRow.id,
        ComparisonRow.component,
        _BASE.head.label("base"),
        _HEAD.head.label("head"),
        _HEAD.title,
        ComparisonRow.repetitions,
        RunRow.started_at,
        and_(RunRow.ended_at.is_not(None), _HEAD_RUN.ended_at.is_not(None)),
    )
    .join(MatrixRow, MatrixRow.id == ComparisonRow.matrix_id)
    .join(RunRow, RunRow.id == ComparisonRow.base_run_id)
    .join(_HEAD_RUN, _HEAD_RUN.id == ComparisonRow.head_run_id)
    .join(
        _BASE,
        and_(_BASE.run_id == ComparisonRow.base_run_id, _BASE.component == ComparisonRow.component),
    )
    .join(
        _HEAD,
        and_(_HEAD.run_id == ComparisonRow.head_run_id, _HEAD.component == ComparisonRow.component),
    )
    .where(MatrixRow.name == bindparam("matrix"))
    .order_by(ComparisonRow.id.desc())
    .limit(bindparam("limit"))
)
_HALVES = (
    select(
        PairRow.chain,
        PairRow.repetition,
        PairRow.base_first,
        JobRow.id.label("job"),
        JobRow.name,
        JobRow.state,
        JobRow.end,
        JobRow.status,
        JobRow.reason,
        Cell.site,
        Cell.accelerator,
        SuiteRow.name.label("suite"),
        StackRow.name.label("stack"),
        Runner.name.label("runner"),
        AttemptRow.offer,
        ReportRow.id.label("report"),
        ReportRow.node,
        ReportRow.month,
        ReportRow.cases,
    )
    .join(JobRow, or_(JobRow.id == PairRow.base_job_id, JobRow.id == PairRow.head_job_id))
    .join(CellStateRow, CellStateRow.id == JobRow.cell_state_id)
    .join(Cell, Cell.id == CellStateRow.cell_id)
    .join(SuiteRow, SuiteRow.id == CellStateRow.suite_id)
    .join(StackRow, StackRow.id == CellStateRow.stack_id)
    .outerjoin(AttemptRow, and_(AttemptRow.job_id == JobRow.id, AttemptRow.fence == JobRow.fence))
    .outerjoin(Runner, Runner.id == AttemptRow.runner_id)
    .outerjoin(ReportRow, ReportRow.attempt_id == AttemptRow.id)
    .where(PairRow.comparison_id == bindparam("id"))
    .order_by(PairRow.chain, PairRow.repetition, JobRow.id == PairRow.head_job_id)
)
