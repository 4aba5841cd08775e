"""A runner introduces itself: its row, its offers, and what becomes feasible with them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from orchestrator.store import documents
from orchestrator.store.columns import AttemptState, Visibility
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import Row, intern, next_id
from orchestrator.store.queueing import owner_id
from orchestrator.store.shapes import judge_again
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, Fit, OfferRow, Runner
from runners.work import Fact, Offer, RunnerCard

GONE_AFTER = timedelta(minutes=5)
REMEMBER_EVERY = timedelta(minutes=1)


def announce(store: Store, card: RunnerCard) -> int:
    """Register or update a runner; what is feasible is judged anew if its offers changed."""
    now = store.clock.now()
    with store.write() as connection:
        runner = _save_runner(connection, card, now)
        if _save_offers(connection, runner, card):
            judge_again(connection)
        emit(connection, now, [Draft(None, "runner", card.name, {"state": "ready"})])
    return runner


def heard(store: Store, runner: int) -> None:
    """A runner spoke: remembered once a minute; one that was gone is back with its offers."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_HEARD, {"runner": runner}).first()
    if row is None or (not row.gone and row.seen_at > now - REMEMBER_EVERY):
        return
    with store.write() as connection:
        back = update(Runner).where(Runner.id == runner)
        connection.execute(back.values(seen_at=now, gone=False))
        if row.gone:
            judge_again(connection)
            emit(connection, now, [Draft(None, "runner", row.name, {"state": "ready"})])


def mark_gone(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Runners not heard of for 5 minutes that hold nothing are gone, and so are their offers."""
    holding = select(AttemptRow.runner_id).where(AttemptRow.state == AttemptState.OPEN)
    quiet = select(Runner.id, Runner.name).where(
        Runner.gone.is_(False), Runner.seen_at < now - GONE_AFTER, Runner.id.not_in(holding)
    )
    rows = connection.execute(quiet).all()
    if rows:
        left = update(Runner).where(Runner.id.in_([row.id for row in rows]))
        connection.execute(left.values(gone=True))
        judge_again(connection)
        emit(connection, now, [Draft(None, "runner", row.name, {"state": "gone"}) for row in rows])
    return tuple(row.name for row in rows)


def dismiss(store: Store, runner: int) -> None:
    """A runner says that it goes: it offers nothing until it is heard of again."""
    now = store.clock.now()
    with store.write() as connection:
        there = update(Runner).where(Runner.id == runner, Runner.gone.is_(False)).values(gone=True)
        name = connection.scalar(there.returning(Runner.name))
        if name is not None:
            judge_again(connection)
            emit(connection, now, [Draft(None, "runner", name, {"state": "gone"})])


def dismiss_all(store: Store) -> None:
    """A server starts: who served the one before offers nothing until it announces itself."""
    now = store.clock.now()
    with store.write() as connection:
        there = update(Runner).where(Runner.gone.is_(False)).values(gone=True)
        names = connection.scalars(there.returning(Runner.name)).all()
        if names:
            judge_again(connection)
            emit(
                connection, now, [Draft(None, "runner", name, {"state": "gone"}) for name in names]
            )


def _save_runner(connection: Connection, card: RunnerCard, now: datetime) -> int:
    owner = owner_id(connection, card.owner)
    said: Row = {
        "label": card.label,
        "owner_id": owner,
        "kind": card.kind,
        "simulated": card.simulated,
        "facts": documents.dumped(tuple[Fact, ...], card.facts),
        "seen_at": now,
    }
    fresh: Row = {
        "name": card.name,
        "gone": True,
        "registered_at": now,
        "visibility": Visibility.PUBLIC,
        "visible_until": None,
    }
    runner = intern(connection, Runner, ("name",), [fresh | said])[card.name,]
    connection.execute(update(Runner).where(Runner.id == runner).values(said))
    return runner


def _save_offers(connection: Connection, runner: int, card: RunnerCard) -> bool:
    """Replace the offers where they differ; True where what is offered has changed."""
    texts = {documents.dumped(Offer, offer) for offer in card.offers}
    digests = {documents.digest(text): text for text in texts}
    mine = select(OfferRow.id, OfferRow.digest).where(OfferRow.runner_id == runner)
    known = {digest: row for row, digest in connection.execute(mine)}
    back = update(Runner).where(Runner.id == runner, Runner.gone.is_(True)).values(gone=False)
    returned = connection.execute(back).rowcount > 0
    if set(known) == set(digests):
        return returned
    stale = [row for digest, row in known.items() if digest not in digests]
    connection.execute(delete(Fit).where(Fit.offer_id.in_(stale)))
    connection.execute(delete(OfferRow).where(OfferRow.id.in_(stale)))
    first = next_id(connection, OfferRow)
    fresh = sorted(set(digests) - set(known))
    rows: list[Row] = [
        {"id": first + n, "runner_id": runner, "digest": digest, "document": digests[digest]}
        for n, digest in enumerate(fresh)
    ]
    if rows:
        connection.execute(insert(OfferRow), rows)
    return True


_HEARD = select(Runner.seen_at, Runner.gone, Runner.name).where(Runner.id == bindparam("runner"))
