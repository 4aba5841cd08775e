"""Claims: many jobs leased at once, in the queue's order, at a cost that ignores its length."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from matrix.needs import devices_of
from orchestrator.dispatch.port import Room
from orchestrator.store import artifacts, documents
from orchestrator.store.accounts import Whose, hold
from orchestrator.store.announcing import heard
from orchestrator.store.columns import BIG, AttemptState, JobState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.fair_order import Choice, chosen
from orchestrator.store.ids import Row, next_id
from orchestrator.store.lanes import change
from orchestrator.store.months import month_of
from orchestrator.store.policy import LEASE, grace
from orchestrator.store.shapes import asked
from orchestrator.store.store import Store
from orchestrator.store.tickets import JobOrigin, is_fed, lock_of, origins, ticket, timeout_of
from orchestrator.store.touch import touch
from orchestrator.store.work import AttemptRow, Fit, JobRow, Lane, OfferRow, Owner
from runners.work import Lock, Offer, Phase, Ticket


class Place(NamedTuple):
    """An offer of the runner, how much of it is free, and its digest."""

    offer: Offer
    free: int
    digest: str


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
        choices = chosen(connection, {row: place.free for row, place in places.items()}, now)
        return _lease(connection, runner, choices, places, now) if choices else ()


def digest_of(offer: Offer) -> str:
    """What names an offer among those of its runner."""
    return documents.digest(documents.dumped(Offer, offer))


def _places(connection: Connection, runner: int, wanted: dict[str, Room]) -> dict[int, Place]:
    rows = connection.execute(_OFFERS, {"runner": runner, "digests": list(wanted)})
    return {row: Place(wanted[digest].offer, wanted[digest].free, digest) for row, digest in rows}


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
    served = {jobs[choice.job].owner: first + n for n, choice in enumerate(choices)}
    _count(connection, list(jobs.values()), served, now)
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


def _count(
    connection: Connection, jobs: Sequence[JobOrigin], served: Mapping[int, int], now: datetime
) -> None:
    """Counters, versions and events of what has just been leased; owners' newest attempts."""
    owners = Counter(job.owner for job in jobs)
    more = [{"row": k, "n": n, "attempt": served[k]} for k, n in owners.items()]
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
    update(Owner)
    .where(Owner.id == bindparam("row"))
    .values(leased=Owner.leased + bindparam("n"), served=bindparam("attempt"))
)
_STATES = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("row"))
    .values(
        queued=CellStateRow.queued - bindparam("n"), running=CellStateRow.running + bindparam("n")
    )
)
