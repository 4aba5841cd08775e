"""What registered runners offer to open axes: runs and pages take the playground from here."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, or_, select

from matrix.expand import expand
from matrix.model import Job, Matrix
from matrix.occasion import ANY, Occasion
from matrix.playground import listed
from orchestrator.store import documents
from orchestrator.store.store import Store
from orchestrator.store.work import OfferRow, Runner
from runners.work import Offer

REMEMBERED = timedelta(days=30)


def offers(store: Store) -> tuple[Offer, ...]:
    """The offers of all runners that are there, those that came first first."""
    with store.read() as connection:
        return tuple(map(documents.offer, connection.scalars(_THERE)))


def jobs(store: Store, matrix: Matrix, occasion: Occasion = ANY) -> tuple[Job, ...]:
    """What a run of the matrix has: on the playground, what is offered at present."""
    return expand(matrix, offers(store) if listed(matrix) else (), occasion)


def remembered_jobs(store: Store, matrix: Matrix, occasion: Occasion = ANY) -> tuple[Job, ...]:
    """What pages show: also what runners offered that left less than 30 days ago."""
    if not listed(matrix):
        return expand(matrix, (), occasion)
    since = {"since": store.clock.now() - REMEMBERED}
    with store.read() as connection:
        texts = connection.scalars(_REMEMBERED, since)
        return expand(matrix, tuple(map(documents.offer, texts)), occasion)


_OFFERED = select(OfferRow.document).join(Runner, Runner.id == OfferRow.runner_id)
_THERE = _OFFERED.where(Runner.gone.is_(False)).order_by(OfferRow.id)
_REMEMBERED = _OFFERED.where(
    or_(Runner.gone.is_(False), Runner.seen_at > bindparam("since"))
).order_by(Runner.gone, OfferRow.id)
