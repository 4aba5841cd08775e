"""The store as a value: an engine, the server's clock, and one writer at a time."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, text

from orchestrator.clock import Clock
from orchestrator.store.remembered import Slide

WRITE = "coevo_write"
# "coevo" in ASCII: all servers on one PostgreSQL database take turns by this number.
WRITER_LOCK = 0x636F65766F


@dataclass(slots=True)
class Names:
    """Ids of interned names that are known to be committed: a cache, never the truth."""

    cases: dict[int, dict[str, int]] = field(default_factory=dict)
    variants: dict[tuple[str, str], int] = field(default_factory=dict)
    metrics: dict[tuple[int, str, str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Store:
    """SQLite or PostgreSQL behind one door; safe to use from many threads.

    There is one writer at a time, on PostgreSQL too (an advisory lock for the transaction):
    ids then rise in the order of commits, which is what readers of the event table and of
    `version` columns rely on, and what makes claims linear.
    """

    url: str
    engine: Engine
    clock: Clock
    names: Names = field(default_factory=Names)
    slides: dict[str, Slide] = field(default_factory=lambda: defaultdict(Slide))
    playgrounds: dict[str, Slide] = field(default_factory=lambda: defaultdict(Slide))
    news: threading.Condition = field(default_factory=threading.Condition)
    _writer: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-file store."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, alone: committed at the end, undone on any error."""
        with self._writer, self.engine.connect() as plain:
            connection = plain.execution_options(**{WRITE: True})
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), _LOCK)
                yield connection
        with self.news:
            self.news.notify_all()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()
        with self.news:
            self.news.notify_all()


_LOCK = {"lock": WRITER_LOCK}
