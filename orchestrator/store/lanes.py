"""Lanes: how many jobs wait in each, and which is the oldest."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, Update, bindparam, case, func, select, update

from orchestrator.store.bulk import chunks
from orchestrator.store.columns import BIG, JobState
from orchestrator.store.work import JobRow, Lane

EMPTY = {"queued": 0, "waiting": False, "head": 0}


def change(connection: Connection, more: Counter[int]) -> None:
    """So many more (or fewer) jobs wait in these lanes; their heads are found again.

    Called after the jobs' own states are written. A head is one look into an index, whatever
    the lane's length.
    """
    add(connection, _CHANGE, more)


def add(connection: Connection, statement: Update, more: Counter[int]) -> None:
    """Execute a statement on `rows` that adds `more` to each: once for all that get as many."""
    alike: dict[int, list[int]] = {}
    for row, n in more.items():
        alike.setdefault(n, []).append(row)
    for n, rows in alike.items():
        for chunk in chunks(rows):
            connection.execute(statement, {"rows": chunk, "more": n})


_OLDEST = (
    select(func.coalesce(func.min(JobRow.id), 0))
    .where(JobRow.lane_id == Lane.id, JobRow.state == JobState.QUEUED)
    .scalar_subquery()
)
_CHANGE = (
    update(Lane)
    .where(Lane.id.in_(bindparam("rows", expanding=True, type_=BIG)))
    .values(
        queued=Lane.queued + bindparam("more"),
        waiting=case((Lane.queued + bindparam("more") > 0, True), else_=False),
        head=_OLDEST,
    )
)
