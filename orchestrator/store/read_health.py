"""How a store is: its queue, its runners, how much there was of everything, and its size."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from matrix.status import Status
from orchestrator.server_views import Queue, Runners, StoreHealth, Totals
from orchestrator.store import documents
from orchestrator.store.budgets import Price, balances
from orchestrator.store.columns import JobState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.recorded import EventRow, ReportRow
from orchestrator.store.sizes import whole
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, JobRow, Lane, OfferRow, Owner, Runner, RunRow, Shape

WINDOW = timedelta(minutes=5)
MOST_CLAIMS = 10_000  # looked at, however many there were


def health(store: Store) -> StoreHealth:
    """Eleven queries, three more with budgets; none grows with history: only open jobs count."""
    now = store.clock.now()
    with store.read() as connection:
        claims, window = _claims(connection, now)
        return StoreHealth(
            queue=_queue(connection, now),
            claims=claims,
            window=window,
            totals=Totals._make(connection.execute(_TOTALS).one()),
            runners=_runners(connection),
            states=_states(connection),
            last_event_at=connection.scalar(_LAST_EVENT),
            database="sqlite" if store.is_sqlite else "postgresql",
            database_bytes=whole(connection, is_sqlite=store.is_sqlite),
        )


def database_bytes(store: Store) -> int:
    """The size of the whole database; SQLite's log of changes beside the file is not counted."""
    with store.read() as connection:
        return whole(connection, is_sqlite=store.is_sqlite)


def _queue(connection: Connection, now: datetime) -> Queue:
    waiting = {bool(unmet): int(count) for unmet, count in connection.execute(_WAITING)}
    held = {state: int(count) for state, count in connection.execute(_HELD)}
    return Queue(
        waiting.get(False, 0),
        waiting.get(True, 0),
        held.get(JobState.LEASED, 0),
        held.get(JobState.SUBMITTED, 0),
        held.get(JobState.RUNNING, 0),
        _oldest(connection, now),
    )


def _oldest(connection: Connection, now: datetime) -> datetime | None:
    """When the one was queued that waits longest; who waits for a budget is not kept by runners."""
    known = balances(connection, now)
    if not known.budgets:
        return connection.scalar(_OLDEST)
    rows = connection.execute(_OLDEST_OF)
    waiting = (row[3] for row in rows if not known.shortage(Price(row[0], row[1], row[2])))
    return min(waiting, default=None)


def _claims(connection: Connection, now: datetime) -> tuple[int, timedelta]:
    """How many attempts began lately, and in how long."""
    count, first = connection.execute(_CLAIMS, {"since": now - WINDOW}).one()
    return (count, now - first) if count == MOST_CLAIMS else (count, WINDOW)


def _runners(connection: Connection) -> Runners:
    counted = {gone: int(count) for gone, count in connection.execute(_RUNNERS)}
    slots = sum(documents.offer(offer).slots for offer in connection.scalars(_OFFERS))
    return Runners(counted.get(False, 0), counted.get(True, 0), slots)


def _states(connection: Connection) -> tuple[tuple[Status | None, int], ...]:
    counted = {status: int(count) for status, count in connection.execute(_STATES)}
    return tuple((status, counted.get(status, 0)) for status in (*Status, None))


_UNMET = Shape.unmet != ""
_WAITING = (
    select(_UNMET, func.sum(Lane.queued))
    .join(Shape, Shape.id == Lane.shape_id)
    .where(Lane.waiting)
    .group_by(_UNMET)
)
_OLDEST = (
    select(func.min(JobRow.queued_at))
    .join(Lane, Lane.head == JobRow.id)
    .join(Shape, Shape.id == Lane.shape_id)
    .where(Lane.waiting, Shape.unmet == "")
)
_OLDEST_OF = (
    select(Lane.matrix_id, Owner.name, Shape.cost, func.min(JobRow.queued_at))
    .join(JobRow, Lane.head == JobRow.id)
    .join(Owner, Owner.id == Lane.owner_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .where(Lane.waiting, Shape.unmet == "")
    .group_by(Lane.matrix_id, Owner.name, Shape.cost)
)
_HELD = (
    select(JobRow.state, func.count())
    .where(JobRow.state.in_([JobState.LEASED, JobState.SUBMITTED, JobState.RUNNING]))
    .group_by(JobRow.state)
)
_NEWEST = select(AttemptRow.claimed_at).order_by(AttemptRow.id.desc()).limit(MOST_CLAIMS).subquery()
_CLAIMS = select(func.count(), func.min(_NEWEST.c.claimed_at)).where(
    _NEWEST.c.claimed_at >= bindparam("since")
)
# Ids rise by one and nothing of these is ever deleted but the oldest events.
_TOTALS = select(
    *(
        func.coalesce(select(func.max(table.id)).scalar_subquery(), 0)
        for table in (RunRow, JobRow, AttemptRow, ReportRow, EventRow)
    )
)
_RUNNERS = select(Runner.gone, func.count()).group_by(Runner.gone)
_OFFERS = (
    select(OfferRow.document).join(Runner, Runner.id == OfferRow.runner_id).where(~Runner.gone)
)
_STATES = (
    select(CellStateRow.status, func.count())
    .where(CellStateRow.planned)
    .group_by(CellStateRow.status)
)
_LAST_EVENT = select(EventRow.at).order_by(EventRow.id.desc()).limit(1)
