"""`coevo prune`: forget what is due to be forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, Data, Database, Json


def prune(
    data: Data = DATA_FOLDER,
    database: Database = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be forgotten.")
    ] = False,
    json: Json = False,
) -> None:
    """Forget old logs and passing cases as `keep:` says, and environments long unused."""
    raise NotImplementedError
