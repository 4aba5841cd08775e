"""Logs, by byte offset."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select

from orchestrator.store.columns import AttemptState
from orchestrator.store.months import LOGS, log_table, months
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow
from orchestrator.views import LogPiece


def log(store: Store, attempt: int, offset: int, limit: int) -> LogPiece | None:
    """At most `limit` bytes of an attempt's log from `offset`; None where there is no attempt.

    Where bytes were lost in between, the piece begins behind them: its `offset` says where.
    """
    with store.read() as connection:
        row = connection.execute(
            select(AttemptRow.month, AttemptRow.state).where(AttemptRow.id == attempt)
        ).first()
        if row is None:
            return None
        closed = row.state is not AttemptState.OPEN
        if row.month not in months(connection, LOGS):
            return LogPiece(offset, b"", offset, closed)
        reader = _Log(connection, log_table(row.month), attempt)
        start, data = reader.read(offset, limit)
        return LogPiece(start, data, max(reader.end(), start + len(data) if data else 0), closed)


@dataclass(frozen=True, slots=True)
class _Log:
    """The chunks of one attempt in their month's table."""

    connection: Connection
    table: Table
    attempt: int

    def read(self, offset: int, limit: int) -> tuple[int, bytes]:
        """Bytes that follow each other, and where they begin."""
        start, data = offset, bytearray()
        for at, chunk in self._chunks(offset):
            if not data and at > start:
                start = at  # what lay before it was lost
            skip = start + len(data) - at
            if skip < 0 or len(data) >= limit:
                break
            data += chunk[skip:]
        return start, bytes(data[:limit])

    def end(self) -> int:
        """How far the log goes now."""
        newest = select(self.table.c.offset, func.length(self.table.c.data)).where(self._mine())
        row = self.connection.execute(newest.order_by(self.table.c.offset.desc()).limit(1)).first()
        return 0 if row is None else row[0] + row[1]

    def _chunks(self, offset: int) -> Iterator[tuple[int, bytes]]:
        """Chunks in order, from the one in which `offset` lies."""
        before = select(func.max(self.table.c.offset)).where(
            self._mine(), self.table.c.offset <= offset
        )
        first = self.connection.scalar(before) or 0
        chunks = select(self.table.c.offset, self.table.c.data).where(
            self._mine(), self.table.c.offset >= first
        )
        for at, data in self.connection.execute(chunks.order_by(self.table.c.offset)):
            if at + len(data) > offset:
                yield at, data

    def _mine(self) -> ColumnElement[bool]:
        return self.table.c.attempt_id == self.attempt
