"""How big a store is, by what lies in it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from orchestrator.store.months import CASES, LOGS, SAMPLES
from orchestrator.store.store import Store


class Size(NamedTuple):
    """Bytes on disk of one part: of cases, logs, samples, events, everything else, or the file."""

    what: str
    bytes: int


def sizes(store: Store) -> tuple[Size, ...]:
    """The parts, biggest first; only the whole where SQLite was built without its statistics."""
    with store.read() as connection:
        try:
            tables = connection.execute(_SQLITE if store.is_sqlite else _POSTGRESQL).all()
        except OperationalError:
            return (Size("file", whole(connection, is_sqlite=True)),)
    parts: Counter[str] = Counter()
    for name, taken in tables:
        parts[_part(name)] += taken
    return tuple(Size(what, taken) for what, taken in parts.most_common())


def whole(connection: Connection, *, is_sqlite: bool) -> int:
    """Bytes of the whole database; SQLite's log of changes beside the file is not counted."""
    if not is_sqlite:
        return int(connection.execute(_DATABASE).scalar_one())
    return int(connection.execute(_PAGES).scalar_one() * connection.execute(_PAGE).scalar_one())


def _part(table: str) -> str:
    cases = dict.fromkeys((CASES, "case_detail", "case_name"), "cases")
    kinds = {**cases, LOGS: "logs", SAMPLES: "samples"}
    named = (what for prefix, what in kinds.items() if prefix in table)
    return next(named, "events" if "event" in table else "everything else")


_SQLITE = text("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
_POSTGRESQL = text(
    "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
_PAGES, _PAGE = text("PRAGMA page_count"), text("PRAGMA page_size")
_DATABASE = text("SELECT pg_database_size(current_database())")
