"""Starts comparisons: two runs of the same jobs, which take turns in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert

from matrix.model import Job, Matrix
from orchestrator.store.ids import Row, next_id
from orchestrator.store.paired import ComparisonRow, PairRow
from orchestrator.store.planning import save
from orchestrator.store.queueing import Turns
from orchestrator.store.runs import Begun, Subject, Trigger, begin_run


@dataclass(frozen=True, slots=True)
class Side:
    """The matrix at one of the two, the jobs that are compared, and what it is about."""

    matrix: Matrix
    jobs: tuple[Job, ...]
    subjects: tuple[Subject, ...]


class Compared(NamedTuple):
    """A comparison that has begun, and its runs."""

    id: int
    base: int
    head: int


def begin_pairs(  # noqa: PLR0913, PLR0917 - what a comparison consists of
    connection: Connection,
    base: Side,
    head: Side,
    repetitions: int,
    trigger: Trigger,
    now: datetime,
) -> Compared:
    """Queue the first job of each pair; the jobs of both sides have the same ids, in one order.

    A job that feeds others is a pair too, but runs only once: what it made serves all repetitions.

    Which of the two goes first changes from job to job and from repetition to repetition. Both
    runs stand aside of the grid.
    """
    order = {job.id: number for number, job in enumerate(head.jobs)}
    ahead = frozenset(name for name, number in order.items() if _is_base_first(number, 1))
    once = frozenset(producer for job in head.jobs for _, producer in job.inputs)
    begun = [
        begin_run(
            connection,
            side.matrix,
            side.jobs,
            replace(trigger, subjects=side.subjects, aside=True),
            now,
            Turns(repetitions, once, waits),
        )
        for side, waits in ((base, frozenset(order) - ahead), (head, ahead))
    ]
    row: Row = {
        "id": next_id(connection, ComparisonRow),
        "matrix_id": save(connection, head.matrix, now),
        "component": head.subjects[0].component,
        "base_run_id": begun[0].run,
        "head_run_id": begun[1].run,
        "repetitions": repetitions,
    }
    connection.execute(insert(ComparisonRow), [row])
    times = Turns(repetitions, once).times(head.jobs)
    places = [(order[job.id], repetition) for repetition, job in times]
    first = next_id(connection, PairRow)
    pairs = _pairs(begun[0], begun[1], places, first)
    connection.execute(insert(PairRow), [pair | {"comparison_id": row["id"]} for pair in pairs])
    return Compared(row["id"], begun[0].run, begun[1].run)


def _pairs(
    base: Begun, head: Begun, places: Sequence[tuple[int, int]], first: int
) -> Sequence[Row]:
    """One for each time of a job, which is the number of the job and of its repetition."""
    return [
        {
            "id": first + number,
            "chain": first + job,
            "repetition": repetition,
            "base_job_id": rows[0],
            "head_job_id": rows[1],
            "base_first": _is_base_first(job, repetition),
            "bound_to": None,
        }
        for number, ((job, repetition), rows) in enumerate(
            zip(places, zip(base.jobs, head.jobs, strict=True), strict=True)
        )
    ]


def _is_base_first(job: int, repetition: int) -> bool:
    return (job + repetition) % 2 == 1
