"""Whose turn it is: the jobs that a claim takes, in the queue's order."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, select

from orchestrator.store.budgets import Purse, affordable
from orchestrator.store.columns import JobState
from orchestrator.store.work import Fit, JobRow, Lane, Owner, Shape


class Choice(NamedTuple):
    """A job, and the row of the offer that it goes to."""

    job: int
    offer: int


def chosen(connection: Connection, free: dict[int, int], now: datetime) -> tuple[Choice, ...]:
    """As many jobs as there is room for, by the rows of the offers that have some."""
    return _Pick(connection, free, now).choices()


class _Head(NamedTuple):
    """A lane that has something for this runner, its oldest job, and who can take it."""

    lane: int
    rank: int
    owner: int
    oldest: int
    offers: tuple[int, ...]


class _Pick:
    """Chooses jobs one by one: priority, who holds least, whose turn was longest ago, then age.

    With fewer slots than owners most hold nothing: by age alone, who queued first would be served
    again and again. What an owner's budget does not admit is passed over, whatever its priority.

    Ids beyond a lane's oldest are read only when the lane comes to its turn again.
    """

    def __init__(self, connection: Connection, free: dict[int, int], now: datetime) -> None:
        self._connection = connection
        self._free = free
        owners = connection.execute(_WAITING_OWNERS).all()
        self._leased = {one.id: one.leased for one in owners}
        self._served = {one.id: one.served for one in owners}
        self._purse = Purse.opened(connection, {one.id: one.name for one in owners}, now)
        heads = _heads(connection, self._leased, free, self._purse)
        self._purse.look_at(connection, [head.lane for head in heads])
        self._next = {head.lane: deque([head.oldest]) for head in heads}
        self._groups: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._offers = {head.lane: head.offers for head in heads}
        for head in heads:
            heappush(self._groups[head.rank, head.owner], (head.oldest, head.lane))

    def choices(self) -> tuple[Choice, ...]:
        """As many jobs as there is room for."""
        taken = []
        while any(self._groups.values()) and any(self._free.values()):
            group = self._turn()
            job, lane = heappop(self._groups[group])
            offer = next((row for row in self._offers[lane] if self._free[row] > 0), None)
            if offer is None or not self._purse.takes(lane):
                continue  # no room is left for this lane's shape, or no budget
            self._free[offer] -= 1
            self._serve(group[1])
            taken.append(Choice(job, offer))
            self._advance(group, lane)
        return tuple(taken)

    def _turn(self) -> tuple[int, int]:
        filled = [group for group, lanes in self._groups.items() if lanes]
        return min(filled, key=self._order)

    def _order(self, group: tuple[int, int]) -> tuple[int, int, int, tuple[int, int]]:
        rank, owner = group
        return rank, self._leased[owner], self._served[owner], self._groups[group][0]

    def _serve(self, owner: int) -> None:
        self._leased[owner] += 1
        self._served[owner] = max(self._served.values()) + 1

    def _advance(self, group: tuple[int, int], lane: int) -> None:
        waiting = self._next[lane]
        last = waiting.popleft()
        if not waiting:
            most = sum(self._free[row] for row in self._offers[lane])
            after = {"lane": lane, "after": last, "most": most}
            waiting.extend(self._connection.scalars(_NEXT, after) if most else ())
        if waiting:
            heappush(self._groups[group], (waiting[0], lane))


def _heads(
    connection: Connection, owners: Iterable[int], free: dict[int, int], purse: Purse
) -> tuple[_Head, ...]:
    """Each owner's first lanes for each offer: as many as there is room, so none is missed.

    Lanes whose jobs cost more than their owner's budget has left are left out.
    """
    lanes: dict[int, _Head] = {}
    most = sum(free.values())
    for owner, offer in product(owners, free):
        capped, limits = purse.limits(owner)
        wanted = {"owner": owner, "offer": offer, "most": most, **limits}
        for lane, rank, oldest in connection.execute(_heads_of(capped), wanted):
            known = lanes.get(lane)
            offers = (*(known.offers if known else ()), offer)
            lanes[lane] = _Head(lane, rank, owner, oldest, offers)
    return tuple(lanes.values())


@lru_cache(maxsize=64)
def _heads_of(capped: int) -> Select[int, int, int]:
    """The query of an owner's first lanes, whose time is capped in so many matrices."""
    if not capped:
        return _HEADS
    return _HEADS.join(Shape, Shape.id == Lane.shape_id).where(affordable(capped))


_WAITING_OWNERS = select(Owner.id, Owner.name, Owner.leased, Owner.served).where(
    exists().where(Lane.owner_id == Owner.id, Lane.waiting.is_(True))
)
_HEADS = (
    select(Lane.id, Lane.rank, Lane.head)
    .join(Fit, and_(Fit.shape_id == Lane.shape_id, Fit.offer_id == bindparam("offer")))
    .where(Lane.owner_id == bindparam("owner"), Lane.waiting.is_(True))
    .order_by(Lane.rank, Lane.head)
    .limit(bindparam("most"))
)
_NEXT = (
    select(JobRow.id)
    .where(
        JobRow.lane_id == bindparam("lane"),
        JobRow.state == JobState.QUEUED,
        JobRow.id > bindparam("after"),
    )
    .order_by(JobRow.id)
    .limit(bindparam("most"))
)
