"""Jobs that feed jobs: those that wait become free, or end, with what they waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from matrix.status import GOOD, Layer, Status
from orchestrator.store.columns import BIG, End, JobState
from orchestrator.store.events import Draft, emit
from orchestrator.store.lanes import change
from orchestrator.store.open_jobs import OPEN_JOB, OpenJob
from orchestrator.store.paired import PairRow
from orchestrator.store.policy import Fate
from orchestrator.store.touch import touch
from orchestrator.store.work import DependencyRow, JobRow, Lane, RunRow

_QUIET = {End.CANCELLED, End.EXPIRED}


class Producer(NamedTuple):
    """A job that feeds others and has just ended."""

    id: int
    name: str
    fate: Fate
    unoffered: bool = False  # it ended because nobody offered to run it


class Blocked(NamedTuple):
    """A job that will never get what it waits for, and what becomes of it."""

    job: OpenJob
    fate: Fate
    unoffered: bool


class Due(NamedTuple):
    """A blocked job whose turn has come, the lane it is to wait in, and for how long it may."""

    job: int
    lane: int
    matrix: int
    cell_state: int
    patience: timedelta


def bind(connection: Connection, inputs: Mapping[int, Iterable[tuple[str, int]]]) -> None:
    """Write that jobs use what others make: kinds and producers by consumer."""
    rows = [
        {"job_id": job, "kind": kind, "producer_id": producer}
        for job, fed in inputs.items()
        for kind, producer in fed
    ]
    if rows:
        connection.execute(insert(DependencyRow), rows)


def go_on(connection: Connection, ended: Sequence[Producer], now: datetime) -> tuple[Blocked, ...]:
    """Free the jobs for which all is made now; returns those that can never be."""
    if not ended:
        return ()
    _free(connection, [one.id for one in ended if one.fate.status in GOOD], now)
    bad = {one.id: one for one in ended if one.fate.status not in GOOD}
    rows = connection.execute(_WAITING, {"producers": list(bad)}).all() if bad else []
    found: dict[int, Blocked] = {}
    for kind, producer, *row in rows:
        job, why = OpenJob._make(row), bad[producer]
        found.setdefault(job.id, Blocked(job, _fate(kind, why), why.unoffered))
    return tuple(found.values())


def _fate(kind: str, producer: Producer) -> Fate:
    """A producer that was cancelled or that nobody ran says nothing of those that it feeds."""
    end = producer.fate.end if producer.fate.end in _QUIET else End.BLOCKED
    layer = producer.fate.layer if producer.fate.end in _QUIET else Layer.NONE
    how = producer.fate.end.value if producer.fate.end in _QUIET else f"{producer.fate.status}"
    return Fate(end, Status.SKIP, layer, f"its {kind} is missing: {producer.name} ended {how}")


def _free(connection: Connection, producers: Sequence[int], now: datetime) -> None:
    """Queue the jobs of which all producers have ended well; they begin to wait now.

    Those of pairs are left to their turn (`pairing`).
    """
    rows = connection.execute(_READY, {"producers": list(producers)}).all() if producers else []
    if not rows:
        return
    due = [
        Due(job, lane, matrix, state, until - since)
        for job, lane, matrix, state, since, until in rows
    ]
    queue(connection, due, now)


def queue(connection: Connection, due: Sequence[Due], now: datetime) -> None:
    """Let jobs that were blocked wait for a runner; their time begins now."""
    rows = [
        {"job": one.job, "lane": one.lane, "now": now, "until": now + one.patience} for one in due
    ]
    connection.execute(_QUEUED, rows)
    change(connection, Counter(one.lane for one in due))
    for matrix in sorted({one.matrix for one in due}):
        touch(connection, matrix, sorted({one.cell_state for one in due if one.matrix == matrix}))
    emit(
        connection,
        now,
        [Draft(one.matrix, "job", str(one.job), {"state": "queued"}) for one in due],
    )


def ended_well(job: type[JobRow] = JobRow) -> ColumnElement[bool]:
    """Whether a job has made what others wait for."""
    return and_(job.state == JobState.ENDED, job.status.in_(GOOD))


_other, _producer = aliased(DependencyRow), aliased(JobRow)
IS_FED = ~exists().where(
    _other.job_id == JobRow.id, _producer.id == _other.producer_id, not_(ended_well(_producer))
)
_READY = (
    select(
        JobRow.id,
        JobRow.lane_id,
        JobRow.matrix_id,
        JobRow.cell_state_id,
        JobRow.queued_at,
        JobRow.expires_at,
    )
    .where(
        JobRow.id.in_(
            select(DependencyRow.job_id).where(
                DependencyRow.producer_id.in_(bindparam("producers", expanding=True, type_=BIG))
            )
        ),
        JobRow.state == JobState.BLOCKED,
        IS_FED,
        ~exists().where(or_(PairRow.base_job_id == JobRow.id, PairRow.head_job_id == JobRow.id)),
    )
    .order_by(JobRow.id)
)
_QUEUED = (
    update(JobRow)
    .where(JobRow.id == bindparam("job"))
    .values(
        state=JobState.QUEUED,
        lane_id=bindparam("lane"),
        queued_at=bindparam("now"),
        expires_at=bindparam("until"),
    )
)
_WAITING = (
    select(DependencyRow.kind, DependencyRow.producer_id, *OPEN_JOB)
    .join(JobRow, JobRow.id == DependencyRow.job_id)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(
        DependencyRow.producer_id.in_(bindparam("producers", expanding=True, type_=BIG)),
        JobRow.state == JobState.BLOCKED,
    )
    .order_by(JobRow.id, DependencyRow.kind)
)
