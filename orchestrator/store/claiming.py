"""Claims: many jobs leased at once, in the queue's order, at a cost that ignores its length."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, insert, select, update

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
from runners.work import Artifact, Lock, Offer, Phase, Ticket


class Place(NamedTuple):
    """An offer of the runner, how much of it is free, and its digest."""

    offer: Offer
    free: int
    digest: str


class _Claim(NamedTuple):
    """Whose claim it is, what it is called, and when it was made."""

    runner: int
    name: str
    now: datetime


def claim(store: Store, runner: int, rooms: Sequence[Room], name: str = "") -> tuple[Ticket, ...]:
    """Lease at most `free` jobs for each room in one transaction; none where nothing waits.

    A claim with the `name` of an earlier one, whose answer may not have arrived, has its answer:
    what of it is still held.
    """
    wanted = {digest_of(room.offer): room for room in rooms if room.free > 0}
    if not wanted:
        return ()
    heard(store, runner)
    with store.read() as connection:  # an empty queue costs no write transaction
        places = _places(connection, runner, wanted)
        is_known = name and connection.execute(_NAMED, {"runner": runner, "name": name}).first()
        if not is_known and connection.execute(_ANY, {"offers": list(places)}).first() is None:
            return ()
    now = store.clock.now()
    with store.write() as connection:
        if again := _again(connection, runner, name, now) if name else ():
            return again
        choices = chosen(connection, {row: place.free for row, place in places.items()}, now)
        told = _Claim(runner, name, now)
        return _lease(connection, told, choices, places) if choices else ()


def digest_of(offer: Offer) -> str:
    """What names an offer among those of its runner."""
    return documents.digest(documents.dumped(Offer, offer))


def _places(connection: Connection, runner: int, wanted: dict[str, Room]) -> dict[int, Place]:
    rows = connection.execute(_OFFERS, {"runner": runner, "digests": list(wanted)})
    return {row: Place(wanted[digest].offer, wanted[digest].free, digest) for row, digest in rows}


def _again(connection: Connection, runner: int, name: str, now: datetime) -> tuple[Ticket, ...]:
    """The tickets of a claim of that name, made once more."""
    rows = connection.execute(_NAMED, {"runner": runner, "name": name}).all()
    if not rows:
        return ()
    jobs = origins(connection, [row.job_id for row in rows])
    inputs = _inputs(connection, jobs.values(), now)
    made = []
    for row in rows:
        job, offer = jobs[row.job_id], documents.offer(row.document)
        _, lock = lock_of(connection, job, offer)
        one = ticket(job, row.fence, offer, lock, now.date())
        made.append(replace(one, inputs=inputs.get(job.id, ())))
    return tuple(made)


def _inputs(
    connection: Connection, jobs: Iterable[JobOrigin], now: datetime
) -> dict[int, tuple[Artifact, ...]]:
    """The files that jobs are given, of those that are given any."""
    fed = [job.id for job in jobs if is_fed(job)]
    return artifacts.inputs(connection, fed, now) if fed else {}


def _lease(
    connection: Connection,
    claimed: _Claim,
    choices: Sequence[Choice],
    places: dict[int, Place],
) -> tuple[Ticket, ...]:
    jobs = origins(connection, [choice.job for choice in choices])
    locks: dict[tuple[str, int], tuple[int | None, Lock | None]] = {}
    leased: dict[int | None, list[int]] = defaultdict(list)
    held: dict[Whose, timedelta] = defaultdict(timedelta)
    given, attempts = [], []
    inputs = _inputs(connection, jobs.values(), claimed.now)
    first = next_id(connection, AttemptRow)
    for number, choice in enumerate(choices):
        job, place = jobs[choice.job], places[choice.offer]
        asks = (job.origin.asked, choice.offer)
        if asks not in locks:
            locks[asks] = lock_of(connection, job, place.offer)
        row, lock = locks[asks]
        made = ticket(job, job.fence + 1, place.offer, lock, claimed.now.date())
        given.append(replace(made, inputs=inputs[job.id]) if job.id in inputs else made)
        leased[row].append(job.id)
        attempts.append(_attempt(first + number, job, claimed) | {"offer": place.digest})
        held[Whose(job.matrix, job.owner)] += attempts[-1]["reserved"]
    for row, ids in leased.items():
        connection.execute(_LEASED, {"jobs": ids, "lock": row})
    connection.execute(_ATTEMPTS, attempts)
    hold(connection, held)
    served = {jobs[choice.job].owner: first + n for n, choice in enumerate(choices)}
    _count(connection, list(jobs.values()), served, claimed.now)
    return tuple(given)


def _attempt(row: int, job: JobOrigin, claimed: _Claim) -> Row:
    now = claimed.now
    limit, devices = timeout_of(job.origin), devices_of(asked(job.origin.asked).needs)
    patience = grace(limit)
    return {
        "id": row,
        "job_id": job.id,
        "fence": job.fence + 1,
        "runner_id": claimed.runner,
        "claim": claimed.name,
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
_NAMED = (
    select(AttemptRow.job_id, AttemptRow.fence, OfferRow.document)
    .join(
        OfferRow,
        and_(OfferRow.runner_id == AttemptRow.runner_id, OfferRow.digest == AttemptRow.offer),
    )
    .where(
        AttemptRow.runner_id == bindparam("runner"),
        AttemptRow.state == AttemptState.OPEN,
        AttemptRow.claim == bindparam("name"),
    )
    .order_by(AttemptRow.id)
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
