"""Runners, as readers see them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from orchestrator.store import documents
from orchestrator.store.columns import AttemptState
from orchestrator.store.read_jobs import by_id
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, OfferRow, Owner, Runner
from orchestrator.views import JobView, RunnerView
from runners.work import Offer

RECENT = 20


def runners(store: Store) -> tuple[RunnerView, ...]:
    """All runners by name, without their jobs: two queries."""
    with store.read() as connection:
        offers = defaultdict(list)
        for runner, text in connection.execute(_OFFERS):
            offers[runner].append(documents.offer(text))
        return tuple(_view(row, offers[row.id]) for row in connection.execute(_RUNNERS))


def runner(store: Store, name: str) -> RunnerView | None:
    """A runner with what it runs now and ran last: six queries."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_ONE, {"name": name}).first()
        if row is None:
            return None
        texts = connection.scalars(_MINE, {"runner": row.id})
        offers = [documents.offer(text) for text in texts]
        return _view(
            row,
            offers,
            running=_jobs(connection, row.id, now, open_ones=True),
            recent=_jobs(connection, row.id, now, open_ones=False),
        )


def _jobs(
    connection: Connection, runner: int, now: datetime, *, open_ones: bool
) -> tuple[JobView, ...]:
    held = AttemptRow.state == AttemptState.OPEN
    newest = (
        select(AttemptRow.job_id)
        .where(AttemptRow.runner_id == runner, held if open_ones else ~held)
        .order_by(AttemptRow.id.desc())
        .limit(RECENT)
    )
    return by_id(connection, list(connection.scalars(newest)), now)


def _view(
    row: Row[*tuple[Any, ...]],
    offers: list[Offer],
    running: tuple[JobView, ...] = (),
    recent: tuple[JobView, ...] = (),
) -> RunnerView:
    return RunnerView(
        id=row.id,
        name=row.name,
        label=row.label,
        owner=row.owner,
        kind=row.kind,
        state="gone" if row.gone else "ready",
        simulated=row.simulated,
        seen_at=row.seen_at,
        offers=tuple(offer.labels for offer in offers),
        slots=sum(offer.slots for offer in offers),
        facts=documents.facts(row.facts),
        running=running,
        recent=recent,
        places=tuple(offers),
    )


_RUNNERS = (
    select(
        Runner.id,
        Runner.name,
        Runner.label,
        Owner.name.label("owner"),
        Runner.kind,
        Runner.gone,
        Runner.simulated,
        Runner.seen_at,
        Runner.facts,
    )
    .join(Owner, Owner.id == Runner.owner_id)
    .order_by(Runner.name)
)
_ONE = _RUNNERS.where(Runner.name == bindparam("name"))
_OFFERS = select(OfferRow.runner_id, OfferRow.document).order_by(OfferRow.id)
_MINE = (
    select(OfferRow.document).where(OfferRow.runner_id == bindparam("runner")).order_by(OfferRow.id)
)
