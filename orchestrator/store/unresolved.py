"""Jobs whose environment cannot be resolved end at once, in the resolver's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select

from matrix.status import Layer, Status
from orchestrator.store import documents
from orchestrator.store.columns import WAITING, End
from orchestrator.store.locks import Missing
from orchestrator.store.open_jobs import OPEN_JOB, OpenJob
from orchestrator.store.policy import Fate
from orchestrator.store.settling import Ending, settle
from orchestrator.store.shapes import UNLOCKED, Asked, Offers, count_unoffered, present
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow, Lane, RunRow, Shape


class Refusal(NamedTuple):
    """Why there is no lock: no versions meet what is asked, or the resolver itself failed."""

    sentence: str
    resolver_failed: bool = False


def end_unresolvable(store: Store, refusals: Mapping[Missing, Refusal]) -> int:
    """End the queued jobs that only these locks would let run; how many that were.

    They are SKIP (capacity) where no versions meet what is asked, and MISS (infra) where the
    resolver failed. A job that a runner of another platform may still take goes on waiting.
    """
    if not refusals:
        return 0
    now = store.clock.now()
    with store.write() as connection:
        there = present(connection)
        shapes = connection.execute(_UNLOCKED).all()
        fates = {row: _fate(there, documents.loaded(Asked, d), refusals) for row, d in shapes}
        ended = {row: fate for row, fate in fates.items() if fate is not None}
        rows = connection.execute(_JOBS, {"shapes": list(ended)}).all()
        settle(connection, [Ending(OpenJob._make(row[1:]), ended[row[0]]) for row in rows], now)
        count_unoffered(connection)
    return len(rows)


def _fate(there: Offers, asked: Asked, refusals: Mapping[Missing, Refusal]) -> Fate | None:
    """None where some platform may still be resolved; what the resolver missed goes first."""
    platforms = sorted({offer.platform for _, offer in there.meeting(asked)})
    found = [refusals.get(Missing(asked.request, platform)) for platform in platforms]
    said = [refusal for refusal in found if refusal is not None]
    if not said or len(said) < len(found):
        return None
    return _worst(said)


def _worst(said: Sequence[Refusal]) -> Fate:
    failed = [refusal for refusal in said if refusal.resolver_failed]
    if failed:
        return Fate(End.REPORTED, Status.MISS, Layer.INFRA, failed[0].sentence)
    return Fate(End.REPORTED, Status.SKIP, Layer.CAPACITY, said[0].sentence)


_UNLOCKED = select(Shape.id, Shape.document).where(Shape.unmet == UNLOCKED)
_JOBS = (
    select(Lane.shape_id, *OPEN_JOB)
    .select_from(JobRow)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(
        JobRow.state.in_(WAITING),
        Lane.shape_id.in_(bindparam("shapes", expanding=True)),
    )
    .order_by(JobRow.id)
)
