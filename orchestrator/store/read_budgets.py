"""The accounts of device time, as readers see them."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from matrix.budget import Balance, Period, renews
from orchestrator.server_views import AccountView, SpentView
from orchestrator.store import documents
from orchestrator.store.budgets import of_matrices, waiting
from orchestrator.store.declared import MatrixRow
from orchestrator.store.store import Store


def accounts(store: Store, matrix: str) -> tuple[AccountView, ...] | None:
    """What each owner used, holds and has left in a matrix: four queries; None: no such matrix.

    Owners are there that used something this month (or week), hold something, wait, or are named
    by the budget.
    """
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_MATRIX, {"matrix": matrix}).first()
        if row is None:
            return None
        budget = documents.budget(row.budget or "{}")
        known = of_matrices(connection, {row.id: budget}, now)
        waits = waiting(connection, row.id, known)
    active = {owner for _, owner in (*known.used, *known.held)}
    seen = active | waits.keys() | dict(budget.owners).keys()
    found = (known.of(row.id, owner) for owner in sorted(seen))

    def spent(one: Balance, period: Period) -> SpentView:
        cap = dict(one.caps).get(period)
        return SpentView(period.value, getattr(one.used, period), cap, renews(period, now))

    return tuple(
        AccountView(
            one.owner,
            one.held,
            waits.get(one.owner, 0),
            tuple(spent(one, period) for period in Period),
        )
        for one in found
    )


_MATRIX = select(MatrixRow.id, MatrixRow.budget).where(MatrixRow.name == bindparam("matrix"))
