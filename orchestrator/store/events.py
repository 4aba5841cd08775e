"""The append-only event table: what the live pages follow, and how to wait for more."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select

from orchestrator.store.declared import MatrixRow
from orchestrator.store.recorded import EventRow
from orchestrator.store.store import Store
from orchestrator.views import Event

Json = str | int | float | bool | None


class Draft(NamedTuple):
    """An event to be written."""

    matrix: int | None
    kind: str
    subject: str
    data: Mapping[str, Json]


_ENCODED = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make one a row
_INSERT = insert(EventRow)
_LATEST = select(func.max(EventRow.id))
_SINCE = (
    select(
        EventRow.id,
        EventRow.at,
        func.coalesce(MatrixRow.name, ""),
        EventRow.kind,
        EventRow.subject,
        EventRow.data,
    )
    .outerjoin(MatrixRow, MatrixRow.id == EventRow.matrix_id)
    .where(EventRow.id > bindparam("after"))
    .order_by(EventRow.id)
    .limit(bindparam("most"))
)


def emit(connection: Connection, at: datetime, drafts: Iterable[Draft]) -> None:
    """Append events in the caller's transaction."""
    rows = [
        {
            "at": at,
            "matrix_id": draft.matrix,
            "kind": draft.kind,
            "subject": draft.subject,
            "data": _ENCODED(draft.data),
        }
        for draft in drafts
    ]
    if rows:
        connection.execute(_INSERT, rows)


def latest(store: Store) -> int:
    """The id of the newest event; 0 before the first."""
    with store.read() as connection:
        return connection.scalar(_LATEST) or 0


def since(store: Store, after: int, limit: int, matrix: str | None = None) -> tuple[Event, ...]:
    """At most `limit` events with an id greater than `after`, in order; of one matrix or all."""
    wanted = _SINCE if matrix is None else _SINCE.where(MatrixRow.name == matrix)
    with store.read() as connection:
        rows = connection.execute(wanted, {"after": after, "most": limit})
        return tuple(Event(*row) for row in rows)


def wait(store: Store, after: int, seconds: float) -> int:
    """The newest id, as soon as it is greater than `after`, at the latest in `seconds`.

    Wakes at once for what this process writes; looks each second for what others write.
    """
    deadline = time.monotonic() + seconds
    while True:
        with store.news:  # held while looking, so that no commit slips in between
            newest = latest(store)
            left = deadline - time.monotonic()
            if newest > after or left <= 0:
                return newest
            store.news.wait(min(left, 1.0))
