"""Claims: many jobs leased at once, in the queue's order, at a cost that ignores its length."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from itertools import product
from typing import NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, insert, select, update

from matrix.needs import devices_of
from orchestrator.dispatch.port import Room
from orchestrator.store import artifacts, documents
from orchestrator.store.accounts import Whose, hold
from orchestrator.store.announcing import heard
from orchestrator.store.budgets import Purse, affordable
from orchestrator.store.columns import BIG, AttemptState, JobState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import Row, next_id
from orchestrator.store.lanes import change
from orchestrator.store.months import month_of
from orchestrator.store.policy import LEASE, grace
from orchestrator.store.shapes import asked
from orchestrator.store.store import Store
from orchestrator.store.tickets import JobOrigin, is_fed, lock_of, origins, ticket, timeout_of
from orchestrator.store.touch import touch
from orchestrator.store.work import AttemptRow, Fit, JobRow, Lane, OfferRow, Owner, Shape
from runners.work import Lock, Offer, Phase, Ticket


class Head(NamedTuple):
    """A lane that has something for this runner, its oldest job, and who can take it."""

    lane: int
    rank: int
    owner: int
    oldest: int
    offers: tuple[int, ...]


class Place(NamedTuple):
    """An offer of the runner, how much of it is free, and its digest."""

    offer: Offer
    free: int
    digest: str


class Choice(NamedTuple):
    """A job, and the row of the offer that it goes to."""

    job: int
    offer: int


def claim(store: Store, runner: int, rooms: Sequence[Room]) -> tuple[Ticket, ...]:
    """Lease at most `free` jobs for each room in one transaction; none where nothing waits."""
    wanted = {digest_of(room.offer): room for room in rooms if room.free > 0}
    if not wanted:
        return ()
    heard(store, runner)
    with store.read() as connection:  # an empty queue costs no write transaction
        places = _places(connection, runner, wanted)
        if connection.execute(_ANY, {"offers": list(places)}).first() is None:
            return ()
    now = store.clock.now()
    with store.write() as connection:
        pick = _Pick(connection, {row: place.free for row, place in places.items()}, now)
        choices = pick.choices()
        return _lease(connection, runner, choices, places, now) if choices else ()


def digest_of(offer: Offer) -> str:
    """What names an offer among those of its runner."""
    return documents.digest(documents.dumped(Offer, offer))


def _places(connection: Connection, runner: int, wanted: dict[str, Room]) -> dict[int, Place]:
    rows = connection.execute(_OFFERS, {"runner": runner, "digests": list(wanted)})
    return {row: Place(wanted[digest].offer, wanted[digest].free, digest) for row, digest in rows}


def _heads(
    connection: Connection, owners: Iterable[int], free: dict[int, int], purse: Purse
) -> tuple[Head, ...]:
    """Each owner's first lanes for each offer: as many as there is room, so none is missed.

    Lanes whose jobs cost more than their owner's budget has left are left out.
    """
    lanes: dict[int, Head] = {}
    most = sum(free.values())
    for owner, offer in product(owners, free):
        capped, limits = purse.limits(owner)
        wanted = {"owner": owner, "offer": offer, "most": most, **limits}
        for lane, rank, oldest in connection.execute(_heads_of(capped), wanted):
            known = lanes.get(lane)
            offers = (*(known.offers if known else ()), offer)
            lanes[lane] = Head(lane, rank, owner, oldest, offers)
    return tuple(lanes.values())


@lru_cache(maxsize=64)
def _heads_of(capped: int) -> Select[int, int, int]:
    """The query of an owner's first lanes, whose time is capped in so many matrices."""
    if not capped:
        return _HEADS
    return _HEADS.join(Shape, Shape.id == Lane.shape_id).where(affordable(capped))


class _Pick:
    """Chooses jobs one by one: priority, then the owner who holds least, then age.

    What an owner's budget does not admit is passed over, whatever its priority.

    Ids beyond a lane's oldest are read only when the lane comes to its turn again.
    """

    def __init__(self, connection: Connection, free: dict[int, int], now: datetime) -> None:
        self._connection = connection
        self._free = free
        owners = connection.execute(_WAITING_OWNERS).all()
        self._leased = {one[0]: one[1] for one in owners}
        self._purse = Purse.opened(connection, {one[0]: one[2] for one in owners}, now)
        heads = _heads(connection, self._leased, free, self._purse)
        self._purse.look_at(connection, [head.lane for head in heads])
        self._next = {head.lane: deque([head.oldest]) for head in heads}
        self._groups: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._offers = {head.lane: head.offers for head in heads}
        for head in heads:
            heappush(self._groups[head.rank, head.owner], (head.oldest, head.lane))

    def choices(self) -> tuple[Choice, ...]:
        """As many jobs as there is room for."""
        chosen = []
        while any(self._groups.values()) and any(self._free.values()):
            group = self._turn()
            job, lane = heappop(self._groups[group])
            offer = next((row for row in self._offers[lane] if self._free[row] > 0), None)
            if offer is None or not self._purse.takes(lane):
                continue  # no room is left for this lane's shape, or no budget
            self._free[offer] -= 1
            self._leased[group[1]] += 1
            chosen.append(Choice(job, offer))
            self._advance(group, lane)
        return tuple(chosen)

    def _turn(self) -> tuple[int, int]:
        filled = [group for group, lanes in self._groups.items() if lanes]
        return min(filled, key=lambda g: (g[0], self._leased[g[1]], self._groups[g][0]))

    def _advance(self, group: tuple[int, int], lane: int) -> None:
        waiting = self._next[lane]
        last = waiting.popleft()
        if not waiting:
            most = sum(self._free[row] for row in self._offers[lane])
            after = {"lane": lane, "after": last, "most": most}
            waiting.extend(self._connection.scalars(_NEXT, after) if most else ())
        if waiting:
            heappush(self._groups[group], (waiting[0], lane))


def _lease(
    connection: Connection,
    runner: int,
    choices: Sequence[Choice],
    places: dict[int, Place],
    now: datetime,
) -> tuple[Ticket, ...]:
    jobs = origins(connection, [choice.job for choice in choices])
    locks: dict[tuple[str, int], tuple[int | None, Lock | None]] = {}
    leased: dict[int | None, list[int]] = defaultdict(list)
    held: dict[Whose, timedelta] = defaultdict(timedelta)
    given, attempts = [], []
    fed = [job.id for job in jobs.values() if is_fed(job)]
    inputs = artifacts.inputs(connection, fed, now) if fed else {}
    first = next_id(connection, AttemptRow)
    for number, choice in enumerate(choices):
        job, place = jobs[choice.job], places[choice.offer]
        asks = (job.origin.asked, choice.offer)
        if asks not in locks:
            locks[asks] = lock_of(connection, job, place.offer)
        row, lock = locks[asks]
        made = ticket(job, job.fence + 1, place.offer, lock, now.date())
        given.append(replace(made, inputs=inputs[job.id]) if job.id in inputs else made)
        leased[row].append(job.id)
        claimed = {"offer": place.digest}
        attempts.append(_attempt(first + number, job, runner, now) | claimed)
        held[Whose(job.matrix, job.owner)] += attempts[-1]["reserved"]
    for row, ids in leased.items():
        connection.execute(_LEASED, {"jobs": ids, "lock": row})
    connection.execute(_ATTEMPTS, attempts)
    hold(connection, held)
    _count(connection, list(jobs.values()), now)
    return tuple(given)


def _attempt(row: int, job: JobOrigin, runner: int, now: datetime) -> Row:
    limit, devices = timeout_of(job.origin), devices_of(asked(job.origin.asked).needs)
    patience = grace(limit)
    return {
        "id": row,
        "job_id": job.id,
        "fence": job.fence + 1,
        "runner_id": runner,
        "state": AttemptState.OPEN,
        "phase": Phase.ASSIGNED,
        "claimed_at": now,
        "ended_at": None,
        "lost_at": now + LEASE + patience,
        "grace_seconds": patience.total_seconds(),
        "done": 0,
        "total": 0,
        "note": "",
        "month": month_of(now),
        "devices": devices,
        "reserved": devices * limit,
    }


def _count(connection: Connection, jobs: Sequence[JobOrigin], now: datetime) -> None:
    """Counters, versions and events of what has just been leased."""
    more = [{"row": k, "n": n} for k, n in Counter(job.owner for job in jobs).items()]
    states = [{"row": k, "n": n} for k, n in Counter(job.state for job in jobs).items()]
    change(connection, Counter({k: -n for k, n in Counter(job.lane for job in jobs).items()}))
    connection.execute(_OWNERS, more)
    connection.execute(_STATES, states)
    for matrix in sorted({job.matrix for job in jobs}):
        touch(connection, matrix, sorted({job.state for job in jobs if job.matrix == matrix}))
    emit(
        connection,
        now,
        [Draft(job.matrix, "job", str(job.id), {"state": "leased"}) for job in jobs],
    )


_OFFERS = select(OfferRow.id, OfferRow.digest).where(
    OfferRow.runner_id == bindparam("runner"),
    OfferRow.digest.in_(bindparam("digests", expanding=True)),
)
_ANY = (
    select(Lane.id)
    .join(Fit, Fit.shape_id == Lane.shape_id)
    .where(Lane.waiting.is_(True), Fit.offer_id.in_(bindparam("offers", expanding=True)))
    .limit(1)
)
_WAITING_OWNERS = select(Owner.id, Owner.leased, Owner.name).where(
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
_LEASED = (
    update(JobRow)
    .where(JobRow.id.in_(bindparam("jobs", expanding=True, type_=BIG)))
    .values(
        state=JobState.LEASED,
        fence=JobRow.fence + 1,
        tries=JobRow.tries + 1,
        lock_id=bindparam("lock"),
    )
)
_ATTEMPTS = insert(AttemptRow)
_OWNERS = (
    update(Owner).where(Owner.id == bindparam("row")).values(leased=Owner.leased + bindparam("n"))
)
_STATES = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("row"))
    .values(
        queued=CellStateRow.queued - bindparam("n"), running=CellStateRow.running + bindparam("n")
    )
)
