"""Deliberate reruns: a new job with a cause and a parent, in the run of the old one."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import bindparam, insert, update

from orchestrator.store.cancelling import JOB
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import next_id
from orchestrator.store.runs import QUEUED, waiting
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import JobRow, RunRow, Verdict


def rerun(store: Store, matrix: str, job: int, cause: str = "a person asked") -> int:
    """Queue a job once more in its run, as a new one with this one for its parent; its id."""
    now = store.clock.now()
    with store.write() as connection:
        row = connection.execute(JOB, {"matrix": matrix, "row": job}).first()
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


_REOPEN = update(Verdict).where(Verdict.id == bindparam("row")).values(open=Verdict.open + 1)
_RERUN = (
    update(RunRow)
    .where(RunRow.id == bindparam("row"))
    .values(jobs=RunRow.jobs + 1, ended_at=None, cancelled=False)
)
