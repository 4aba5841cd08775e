"""Month tables: cases, logs and samples lie in one a month, so that dropping one is quick.

docs/decisions/0002-month-tables.md says why. Months are integers, YYYYMM, in UTC.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import REAL

from orchestrator.store.columns import BIG
from orchestrator.store.recorded import Month

CASES = "case_result"
LOGS = "log_chunk"
SAMPLES = "sample"


def month_of(moment: datetime) -> int:
    """202611 for any moment of November 2026, UTC."""
    return moment.year * 100 + moment.month


@cache
def case_table(month: int) -> Table:
    """Cases of the reports that came in a month.

    Narrow on purpose (17 to 21 bytes a row in SQLite, 75 in PostgreSQL with its index): `id`
    rises, and a report's cases lie side by side from its `first_case` on; `status` is
    `caseflags.code`, `micros` the duration. On PostgreSQL that is a float, exact up to 16.7 s
    and of seven digits beyond: a bigint would take eight bytes more, because rows are aligned
    to eight. Months that an earlier Coevo began have a bigint and are read all the same.
    """
    return Table(
        f"{CASES}_{month}",
        MetaData(),
        Column("id", BIG, primary_key=True, autoincrement=False),
        Column("case_id", Integer, nullable=False),
        Column("variant_id", Integer, nullable=False),
        Column("status", Integer, nullable=False),
        Column("micros", BigInteger().with_variant(REAL, "postgresql")),
    )


@cache
def log_table(month: int) -> Table:
    """Log bytes of the attempts that were claimed in a month."""
    return Table(
        f"{LOGS}_{month}",
        MetaData(),
        Column("attempt_id", BIG, primary_key=True, autoincrement=False),
        Column("offset", BigInteger, primary_key=True, autoincrement=False),
        Column("data", LargeBinary, nullable=False),
    )


@cache
def sample_table(month: int) -> Table:
    """What was measured along the attempts of which the reports came in a month.

    A row holds a quantity's values as a JSON list, at most 240 of them; number 0 are the moments.
    """
    return Table(
        f"{SAMPLES}_{month}",
        MetaData(),
        Column("report_id", BIG, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("name", Text, nullable=False),
        Column("unit", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("readings", Text, nullable=False),
    )


TABLES = {CASES: case_table, LOGS: log_table, SAMPLES: sample_table}


def months(connection: Connection, kind: str) -> tuple[int, ...]:
    """The months that have a table of this kind, oldest first."""
    wanted = select(Month.month).where(Month.kind == kind).order_by(Month.month)
    return tuple(connection.scalars(wanted))


def ensure(connection: Connection, table: Table) -> Table:
    """Make a month's table where it is missing."""
    kind, _, month = table.name.rpartition("_")
    known = select(Month.month).where(Month.kind == kind, Month.month == int(month))
    if connection.scalar(known) is None:
        table.create(connection, checkfirst=True)
        connection.execute(insert(Month).values(kind=kind, month=int(month)))
    return table
