"""Accounts of device time: written where attempts begin and end, in the same transactions.

Nothing is ever summed over attempts: a claim and an end add to a row each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Insert, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from matrix.budget import NOTHING, by_day
from orchestrator.store.accounted import Account, DeviceTime
from orchestrator.store.columns import Table
from orchestrator.store.ids import Row, table_of


class Whose(NamedTuple):
    """An owner in a matrix: rows of both."""

    matrix: int
    owner: int


class Use(NamedTuple):
    """What an attempt that ended held, and from when to when it kept its devices."""

    whose: Whose
    reserved: timedelta
    devices: int
    since: datetime
    until: datetime


def hold(connection: Connection, more: Mapping[Whose, timedelta]) -> None:
    """Attempts begin that may take so much."""
    rows: list[Row] = [
        {"matrix_id": one.matrix, "owner_id": one.owner, "held": time} for one, time in more.items()
    ]
    _add(connection, Account, "held", rows)


def settle(connection: Connection, uses: Iterable[Use]) -> None:
    """Attempts ended: what they held is free again, and what they took is counted by its days."""
    free: defaultdict[Whose, timedelta] = defaultdict(timedelta)
    used: defaultdict[tuple[Whose, datetime], timedelta] = defaultdict(timedelta)
    for use in uses:
        free[use.whose] += use.reserved
        for day, time in by_day(use.since, use.until):
            used[use.whose, day] += use.devices * time
    lower = [{"m": m, "o": o, "less": time} for (m, o), time in free.items() if time > NOTHING]
    if lower:
        connection.execute(_FREE, lower)
    _count(connection, used)


def _count(connection: Connection, used: Mapping[tuple[Whose, datetime], timedelta]) -> None:
    rows: list[Row] = [
        {"matrix_id": whose.matrix, "owner_id": whose.owner, "day": day, "used": time}
        for (whose, day), time in used.items()
    ]
    _add(connection, DeviceTime, "used", rows)


def _add(connection: Connection, declared: type[Table], what: str, rows: Sequence[Row]) -> None:
    """Add to what is there already, or begin with it."""
    if rows:
        connection.execute(_adding(connection.dialect.name, declared, what), rows)


@cache
def _adding(store: str, declared: type[Table], what: str) -> Insert:
    table = table_of(declared)
    insert = sqlite.insert(table) if store == "sqlite" else postgresql.insert(table)
    added = {what: table.c[what] + insert.excluded[what]}
    keys = [column.name for column in table.primary_key]
    return insert.on_conflict_do_update(index_elements=keys, set_=added)


_FREE = (
    update(Account)
    .where(Account.matrix_id == bindparam("m"), Account.owner_id == bindparam("o"))
    .values(held=Account.held - bindparam("less"))
)
