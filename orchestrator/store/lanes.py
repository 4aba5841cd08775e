"""Lanes: how many jobs wait in each, and which is the oldest."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, bindparam, case, func, select, update

from orchestrator.store.columns import JobState
from orchestrator.store.work import JobRow, Lane


def change(connection: Connection, more: Counter[int]) -> None:
    """So many more (or fewer) jobs wait in these lanes; their heads are found again.

    Called after the jobs' own states are written. A head is one look into an index, whatever
    the lane's length.
    """
    rows = [{"lane": lane, "more": n} for lane, n in more.items()]
    if rows:
        connection.execute(_CHANGE, rows)


_OLDEST = (
    select(func.coalesce(func.min(JobRow.id), 0))
    .where(JobRow.lane_id == Lane.id, JobRow.state == JobState.QUEUED)
    .scalar_subquery()
)
_CHANGE = (
    update(Lane)
    .where(Lane.id == bindparam("lane"))
    .values(
        queued=Lane.queued + bindparam("more"),
        waiting=case((Lane.queued + bindparam("more") > 0, True), else_=False),
        head=_OLDEST,
    )
)
