"""Row ids given out by the one writer, so that many rows that refer to each other go in at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Table, func, insert, select

from orchestrator.store.columns import Table as Declared

K = TypeVar("K", bound=Hashable)
Row = dict[str, Any]  # what SQLAlchemy binds: a value of any column type


def table_of(declared: type[Declared]) -> Table:
    """The Core table of a declaration."""
    return cast("Table", declared.__table__)


def next_id(connection: Connection, declared: type[Declared]) -> int:
    """The first free id; only the writer may ask."""
    column = table_of(declared).c.id
    return (connection.scalar(select(func.max(column))) or 0) + 1


def intern(
    connection: Connection,
    declared: type[Declared],
    key: Sequence[str],
    rows: Iterable[Row],
    within: Mapping[str, int] | None = None,
) -> dict[tuple[Any, ...], int]:
    """Ids by the values of `key`; rows not there yet are added. `within` narrows the search.

    Reads every row that `within` admits: for tables that stay small (names, not history).
    """
    table = table_of(declared)
    narrowed = select(table.c.id, *(table.c[name] for name in key))
    for name, value in (within or {}).items():
        narrowed = narrowed.where(table.c[name] == value)
    known = {tuple(row[1:]): row[0] for row in connection.execute(narrowed)}
    fresh = {values: row for row in rows if (values := tuple(row[k] for k in key)) not in known}
    first = next_id(connection, declared) if fresh else 0
    added = [{**(within or {}), **row, "id": first + n} for n, row in enumerate(fresh.values())]
    if added:
        connection.execute(insert(table), added)
    return known | {values: first + n for n, values in enumerate(fresh)}
