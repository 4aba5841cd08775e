"""What people end: jobs and runs that are cancelled, and jobs that nobody offers to run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from matrix.status import Layer, Status
from orchestrator.store.bulk import chunks
from orchestrator.store.columns import WAITING, End, JobState
from orchestrator.store.declared import MatrixRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import table_of
from orchestrator.store.open_jobs import JOBS, OPEN_JOB, OpenJob
from orchestrator.store.policy import CANCELLED, WITHDRAWN, Fate
from orchestrator.store.settling import Ending, settle
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow, Lane, RunRow, Shape


def cancel_run(store: Store, matrix: str, run: int) -> int:
    """Cancel what has not ended; how many jobs that were. LookupError where there is no run."""
    with store.write() as connection:
        if connection.scalar(_RUN, {"matrix": matrix, "row": run}) is None:
            raise LookupError(run)
        jobs = _open(connection, JobRow.run_id == run)
        if jobs:
            connection.execute(update(RunRow).where(RunRow.id == run).values(cancelled=True))
        _cancel(store, connection, jobs)
    return len(jobs)


def cancel_job(store: Store, matrix: str, job: int) -> bool:
    """Cancel a job: at once where it waits, by its runner where it runs. False: it had ended."""
    with store.write() as connection:
        if connection.scalar(JOB, {"matrix": matrix, "row": job}) is None:
            raise LookupError(job)
        jobs = _open(connection, JobRow.id == job)
        _cancel(store, connection, jobs)
    return bool(jobs)


def withdraw(store: Store, rows: Sequence[int], fate: Fate = WITHDRAWN) -> int:
    """End jobs that nobody has begun, as when the matrix declares them no longer; how many."""
    with store.write() as connection:
        return end_queued(connection, rows, fate, store.clock.now())


def end_queued(connection: Connection, rows: Sequence[int], fate: Fate, now: datetime) -> int:
    """The same within a transaction."""
    count = 0
    for chunk in chunks(rows):
        found = _open(connection, JobRow.id.in_(chunk))
        jobs = [job for job in found if job.state in WAITING]
        settle(connection, [Ending(job, fate) for job in jobs], now)
        count += len(jobs)
    if count:
        count_unoffered(connection)
    return count


def skip_unoffered(store: Store, run: int) -> int:
    """End the queued jobs of a run that no runner can take, with their reason; how many."""
    now = store.clock.now()
    with store.write() as connection:
        rows = connection.execute(_UNOFFERED, {"run": run}).all()
        endings = [
            Ending(OpenJob._make(row[1:]), nobody_took(row[0]), unoffered=True) for row in rows
        ]
        settle(connection, endings, now)
        count_unoffered(connection)
    return len(endings)


def nobody_took(reason: str) -> Fate:
    """What becomes of a job that no runner took."""
    return Fate(End.EXPIRED, Status.SKIP, Layer.CAPACITY, reason)


def _open(connection: Connection, which: ColumnElement[bool]) -> list[OpenJob]:
    rows = connection.execute(JOBS.where(which, JobRow.state != JobState.ENDED))
    return [OpenJob._make(row) for row in rows]


def _cancel(store: Store, connection: Connection, jobs: Sequence[OpenJob]) -> None:
    """Those that wait end now; those that run are marked, and their runner hears of it."""
    now = store.clock.now()
    held = [job for job in jobs if job.state not in WAITING]
    if held:
        connection.execute(_MARK, [{"row": job.id} for job in held])
        drafts = [Draft(job.matrix, "job", str(job.id), {"state": "cancelling"}) for job in held]
        emit(connection, now, drafts)
    waits = [job for job in jobs if job.state in WAITING]
    settle(connection, [Ending(job, CANCELLED) for job in waits], now)
    if waits:
        count_unoffered(connection)


_UNOFFERED = (
    select(Shape.unmet, *OPEN_JOB)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(JobRow.run_id == bindparam("run"), JobRow.state.in_(WAITING), Shape.unmet != "")
    .order_by(JobRow.id)
)
_MARK = update(JobRow).where(JobRow.id == bindparam("row")).values(cancel=True)
_RUN = (
    select(RunRow.id)
    .join(MatrixRow, MatrixRow.id == RunRow.matrix_id)
    .where(MatrixRow.name == bindparam("matrix"), RunRow.id == bindparam("row"))
)
JOB = (
    select(table_of(JobRow))
    .join(MatrixRow, MatrixRow.id == JobRow.matrix_id)
    .where(MatrixRow.name == bindparam("matrix"), JobRow.id == bindparam("row"))
)
