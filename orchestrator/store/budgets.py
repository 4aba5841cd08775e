"""Budgets as they stand: what each owner has left, and why a job waits for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)

from matrix.budget import NOTHING, Balance, Budget, Period, Used, began
from matrix.model import ACCELERATOR, SITE
from orchestrator.store import documents
from orchestrator.store.accounted import Account, DeviceTime
from orchestrator.store.columns import Span
from orchestrator.store.declared import MatrixRow
from orchestrator.store.shapes import asked
from orchestrator.store.work import Lane, Owner, Shape

TICK = timedelta(microseconds=1)


class Price(NamedTuple):
    """Whose account a job of a lane is for, and what it may take of it."""

    matrix: int
    owner: str
    cost: timedelta


@dataclass(frozen=True, slots=True)
class Balances:
    """The accounts of matrices with a budget, as they are at a moment."""

    budgets: Mapping[int, Budget]
    used: Mapping[tuple[int, str], Used]
    held: Mapping[tuple[int, str], timedelta]
    at: datetime

    def of(self, matrix: int, owner: str) -> Balance:
        """An owner's account in a matrix, empty where nothing was counted yet."""
        caps = self.budgets[matrix].of(owner)
        key = matrix, owner
        return Balance(owner, caps, self.used.get(key, Used()), self.held.get(key, NOTHING))

    def shortage(self, price: Price) -> str:
        """Why a job waits for its owner's budget, "" where it does not."""
        if price.matrix not in self.budgets:
            return ""
        return self.of(price.matrix, price.owner).shortage(price.cost, self.at)


NO_BUDGETS = Balances({}, {}, {}, datetime.min)  # noqa: DTZ901 - no moment at all


def balances(connection: Connection, now: datetime) -> Balances:
    """All accounts of matrices with a budget: a query where there is none, else three.

    Of what was used only the rows of this month's (or week's) days are read: one a day and owner.
    """
    rows = connection.execute(_BUDGETS).all()
    return of_matrices(connection, {row: documents.budget(text) for row, text in rows}, now)


def of_matrices(connection: Connection, budgets: Mapping[int, Budget], now: datetime) -> Balances:
    """The accounts of these matrices: two queries, none where there are none."""
    if not budgets:
        return NO_BUDGETS
    day, week, month = (began(period, now) for period in Period)
    moments = {"day": day, "week": week, "month": month, "first": min(week, month)}
    wanted = {"matrices": list(budgets)}
    used = connection.execute(_USED, wanted | moments)
    held = connection.execute(_HELD, wanted)
    return Balances(
        budgets,
        {(matrix, owner): Used(*times) for matrix, owner, *times in used},
        {(matrix, owner): time for matrix, owner, time in held},
        now,
    )


@dataclass(slots=True)
class Purse:
    """What may still be begun in a claim: each choice takes of what its owner has left."""

    left: dict[tuple[int, int], timedelta]
    prices: dict[int, tuple[tuple[int, int], timedelta]] = field(default_factory=dict)

    @classmethod
    def opened(cls, connection: Connection, owners: Mapping[int, str], now: datetime) -> Purse:
        """Of these owners, by row and name; empty where no matrix has a budget."""
        known = balances(connection, now)
        left = {
            (matrix, row): rest
            for matrix in known.budgets
            for row, name in owners.items()
            if (rest := known.of(matrix, name).left) is not None
        }
        return cls(left)

    def limits(self, owner: int) -> tuple[int, dict[str, Any]]:
        """In how many matrices an owner's time is capped, and what `affordable` is bound to."""
        capped = [(matrix, left) for (matrix, who), left in self.left.items() if who == owner]
        bound: dict[str, Any] = {}
        for n, (matrix, left) in enumerate(capped):
            bound[f"matrix_{n}"] = matrix
            bound[f"left_{n}"] = left if left > NOTHING else -TICK
        return len(capped), bound

    def look_at(self, connection: Connection, lanes: Collection[int]) -> None:
        """Learn what jobs of these lanes cost, where their owners' time is capped."""
        if self.left and lanes:
            wanted = {"lanes": list(lanes), "matrices": sorted({m for m, _ in self.left})}
            rows = connection.execute(_PRICES, wanted)
            self.prices = {lane: ((matrix, owner), cost) for lane, matrix, owner, cost in rows}

    def takes(self, lane: int) -> bool:
        """Whether a job of the lane may begin; then what it may take is no longer there.

        Shapes of before there were budgets do not say: such a job may take all.
        """
        whose, cost = self.prices.get(lane, ((0, 0), NOTHING))
        if whose not in self.left:
            return True
        left = self.left[whose]
        if not NOTHING < left >= cost:
            return False
        self.left[whose] -= cost or left
        return True


def reasons(connection: Connection, matrix: int, known: Balances) -> dict[tuple[str, str], str]:
    """Why jobs wait for a budget, by site and accelerator: of several jobs the first one's word."""
    found: dict[tuple[str, str], str] = {}
    for owner, document, cost in connection.execute(_WAITING, {"matrix": matrix}):
        if reason := known.shortage(Price(matrix, owner, cost)):
            point = dict(asked(document).cell)
            found.setdefault((point[SITE], point[ACCELERATOR]), reason)
    return found


def waiting(connection: Connection, matrix: int, known: Balances) -> dict[str, int]:
    """How many jobs of each owner that waits for a runner's turn wait for its budget instead."""
    found: dict[str, int] = {}
    for owner, cost, count in connection.execute(_QUEUED, {"matrix": matrix}):
        is_short = bool(known.shortage(Price(matrix, owner, cost)))
        found[owner] = found.get(owner, 0) + is_short * int(count)
    return found


def affordable(count: int) -> ColumnElement[bool]:
    """What lanes of an owner meet whose jobs may begin, where so many matrices cap its time."""
    return and_(
        *(
            or_(
                Lane.matrix_id != bindparam(f"matrix_{n}"),
                Shape.cost <= bindparam(f"left_{n}", type_=Span),
            )
            for n in range(count)
        )
    )


def _since(moment: str) -> ColumnElement[timedelta]:
    is_in = DeviceTime.day >= bindparam(moment)
    return func.sum(case((is_in, DeviceTime.used), else_=literal(NOTHING, Span)))


_BUDGETS = select(MatrixRow.id, MatrixRow.budget).where(MatrixRow.budget != "")
_IN: BindParameter[int] = bindparam("matrices", expanding=True)
_USED = (
    select(DeviceTime.matrix_id, Owner.name, _since("day"), _since("week"), _since("month"))
    .join(Owner, Owner.id == DeviceTime.owner_id)
    .where(DeviceTime.matrix_id.in_(_IN), DeviceTime.day >= bindparam("first"))
    .group_by(DeviceTime.matrix_id, Owner.name)
)
_HELD = (
    select(Account.matrix_id, Owner.name, Account.held)
    .join(Owner, Owner.id == Account.owner_id)
    .where(Account.matrix_id.in_(_IN), Account.held != NOTHING)
)
_PRICES = (
    select(Lane.id, Lane.matrix_id, Lane.owner_id, Shape.cost)
    .join(Shape, Shape.id == Lane.shape_id)
    .where(Lane.id.in_(bindparam("lanes", expanding=True)), Lane.matrix_id.in_(_IN))
)
_OFFERED = (Lane.matrix_id == bindparam("matrix"), Lane.waiting.is_(True), Shape.unmet == "")
_WAITING = (
    select(Owner.name, Shape.document, Shape.cost)
    .select_from(Lane)
    .join(Owner, Owner.id == Lane.owner_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .where(*_OFFERED)
    .order_by(Lane.rank, Lane.head)
)
_QUEUED = (
    select(Owner.name, Shape.cost, func.sum(Lane.queued))
    .select_from(Lane)
    .join(Owner, Owner.id == Lane.owner_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .where(*_OFFERED)
    .group_by(Owner.name, Shape.cost)
)
