"""Many narrow rows at once, by each store's quickest way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Table


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
