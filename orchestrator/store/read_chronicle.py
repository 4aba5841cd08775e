"""What a log says of jobs beyond their events: name, run, and the runner of the last attempt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, select

from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, JobRow, Runner


class Teller(NamedTuple):
    """A job as a log names it; `runner` is "" and `attempt` 0 before it was claimed."""

    name: str
    run: int
    attempt: int
    runner: str
    reason: str


def tellers(store: Store, jobs: Iterable[int]) -> dict[int, Teller]:
    """These jobs, as far as they exist: one query."""
    with store.read() as connection:
        rows = connection.execute(_JOBS, {"jobs": sorted(set(jobs))})
        return {row[0]: Teller(*row[1:]) for row in rows}


_JOBS = (
    select(
        JobRow.id,
        JobRow.name,
        JobRow.run_id,
        func.coalesce(AttemptRow.fence, 0),
        func.coalesce(Runner.name, ""),
        JobRow.reason,
    )
    .outerjoin(AttemptRow, and_(AttemptRow.job_id == JobRow.id, AttemptRow.fence == JobRow.fence))
    .outerjoin(Runner, Runner.id == AttemptRow.runner_id)
    .where(JobRow.id.in_(bindparam("jobs", expanding=True)))
)
