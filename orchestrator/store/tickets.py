"""Tickets: everything that a slot needs of a job, gathered from the rows it was planned from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from orchestrator.plan import Pairs
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
from orchestrator.store.shapes import Asked
from orchestrator.store.work import JobRow, Lane, RunRow, Shape
from runners.work import Key, Lock, Offer, Ticket


class Origin(NamedTuple):
    """What jobs share that differ in their shard only: texts and names, to be cached by."""

    matrix: str
    stack: str
    cell: str
    parameters: str
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


def ticket(job: JobOrigin, fence: int, offer: Offer, lock: Lock | None) -> Ticket:
    """The ticket of one attempt."""
    return replace(
        _common(job.origin, offer.device, lock),
        key=Key(job.id, fence),
        name=job.name,
        shard=job.shard,
        shards=job.shards,
    )


def timeout_of(origin: Origin) -> timedelta:
    """How long an attempt may run: the include's word, the suite's, the matrix's."""
    own = documents.overrides(origin.overrides).timeout or documents.suite(origin.suite).timeout
    return own or documents.policies(origin.policies).timeout


@lru_cache(maxsize=1024)
def asked(text: str) -> Asked:
    """What a shape asks."""
    return documents.loaded(Asked, text)


@lru_cache(maxsize=1024)
def _common(origin: Origin, device: str, lock: Lock | None) -> Ticket:
    suite, changed = documents.suite(origin.suite), documents.overrides(origin.overrides)
    policies = documents.policies(origin.policies)
    return Ticket(
        key=Key(0, 0),
        name="",
        matrix=origin.matrix,
        suite=suite.name,
        stack=origin.stack,
        cell=documents.pairs(origin.cell),
        parameters=_merged(suite.parameters, documents.pairs(origin.parameters)),
        device=device,
        devices=suite.needs.devices,
        shard=1,
        shards=1,
        program=suite.program,
        command=suite.command,
        env=_merged(suite.env, changed.env),
        lock=lock,
        expected=expected(lock, suite.takes),
        timeout_seconds=timeout_of(origin).total_seconds(),
        prepare_timeout_seconds=policies.prepare_timeout.total_seconds(),
        memory_bytes=suite.needs.memory_bytes,
        log_limit_bytes=policies.log_limit_bytes,
        nodes=suite.needs.nodes,
        commands=suite.commands,
    )


def expected(lock: Lock | None, takes: Sequence[str]) -> Pairs:
    """The lock's public versions of the components that the suite takes."""
    if lock is None:
        return ()
    named = {_plain(name): version.partition("+")[0] for name, version in lock.pins}
    return tuple((name, named[_plain(name)]) for name in takes if _plain(name) in named)


def _plain(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _merged(first: Pairs, then: Pairs) -> Pairs:
    return tuple((dict(first) | dict(then)).items())
