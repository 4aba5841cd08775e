"""`coevo backup` and `coevo restore`: a whole database as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, Data, Database, Json
from matrix.errors import CoevoError


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to write; not there yet.")],
    data: Data = DATA_FOLDER,
    database: Database = None,
    json: Json = False,
) -> None:
    """Copy the database to a file; a running server goes on meanwhile."""
    from dashboard.cli.stored import opened
    from orchestrator.store.backup import backup as copy
    from orchestrator.store.open import Older

    if path.exists():
        raise CoevoError.because(f"{path} is there already", "name a file that is not")
    with opened(data, database, Older.KEPT) as store:
        copy(store, path)
    _tell("backed up to", path, json=json)


def restore(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file that `coevo backup` wrote.")],
    data: Data = DATA_FOLDER,
    database: Database = None,
    json: Json = False,
) -> None:
    """Put a backup in the place of the database; no server may be running on it."""
    from orchestrator.service.folder import Folder, Lock
    from orchestrator.store.backup import restore as put_back
    from orchestrator.store.holding import held

    folder = Folder(data).made()
    url = database or folder.database_url
    lock = Lock(folder)
    try:
        with held(url):
            put_back(url, path)
    finally:
        lock.release()
    _tell("restored from", path, json=json)


def _tell(done: str, path: Path, *, json: bool) -> None:
    from dashboard.cli.printing import as_json, sized

    size = path.stat().st_size
    if json:
        return as_json({"path": str(path.resolve()), "bytes": size})
    return typer.echo(f"{done} {path} ({sized(size)})")
