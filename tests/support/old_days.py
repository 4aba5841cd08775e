"""A few days of a small matrix, as they were stored under each schema that there has been.

`stored/REVISION.sql` is what `lived` left in SQLite with the Coevo that had this schema. When a
migration is added: `python tests/support/old_days.py`, before it, writes the dump of today's.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Boolean, Connection, Table, create_engine, insert, text
from sqlalchemy import MetaData as Schema
from worlds import Hand, World, report_of, world

from matrix.status import Status
from orchestrator.store.migrations import HEAD, upgrade
from orchestrator.store.months import TABLES
from orchestrator.store.open import open_store
from runners.work import CaseResult, Component, LogChunk, MetricValue, Report

STORED = Path(__file__).parent / "stored"
QUICK = "lab/cpu:quick"
GOOD = CaseResult("mm.good", Status.PASS, 0.5, "cpu", "float32")
BAD = CaseResult("mm.bad", Status.FAIL, 0.25, "cpu", "float32", "off by 3", '{"x": 1}', "repeat it")


def lived(world: World) -> None:
    """Two days that were fine and one that was not, one job at work, and some that wait."""
    for day, status in enumerate((Status.PASS, Status.PASS, Status.FAIL)):
        world.start(QUICK)
        (ticket,) = world.claim()
        world.queue.note(
            world.runner, [], [LogChunk(ticket.key, 0, f"log of day {day}\n".encode())]
        )
        cases = (GOOD, BAD) if status is Status.FAIL else (GOOD,)
        world.end([ticket], _report(status, *cases, step=1.0 + day / 10))
        world.clock.pass_by(timedelta(hours=20))
        world.queue.renew(world.runner, [])
    world.carry_out(_report(Status.PASS, GOOD, step=2.0), "lab/cpu:wide")
    world.start(QUICK)
    world.claim()
    world.start("lab")


def _report(status: Status, *cases: CaseResult, step: float) -> Report:
    metric = MetricValue("step", "s", "lower", (step,))
    observed = (Component("torch", "2.13.0", "cpu"),)
    return replace(report_of(status, *cases), metrics=(metric,), observed=observed)


def restored(revision: str, path: Path) -> None:
    """The stored days as a SQLite file of their schema."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((STORED / f"{revision}.sql").read_text())


def transferred(revision: str, url: str, folder: Path) -> None:
    """The same rows in an empty PostgreSQL database, under the schema that they had."""
    restored(revision, folder / "source.db")
    source = create_engine(f"sqlite:///{folder / 'source.db'}")
    target = create_engine(url)
    with source.connect() as reading, target.begin() as writing:
        upgrade(writing, revision)
        for name in _months(reading):
            month = int(name.rpartition("_")[2])
            TABLES[name.rpartition("_")[0]](month).create(writing)
        schema = Schema()
        schema.reflect(writing)
        for table in schema.sorted_tables:
            if table.name != "alembic_version":
                _copy(reading, writing, table)
    source.dispose()
    target.dispose()


def _months(reading: Connection) -> list[str]:
    named = text("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '*_20[0-9]*'")
    return list(reading.scalars(named))


def _copy(reading: Connection, writing: Connection, table: Table) -> None:
    flags = {column.name for column in table.columns if isinstance(column.type, Boolean)}
    rows = [
        {name: bool(value) if name in flags else value for name, value in row.items()}
        for row in reading.execute(text(f'SELECT * FROM "{table.name}"')).mappings()
    ]
    if not rows:
        return
    writing.execute(insert(table), rows)
    if "id" in table.columns:
        writing.execute(_NEXT, {"name": table.name, "newest": max(row["id"] for row in rows)})


# Ids that the database gives go on behind those that were copied.
_NEXT = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :newest)")


@contextmanager
def of_today(folder: Path) -> Iterator[World]:
    """The same days, lived under today's schema."""
    clock = Hand()
    store = open_store(f"sqlite:///{folder / 'today.db'}", clock)
    fresh = world(store, clock)
    lived(fresh)
    yield fresh
    store.close()


def main() -> int:
    """Write the dump of today's schema."""
    with tempfile.TemporaryDirectory() as name:
        with chdir("/"), of_today(Path(name)):  # the file of a matrix is stored with its folder
            pass
        with closing(sqlite3.connect(Path(name, "today.db"))) as connection:
            lines = list(connection.iterdump())
    (STORED / f"{HEAD}.sql").write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
