"""`coevo backup` and `coevo restore`: a whole database as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, Data, Database, Json


def backup(
    path: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
    data: Data = DATA_FOLDER,
    database: Database = None,
    json: Json = False,
) -> None:
    """Copy the database to a file; a running server goes on meanwhile."""
    raise NotImplementedError


def restore(
    path: Annotated[Path, typer.Argument(help="A file that `coevo backup` wrote.")],
    data: Data = DATA_FOLDER,
    database: Database = None,
    json: Json = False,
) -> None:
    """Put a backup in the place of the database; the server must not be running."""
    raise NotImplementedError
