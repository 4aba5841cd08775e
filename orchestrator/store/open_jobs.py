"""Jobs that have not ended, as whoever changes them reads them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from orchestrator.store.columns import JobState
from orchestrator.store.work import JobRow, Lane, RunRow


class OpenJob(NamedTuple):
    """A job that has not ended, and whom it is counted by."""

    id: int
    name: str
    matrix: int
    run: int
    verdict: int
    cell_state: int
    lane: int
    owner: int
    state: JobState
    cancel: bool
    tries: int
    shards: int
    policies: str
    aside: bool
    feeds: bool


OPEN_JOB = (
    JobRow.id,
    JobRow.name,
    JobRow.matrix_id,
    JobRow.run_id,
    JobRow.verdict_id,
    JobRow.cell_state_id,
    JobRow.lane_id,
    Lane.owner_id,
    JobRow.state,
    JobRow.cancel,
    JobRow.tries,
    JobRow.shards,
    RunRow.policies,
    RunRow.aside,
    JobRow.feeds,
)
JOBS = (
    select(*OPEN_JOB)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .order_by(JobRow.id)
)
