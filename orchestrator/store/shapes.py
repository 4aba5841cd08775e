"""Shapes: what jobs ask of a runner, interned, and which offers satisfy each.

Judged when a runner announces, when a shape is new and when a lock comes, never at a claim.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import aliased

from matrix.model import ACCELERATOR, SITE, Needs
from matrix.needs import devices_of, first_unmet
from orchestrator.store import documents
from orchestrator.store.columns import WAITING, JobState
from orchestrator.store.declared import CellStateRow, LockRow
from orchestrator.store.documents import Pairs
from orchestrator.store.ids import intern
from orchestrator.store.touch import touch
from orchestrator.store.work import (
    DependencyRow,
    Fit,
    JobRow,
    Lane,
    OfferRow,
    Runner,
    RunRow,
    Shape,
)
from runners.work import Offer

Square = tuple[str, ...]  # a site and an accelerator, or the site alone
UNLOCKED = "its environment is not resolved yet"


@dataclass(frozen=True, slots=True)
class Asked:
    """The point, the needs, and the digest of the lock request ("": no environment).

    One `bound` to a place (`place_of`) can be met there alone. `limit` is how long an attempt may
    run at most.
    """

    cell: Pairs
    needs: Needs
    request: str
    bound: str = ""
    limit: timedelta = timedelta()

    @property
    def cost(self) -> timedelta:
        """The device time that one attempt may take."""
        return devices_of(self.needs) * self.limit


@lru_cache(maxsize=4096)
def asked(text: str) -> Asked:
    """What a shape asks."""
    return documents.loaded(Asked, text)


@dataclass(frozen=True, slots=True)
class Offers:
    """All offers of runners that are there, by row id, and the locks there are.

    They lie `at` their squares (`by_square`): what is asked of one is not held against every other.
    `places` says of each row whose offer it is (`place_of`).
    """

    at: Mapping[Square, Sequence[tuple[int, Offer]]]
    locks: frozenset[tuple[str, str]]
    places: Mapping[int, str]

    def fitting(self, asked: Asked) -> tuple[int, ...]:
        """Row ids of the offers that can take it now."""
        return tuple(row for row, offer in self.meeting(asked) if self._has_lock(asked, offer))

    def meeting(self, asked: Asked) -> tuple[tuple[int, Offer], ...]:
        """The offers that meet its needs, whether or not its environment is resolved."""
        return tuple(
            row for row in self._near(asked) if not first_unmet(asked.cell, asked.needs, (row[1],))
        )

    def unmet(self, asked: Asked) -> str:
        """The first need that nothing here meets, "" where something does."""
        near = self._near(asked)
        if asked.bound and not near:
            runner = asked.bound.split()[0]
            return f"its pair began on {runner}, which does not offer that place now"
        nearest = near or self.at.get(_square(asked.cell)[:1], ())
        reason = first_unmet(asked.cell, asked.needs, tuple(offer for _, offer in nearest))
        return reason or ("" if self.fitting(asked) else UNLOCKED)

    def _near(self, asked: Asked) -> Sequence[tuple[int, Offer]]:
        """The offers at its square, or the one of them that it is bound to."""
        there = self.at.get(_square(asked.cell), ())
        if not asked.bound:
            return there
        return [row for row in there if self.places.get(row[0]) == asked.bound]

    def _has_lock(self, asked: Asked, offer: Offer) -> bool:
        return not asked.request or (asked.request, offer.platform) in self.locks


def present(connection: Connection) -> Offers:
    """What is offered now."""
    offers = connection.execute(_PRESENT).all()
    locks = connection.execute(select(LockRow.request, LockRow.platform))
    return Offers(
        by_square((one.id, documents.offer(one.document)) for one in offers),
        frozenset((request, platform) for request, platform in locks),
        {one.id: place_of(one.name, one.digest) for one in offers},
    )


def by_square(offers: Iterable[tuple[int, Offer]]) -> Mapping[Square, Sequence[tuple[int, Offer]]]:
    """Offers at their site and accelerator, and once more at their site alone."""
    at: dict[Square, list[tuple[int, Offer]]] = defaultdict(list)
    for row in offers:
        square = _square(row[1].labels)
        at[square].append(row)
        at[square[:1]].append(row)
    return dict(at)


def place_of(runner: str, offer: str) -> str:
    """A runner and one of its offers, by digest, as one word of what is asked."""
    return f"{runner} {offer}"


def _square(pairs: Pairs) -> Square:
    """The site and accelerator of a point or of labels."""
    point = dict(pairs)
    return point.get(SITE, ""), point.get(ACCELERATOR, "")


def interned(connection: Connection, asked: Iterable[Asked]) -> dict[Asked, int]:
    """Shape ids; new shapes are judged at once."""
    texts = {one: documents.dumped(Asked, one) for one in dict.fromkeys(asked)}
    digests = {one: documents.digest(text) for one, text in texts.items()}
    rows = [
        {"digest": digests[one], "document": texts[one], "unmet": "", "cost": one.cost}
        for one in texts
    ]
    before = set(connection.scalars(select(Shape.id)))
    ids = intern(connection, Shape, ("digest",), rows)
    found = {one: ids[digests[one],] for one in texts}
    judge_again(connection, [shape for shape in found.values() if shape not in before])
    return found


def judge_again(connection: Connection, shapes: Sequence[int] | None = None) -> None:
    """Write which offers fit these shapes (None: all) and what is unmet; touch what changed."""
    there = present(connection)
    wanted = select(Shape.id, Shape.document, Shape.unmet)
    rows = connection.execute(wanted).all()
    if shapes is not None:
        chosen = set(shapes)
        rows = [row for row in rows if row[0] in chosen]
    judged = [(row[0], documents.loaded(Asked, row[1]), row[2]) for row in rows]
    _write_fits(
        connection, there, [(shape, asked) for shape, asked, _ in judged], anew=shapes is None
    )
    changed = [
        {"shape": shape, "now": now}
        for shape, asked, before in judged
        if (now := there.unmet(asked)) != before
    ]
    if changed:
        _write_unmet(connection, changed)


def _write_fits(
    connection: Connection, there: Offers, judged: Sequence[tuple[int, Asked]], *, anew: bool
) -> None:
    if anew:
        connection.execute(delete(Fit))
    elif judged:
        connection.execute(_UNFIT, [{"shape": shape} for shape, _ in judged])
    rows = [
        {"shape_id": shape, "offer_id": offer}
        for shape, asked in judged
        for offer in there.fitting(asked)
    ]
    if rows:
        connection.execute(insert(Fit), rows)


def _write_unmet(connection: Connection, changed: Sequence[dict[str, Any]]) -> None:
    connection.execute(_UNMET, changed)
    shapes = {row["shape"] for row in changed}
    states: dict[int, list[int]] = {}
    rows = select(CellStateRow.matrix_id, CellStateRow.id, CellStateRow.shape_id)
    for matrix, state, shape in connection.execute(rows.where(CellStateRow.shape_id.is_not(None))):
        if shape in shapes:
            states.setdefault(matrix, []).append(state)
    for matrix, touched in states.items():
        touch(connection, matrix, touched)
    count_unoffered(connection)


def count_unoffered(connection: Connection) -> None:
    """Open runs say how many of their jobs that wait nobody offers to run.

    A job that only waits for its environment to be resolved is offered; one that is fed by a job
    which is not, is not either.
    """
    waiting = (
        select(func.count())
        .select_from(JobRow)
        .join(Lane, Lane.id == JobRow.lane_id)
        .join(Shape, Shape.id == Lane.shape_id)
        .where(
            JobRow.run_id == RunRow.id,
            JobRow.state.in_(WAITING),
            is_unmet(),
        )
        .scalar_subquery()
    )
    connection.execute(update(RunRow).where(RunRow.ended_at.is_(None)).values(unoffered=waiting))
    behind = _behind(connection)
    if behind:
        connection.execute(_MORE, [{"run": run, "more": n} for run, n in behind.items()])


def _behind(connection: Connection) -> Counter[int]:
    """By run, the blocked jobs that could run but for the jobs that feed them."""
    rows = connection.execute(_BLOCKED).all()
    stuck = {row.producer for row in rows if row.is_stuck}
    counted: dict[int, int] = {}
    before = -1
    while before < len(counted):
        before = len(counted)
        for job, run, own, producer, _ in rows:
            if producer in stuck and not own:
                counted[job] = run
                stuck.add(job)
    return Counter(counted.values())


def is_unmet(shape: type[Shape] = Shape) -> ColumnElement[bool]:
    """Whether nothing that is offered meets a shape; one that only waits for its lock is met."""
    return shape.unmet.not_in(("", UNLOCKED))


_feeder, _their_lane, _their_shape = aliased(JobRow), aliased(Lane), aliased(Shape)
_BLOCKED = (
    select(
        JobRow.id,
        JobRow.run_id,
        is_unmet(),
        _feeder.id.label("producer"),
        and_(_feeder.state.in_(WAITING), is_unmet(_their_shape)).label("is_stuck"),
    )
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(DependencyRow, DependencyRow.job_id == JobRow.id)
    .join(_feeder, _feeder.id == DependencyRow.producer_id)
    .join(_their_lane, _their_lane.id == _feeder.lane_id)
    .join(_their_shape, _their_shape.id == _their_lane.shape_id)
    .where(JobRow.state == JobState.BLOCKED)
)
_MORE = (
    update(RunRow)
    .where(RunRow.id == bindparam("run"))
    .values(unoffered=RunRow.unoffered + bindparam("more"))
)
_UNFIT = delete(Fit).where(Fit.shape_id == bindparam("shape"))
_PRESENT = (
    select(OfferRow.id, OfferRow.document, OfferRow.digest, Runner.name)
    .join(Runner, Runner.id == OfferRow.runner_id)
    .where(Runner.gone.is_(False))
    .order_by(OfferRow.id)
)
_UNMET = update(Shape).where(Shape.id == bindparam("shape")).values(unmet=bindparam("now"))
