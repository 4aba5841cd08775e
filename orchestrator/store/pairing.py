"""Pairs of jobs while they run: the second of each waits for the place where the first one was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import BindParameter, Connection, and_, bindparam, or_, select, update

from orchestrator.store import documents
from orchestrator.store.bulk import chunks
from orchestrator.store.columns import BIG
from orchestrator.store.feeding import IS_FED, Due, queue
from orchestrator.store.ids import Row, intern
from orchestrator.store.lanes import EMPTY
from orchestrator.store.open_jobs import OPEN_JOB, OpenJob
from orchestrator.store.pair_order import Doomed, Half, Pair, step
from orchestrator.store.paired import PairRow
from orchestrator.store.shapes import Asked, count_unoffered, interned, place_of
from orchestrator.store.work import AttemptRow, DependencyRow, JobRow, Lane, Runner, RunRow, Shape


def take_turns(connection: Connection, ended: Sequence[int], now: datetime) -> tuple[Doomed, ...]:
    """Queue what comes next in the chains of these jobs, and of those that they feed.

    Returns those that can never be.
    """
    doomed: list[Doomed] = []
    begun = 0
    for chunk in chunks(ended):
        for chain in _chains(connection, chunk):
            due = step(chain)
            doomed += due.ends
            over = [pair.first.pair for pair in chain if pair.is_over]
            connection.execute(_UNBIND, {"pairs": over})
            if due.begins:
                _begin(connection, due.begins, due.behind, now)
                begun += 1
    if begun:
        count_unoffered(connection)
    return tuple({one.job.id: one for one in doomed}.values())


def is_paired(connection: Connection, job: int) -> bool:
    """Whether a job is one of a pair."""
    return connection.scalar(_PAIR, {"job": job}) is not None


def _chains(connection: Connection, jobs: list[int]) -> list[list[Pair]]:
    """The whole chains that these jobs are in, by repetition."""
    chains: dict[int, dict[int, list[Half]]] = defaultdict(lambda: defaultdict(list))
    for chain, repetition, is_first, *rest in connection.execute(_HALVES, {"jobs": jobs}):
        own, job = rest[: _OWN + 1], OpenJob._make(rest[_OWN + 1 :])
        half = Half(own[0], job, *own[1:])
        halves = chains[chain][repetition]
        halves.insert(0 if is_first else len(halves), half)
    return [[Pair(*pairs[number]) for number in sorted(pairs)] for pairs in chains.values()]


def _begin(connection: Connection, half: Half, behind: Half | None, now: datetime) -> None:
    """Queue a job; one that comes behind another waits for the very place where that was."""
    job = half.job
    lane = _bound_lane(connection, half, behind) if behind else job.lane
    queue(connection, [Due(job.id, lane, job.matrix, job.cell_state, half.patience)], now)


def _bound_lane(connection: Connection, half: Half, behind: Half) -> int:
    """The lane of jobs that ask the same, of the runner and the offer that the other one had."""
    place = connection.execute(_PLACE, {"job": behind.job.id}).one()
    connection.execute(_BIND, {"pair": half.pair, "runner": place.id})
    asked = documents.loaded(Asked, half.asks)
    bound = replace(asked, bound=place_of(place.name, place.offer))
    shape = interned(connection, [bound])[bound]
    row: Row = {"rank": half.rank, "owner_id": half.job.owner, "shape_id": shape} | EMPTY
    key = ("rank", "owner_id", "shape_id")
    lanes = intern(connection, Lane, key, [row], {"matrix_id": half.job.matrix})
    return lanes[half.rank, half.job.owner, shape]


_THESE: BindParameter[int] = bindparam("jobs", expanding=True, type_=BIG)
_CONSUMERS = select(DependencyRow.job_id).where(DependencyRow.producer_id.in_(_THESE))
_OWN = len(Half._fields) - 2  # what a half has beside its pair and its job
_HALVES = (
    select(
        PairRow.chain,
        PairRow.repetition,
        PairRow.base_first == (JobRow.id == PairRow.base_job_id),
        PairRow.id,
        JobRow.end,
        JobRow.status,
        JobRow.reason,
        Lane.rank,
        JobRow.queued_at,
        JobRow.expires_at,
        Shape.document,
        IS_FED,
        *OPEN_JOB,
    )
    .join(JobRow, or_(JobRow.id == PairRow.base_job_id, JobRow.id == PairRow.head_job_id))
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(
        PairRow.chain.in_(
            select(PairRow.chain).where(
                or_(
                    PairRow.base_job_id.in_(_THESE),
                    PairRow.head_job_id.in_(_THESE),
                    PairRow.base_job_id.in_(_CONSUMERS),
                    PairRow.head_job_id.in_(_CONSUMERS),
                )
            )
        )
    )
)
_PAIR = select(PairRow.id).where(
    or_(PairRow.base_job_id == bindparam("job"), PairRow.head_job_id == bindparam("job"))
)
_PLACE = (
    select(Runner.id, Runner.name, AttemptRow.offer)
    .join(AttemptRow, AttemptRow.runner_id == Runner.id)
    .join(JobRow, and_(JobRow.id == AttemptRow.job_id, JobRow.fence == AttemptRow.fence))
    .where(JobRow.id == bindparam("job"))
)
_BIND = update(PairRow).where(PairRow.id == bindparam("pair")).values(bound_to=bindparam("runner"))
_UNBIND = (
    update(PairRow)
    .where(PairRow.id.in_(bindparam("pairs", expanding=True, type_=BIG)))
    .values(bound_to=None)
)
