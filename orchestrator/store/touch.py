"""Versions: each change that a page can show raises its matrix's, and stamps what changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, update

from orchestrator.store.bulk import chunks
from orchestrator.store.declared import CellStateRow, MatrixRow

_RAISE = (
    update(MatrixRow)
    .where(MatrixRow.id == bindparam("matrix"))
    .values(version=MatrixRow.version + 1)
    .returning(MatrixRow.version)
)
_STAMP = (
    update(CellStateRow)
    .where(CellStateRow.id.in_(bindparam("states", expanding=True)))
    .values(version=bindparam("stamp"))
)


def raised(connection: Connection, matrix: int) -> int:
    """The matrix's next version, already written."""
    return int(connection.execute(_RAISE, {"matrix": matrix}).scalar_one())


def touch(connection: Connection, matrix: int, states: Sequence[int]) -> int:
    """Raise the version and stamp these cell states with it."""
    version = raised(connection, matrix)
    for chunk in chunks(states):
        connection.execute(_STAMP, {"states": chunk, "stamp": version})
    return version
