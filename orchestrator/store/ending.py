"""What people end or ask for again: cancels, reruns, and jobs that nobody offers to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from matrix.status import Layer, Status
from orchestrator.store.columns import End, JobState
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import next_id, table_of
from orchestrator.store.policy import CANCELLED, Fate
from orchestrator.store.recording import OPEN_JOB
from orchestrator.store.runs import QUEUED, waiting
from orchestrator.store.settling import Ending, OpenJob, settle
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import JobRow, Lane, RunRow, Shape, Verdict


def cancel_run(store: Store, run: int) -> int:
    """Cancel what has not ended; how many jobs that were. LookupError where there is no run."""
    with store.write() as connection:
        if connection.scalar(select(RunRow.id).where(RunRow.id == run)) is None:
            raise LookupError(run)
        jobs = _open(connection, JobRow.run_id == run)
        if jobs:
            connection.execute(update(RunRow).where(RunRow.id == run).values(cancelled=True))
        _cancel(store, connection, jobs)
    return len(jobs)


def cancel_job(store: Store, job: int) -> bool:
    """Cancel a job: at once where it waits, by its runner where it runs. False: it had ended."""
    with store.write() as connection:
        if connection.scalar(select(JobRow.id).where(JobRow.id == job)) is None:
            raise LookupError(job)
        jobs = _open(connection, JobRow.id == job)
        _cancel(store, connection, jobs)
    return bool(jobs)


def skip_unoffered(store: Store, run: int) -> int:
    """End the queued jobs of a run that no runner can take, with their reason; how many."""
    now = store.clock.now()
    with store.write() as connection:
        rows = connection.execute(_UNOFFERED, {"run": run}).all()
        endings = [
            Ending(OpenJob(*row[1:]), Fate(End.EXPIRED, Status.SKIP, Layer.CAPACITY, row[0]))
            for row in rows
        ]
        settle(connection, endings, now)
        count_unoffered(connection)
    return len(endings)


def rerun(store: Store, job: int, cause: str = "a person asked") -> int:
    """Queue a job once more in its run, as a new one with this one for its parent; its id."""
    now = store.clock.now()
    with store.write() as connection:
        row = connection.execute(select(table_of(JobRow)).where(JobRow.id == job)).first()
        if row is None:
            raise LookupError(job)
        old = row._asdict()
        patience = old["expires_at"] - old["queued_at"]
        lane = old["lane_id"]
        new = (
            old
            | QUEUED
            | {
                "id": next_id(connection, JobRow),
                "lane_id": lane,
                "parent_id": job,
                "cause": cause,
                "queued_at": now,
                "expires_at": now + patience,
            }
        )
        connection.execute(insert(JobRow), [new])
        connection.execute(_REOPEN, {"row": old["verdict_id"]})
        connection.execute(_RERUN, {"row": old["run_id"]})
        waiting(connection, Counter({lane: 1}), Counter({old["cell_state_id"]: 1}))
        count_unoffered(connection)
        touch(connection, old["matrix_id"], [old["cell_state_id"]])
        emit(connection, now, [Draft(old["matrix_id"], "job", str(new["id"]), {"state": "queued"})])
    return int(new["id"])


def _open(connection: Connection, which: ColumnElement[bool]) -> list[OpenJob]:
    rows = connection.execute(_JOBS.where(which, JobRow.state != JobState.ENDED))
    return [OpenJob(*row) for row in rows]


def _cancel(store: Store, connection: Connection, jobs: Sequence[OpenJob]) -> None:
    """Those that wait end now; those that run are marked, and their runner hears of it."""
    now = store.clock.now()
    held = [job for job in jobs if job.state is not JobState.QUEUED]
    if held:
        connection.execute(_MARK, [{"row": job.id} for job in held])
        drafts = [Draft(job.matrix, "job", str(job.id), {"state": "cancelling"}) for job in held]
        emit(connection, now, drafts)
    waits = [job for job in jobs if job.state is JobState.QUEUED]
    settle(connection, [Ending(job, CANCELLED) for job in waits], now)
    if waits:
        count_unoffered(connection)


_JOBS = (
    select(*OPEN_JOB)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .order_by(JobRow.id)
)
_UNOFFERED = (
    select(Shape.unmet, *OPEN_JOB)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(JobRow.run_id == bindparam("run"), JobRow.state == JobState.QUEUED, Shape.unmet != "")
    .order_by(JobRow.id)
)
_MARK = update(JobRow).where(JobRow.id == bindparam("row")).values(cancel=True)
_REOPEN = update(Verdict).where(Verdict.id == bindparam("row")).values(open=Verdict.open + 1)
_RERUN = (
    update(RunRow)
    .where(RunRow.id == bindparam("row"))
    .values(jobs=RunRow.jobs + 1, ended_at=None, cancelled=False)
)
