"""Many rows at once: named by statements of a bearable length, and in by the quickest way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import Connection, Table

T = TypeVar("T")
MOST = 500  # rows that one statement names


def insert_many(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Append rows (all columns, in the table's order): executemany on SQLite, COPY on PostgreSQL.

    Past SQLAlchemy on purpose: a million rows a few seconds, in the caller's transaction.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        marks = ",".join("?" * len(table.columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", list(rows))  # noqa: S608 - our own table's name
        return
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def chunks(rows: Sequence[T]) -> Iterator[list[T]]:
    """Rows by as many as one statement may name."""
    for start in range(0, len(rows), MOST):
        yield list(rows[start : start + MOST])
