"""Where verdicts stand that are not known yet: running, waiting, or offered by nobody."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, func, select

from orchestrator.store.columns import PENDING, JobState
from orchestrator.store.shapes import UNLOCKED
from orchestrator.store.work import JobRow, Lane, Shape


class Standing(NamedTuple):
    """`unmet` is the first need that no runner meets, "" where its jobs run or wait for one."""

    running: bool = False
    unmet: str = ""


def standings(connection: Connection, runs: Collection[int]) -> dict[int, Standing]:
    """By verdict, those of these runs with jobs that have not ended."""
    rows = connection.execute(_OPEN, {"runs": list(runs)}).all()
    return {
        verdict: Standing(bool(running), "" if running or unmet == UNLOCKED else unmet)
        for verdict, running, unmet in rows
    }


_OPEN = (
    select(
        JobRow.verdict_id,
        func.max(case((JobRow.state.in_(PENDING), 0), else_=1)),
        func.max(Shape.unmet),
    )
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .where(JobRow.run_id.in_(bindparam("runs", expanding=True)), JobRow.state != JobState.ENDED)
    .group_by(JobRow.verdict_id)
)
