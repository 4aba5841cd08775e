"""Deliberate reruns: a new job with a cause and a parent, in the run of the old one.

A producer runs anew with the jobs that it blocked, a consumer with the producers that left nothing.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)

from matrix.errors import CoevoError
from matrix.status import GOOD
from orchestrator.store.cancelling import JOB
from orchestrator.store.columns import BIG, End, JobState
from orchestrator.store.events import Draft, emit
from orchestrator.store.feeding import bind, ended_well
from orchestrator.store.ids import Row, next_id, table_of
from orchestrator.store.pairing import is_paired
from orchestrator.store.queueing import QUEUED, waiting
from orchestrator.store.recorded import ArtifactRow
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import DependencyRow, JobRow, RunRow, Verdict

FED = "what feeds it, or is fed by it, runs again"
PAIR_HINT = "start the comparison again: coevo run --at COMPONENT=HEAD --against BASE"


def rerun(store: Store, matrix: str, job: int, cause: str = "a person asked") -> int:
    """Queue a job once more in its run, as a new one with this one for its parent; its id."""
    now = store.clock.now()
    with store.write() as connection:
        row = connection.execute(JOB, {"matrix": matrix, "row": job}).first()
        if row is None:
            raise LookupError(job)
        if is_paired(connection, job):
            raise CoevoError.because("a job of a pair alone says nothing", PAIR_HINT)
        old = {job: row._asdict()}
        _gather(connection, old)
        rows = _anew(connection, old, job, cause, now)
        connection.execute(insert(JobRow), list(rows.values()))
        _bind(connection, rows)
        _count(connection, list(rows.values()))
        count_unoffered(connection)
        states = sorted({one["cell_state_id"] for one in rows.values()})
        touch(connection, rows[job]["matrix_id"], states)
        emit(connection, now, [_draft(one) for one in rows.values()])
    return int(rows[job]["id"])


class _Fed(NamedTuple):
    job: int
    kind: str
    producer: int
    is_made: bool


def _gather(connection: Connection, old: dict[int, Row]) -> None:
    """Add the jobs that have to run again, too: producers without files, and what was blocked."""
    more = old
    while more:
        known = {"jobs": list(old)}
        rows = [row for which in (_LACKING, _STARVED) for row in connection.execute(which, known)]
        more = {row.id: row._asdict() for row in rows if row.id not in old}
        old |= more


def _anew(
    connection: Connection, old: dict[int, Row], job: int, cause: str, now: datetime
) -> dict[int, Row]:
    """New rows by the ids of their parents."""
    first = next_id(connection, JobRow)
    fed = {one.job for one in _inputs(connection, old) if one.producer in old or not one.is_made}
    return {
        parent: row
        | QUEUED
        | {
            "id": first + number,
            "state": JobState.BLOCKED if parent in fed else JobState.QUEUED,
            "feeds": row["feeds"],
            "parent_id": parent,
            "cause": cause if parent == job else FED,
            "queued_at": now,
            "expires_at": now + (row["expires_at"] - row["queued_at"]),
        }
        for number, (parent, row) in enumerate(sorted(old.items()))
    }


def _bind(connection: Connection, rows: dict[int, Row]) -> None:
    """What fed the old jobs feeds the new ones, or what runs in its place."""
    bound: dict[int, list[tuple[str, int]]] = {}
    for one in _inputs(connection, rows):
        producer = rows[one.producer]["id"] if one.producer in rows else one.producer
        bound.setdefault(rows[one.job]["id"], []).append((one.kind, producer))
    bind(connection, bound)


def _inputs(connection: Connection, jobs: dict[int, Row]) -> tuple[_Fed, ...]:
    return tuple(_Fed(*row) for row in connection.execute(_INPUTS, {"jobs": list(jobs)}))


def _count(connection: Connection, rows: list[Row]) -> None:
    lanes = Counter(row["lane_id"] for row in rows if row["state"] is JobState.QUEUED)
    waiting(connection, lanes, Counter(row["cell_state_id"] for row in rows))
    verdicts = Counter(row["verdict_id"] for row in rows)
    connection.execute(_REOPEN, [{"row": row, "more": n} for row, n in verdicts.items()])
    connection.execute(_RERUN, {"row": rows[0]["run_id"], "more": len(rows)})


def _draft(row: Row) -> Draft:
    return Draft(row["matrix_id"], "job", str(row["id"]), {"state": row["state"].value})


def _again(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(which, JobRow.state == JobState.ENDED)


_MADE = exists().where(
    ArtifactRow.job_id == JobRow.id,
    ArtifactRow.kind == DependencyRow.kind,
    ArtifactRow.kept.is_(True),
)
_THESE: BindParameter[int] = bindparam("jobs", expanding=True, type_=BIG)
_INPUTS = (
    select(
        DependencyRow.job_id,
        DependencyRow.kind,
        DependencyRow.producer_id,
        ended_well(),
    )
    .join(JobRow, JobRow.id == DependencyRow.producer_id)
    .where(DependencyRow.job_id.in_(_THESE))
    .order_by(DependencyRow.job_id, DependencyRow.kind)
)
_LACKING = (
    select(table_of(JobRow))
    .join(DependencyRow, DependencyRow.producer_id == JobRow.id)
    .where(_again(DependencyRow.job_id.in_(_THESE)), or_(JobRow.status.not_in(GOOD), ~_MADE))
)
_STARVED = (
    select(table_of(JobRow))
    .join(DependencyRow, DependencyRow.job_id == JobRow.id)
    .where(_again(DependencyRow.producer_id.in_(_THESE)), JobRow.end == End.BLOCKED)
)
_REOPEN = (
    update(Verdict)
    .where(Verdict.id == bindparam("row"))
    .values(open=Verdict.open + bindparam("more"))
)
_RERUN = (
    update(RunRow)
    .where(RunRow.id == bindparam("row"))
    .values(jobs=RunRow.jobs + bindparam("more"), ended_at=None, cancelled=False)
)
