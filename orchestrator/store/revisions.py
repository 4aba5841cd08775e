"""Revisions of matrices: which is in force, which was of a file, which a run was planned from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, bindparam, select, update

from matrix.budget import Budget
from matrix.model import Matrix
from orchestrator.store import documents
from orchestrator.store.declared import MatrixRevision, MatrixRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import Row, intern
from orchestrator.store.store import Store
from orchestrator.store.work import RunRow


def newest_of(store: Store, file: Path) -> Matrix | None:
    """The matrix that was read from a file last; None where none ever was."""
    with store.read() as connection:
        text = connection.scalar(_NEWEST, {"file": str(file.absolute())})
    return None if text is None else documents.matrix(text)


def digest_of(store: Store, run: int) -> str:
    """The digest of the declaration that a run was planned from."""
    with store.read() as connection:
        return connection.scalar(_DIGEST, {"run": run}) or ""


def announce(store: Store, matrix: Matrix | None) -> None:
    """Tell open pages that a file was read again: of its matrix, or of none that is known."""
    with store.write() as connection:
        found = connection.scalar(_ID, {"name": matrix.name}) if matrix else None
        emit(connection, store.clock.now(), [Draft(found, "server", "matrix file", {})])


def is_in_force(connection: Connection, found: int, matrix: Matrix, now: datetime) -> bool:
    """Whether a declaration is the newest revision; then it is noted where it was read again."""
    row, digest = connection.execute(_IN_FORCE, {"matrix": found}).first() or (0, "")
    if digest != matrix.digest:
        return False
    connection.execute(_USE, {"row": row, "at": now, "where": _place(matrix)})
    return True


def put_in_force(connection: Connection, found: int, matrix: Matrix, now: datetime) -> None:
    """Make a declaration the newest revision, be it new or an old one again; its budget holds."""
    place = _place(matrix)
    row: Row = {
        "digest": matrix.digest,
        "document": documents.dumped(Matrix, matrix),
        "file": place,
        "created_at": now,
        "used_at": now,
    }
    ids = intern(connection, MatrixRevision, ("digest",), [row], {"matrix_id": found})
    connection.execute(_USE, {"row": ids[matrix.digest,], "at": now, "where": place})
    budget = matrix.policies.budget
    text = documents.dumped(Budget, budget) if budget else ""
    connection.execute(update(MatrixRow).where(MatrixRow.id == found).values(budget=text))


def _place(matrix: Matrix) -> str:
    """Where a declaration was read, told apart from files of that name elsewhere."""
    return str(Path(matrix.file).absolute())


_USE = (
    update(MatrixRevision)
    .where(MatrixRevision.id == bindparam("row"))
    .values(used_at=bindparam("at"), file=bindparam("where"))
)
_IN_FORCE = (
    select(MatrixRevision.id, MatrixRevision.digest)
    .where(MatrixRevision.matrix_id == bindparam("matrix"))
    .order_by(MatrixRevision.used_at.desc(), MatrixRevision.id.desc())
    .limit(1)
)
_NEWEST = (
    select(MatrixRevision.document)
    .where(MatrixRevision.file == bindparam("file"))
    .order_by(MatrixRevision.used_at.desc(), MatrixRevision.id.desc())
    .limit(1)
)
_ID = select(MatrixRow.id).where(MatrixRow.name == bindparam("name"))
_DIGEST = (
    select(MatrixRevision.digest)
    .join(RunRow, RunRow.revision_id == MatrixRevision.id)
    .where(RunRow.id == bindparam("run"))
)
