"""Tickets: everything that a slot needs of a job, gathered from the rows it was planned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from orchestrator.store import documents
from orchestrator.store.columns import BIG
from orchestrator.store.declared import (
    Cell,
    CellStateRow,
    LockRow,
    MatrixRow,
    StackRow,
    StackVersion,
    SuiteDefinition,
)
from orchestrator.store.shapes import asked
from orchestrator.store.work import JobRow, Lane, RunRow, Shape
from orchestrator.ticketing import Circumstances, allowed, general, known
from runners.work import Key, Lock, Offer, Ticket


class Origin(NamedTuple):
    """What jobs share that differ in their shard only: texts and names, to be cached by."""

    matrix: str
    stack: str
    cell: str
    parameters: str
    components: str
    suite: str
    overrides: str
    policies: str
    asked: str


class JobOrigin(NamedTuple):
    """A job that is to be leased, and where it comes from."""

    id: int
    name: str
    shard: int
    shards: int
    fence: int
    tries: int
    lane: int
    owner: int
    state: int
    matrix: int
    origin: Origin


_JOBS = (
    select(
        JobRow.id,
        JobRow.name,
        JobRow.shard,
        JobRow.shards,
        JobRow.fence,
        JobRow.tries,
        JobRow.lane_id,
        Lane.owner_id,
        JobRow.cell_state_id,
        JobRow.matrix_id,
        MatrixRow.name,
        StackRow.name,
        Cell.axes,
        CellStateRow.parameters,
        StackVersion.components,
        SuiteDefinition.document,
        JobRow.overrides,
        RunRow.policies,
        Shape.document,
    )
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .join(MatrixRow, MatrixRow.id == JobRow.matrix_id)
    .join(CellStateRow, CellStateRow.id == JobRow.cell_state_id)
    .join(Cell, Cell.id == CellStateRow.cell_id)
    .join(SuiteDefinition, SuiteDefinition.id == JobRow.suite_definition_id)
    .join(StackVersion, StackVersion.id == JobRow.stack_version_id)
    .join(StackRow, StackRow.id == StackVersion.stack_id)
    .where(JobRow.id.in_(bindparam("jobs", expanding=True, type_=BIG)))
)
_LOCK = select(LockRow.id, LockRow.digest, LockRow.text).where(
    LockRow.request == bindparam("request"), LockRow.platform == bindparam("platform")
)


def origins(connection: Connection, jobs: Sequence[int]) -> dict[int, JobOrigin]:
    """These jobs by id, with all that their tickets are made of: one query."""
    rows = connection.execute(_JOBS, {"jobs": jobs})
    return {row[0]: JobOrigin._make([*row[:10], Origin._make(row[10:])]) for row in rows}


def lock_of(connection: Connection, job: JobOrigin, offer: Offer) -> tuple[int | None, Lock | None]:
    """The row and value of the lock that this job uses on that platform."""
    request = asked(job.origin.asked).request
    if not request:
        return None, None
    row = connection.execute(_LOCK, {"request": request, "platform": offer.platform}).one()
    return row[0], Lock(row[1], row[2], offer.platform)


def is_fed(job: JobOrigin) -> bool:
    """Whether it uses what other jobs make."""
    return bool(documents.suite(job.origin.suite).uses)


def ticket(
    job: JobOrigin,
    fence: int,
    offer: Offer,
    lock: Lock | None,
    today: date,
) -> Ticket:
    """The ticket of one attempt that is given out today, without the files that others made."""
    return replace(
        _common(job.origin, offer.device, lock),
        key=Key(job.id, fence),
        name=job.name,
        shard=job.shard,
        shards=job.shards,
        known=known(documents.suite(job.origin.suite), today),
    )


def timeout_of(origin: Origin) -> timedelta:
    """How long an attempt may run: the include's word, the suite's, the matrix's."""
    changed, suite = documents.overrides(origin.overrides), documents.suite(origin.suite)
    return allowed(suite, changed, documents.policies(origin.policies))


@lru_cache(maxsize=1024)
def _common(origin: Origin, device: str, lock: Lock | None) -> Ticket:
    return general(
        documents.suite(origin.suite),
        Circumstances(
            matrix=origin.matrix,
            stack=origin.stack,
            cell=documents.pairs(origin.cell),
            parameters=documents.pairs(origin.parameters),
            components=documents.pairs(origin.components),
            overrides=documents.overrides(origin.overrides),
            policies=documents.policies(origin.policies),
            device=device,
        ),
        lock,
    )
