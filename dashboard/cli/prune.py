"""`coevo prune`: forget what is due to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, Data, Database, Json

if TYPE_CHECKING:
    from orchestrator.service.forgetting import Forgotten


def prune(
    data: Data = DATA_FOLDER,
    database: Database = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be forgotten.")
    ] = False,
    json: Json = False,
) -> None:
    """Forget old logs, passing cases and files as `keep:` says, and environments long unused."""
    from dashboard.cli.printing import as_json
    from dashboard.cli.stored import opened
    from orchestrator.service.folder import Folder
    from orchestrator.service.forgetting import forget
    from orchestrator.store.open import Older

    older = Older.REFUSED if dry_run else Older.UPGRADED
    with opened(data, database, older) as store:
        gone = forget(store, Folder(data), dry_run=dry_run)
    if json:
        files = {"environments": list(gone.environments), "artifacts": list(gone.artifacts)}
        return as_json(gone.database._asdict() | files)
    return _print(gone, dry_run=dry_run)


def _print(gone: Forgotten, *, dry_run: bool) -> None:
    from dashboard.cli.printing import table

    database = gone.database
    rows = (
        ("log pieces", database.log_chunks, database.log_months),
        ("cases", database.cases, database.case_months),
        ("months of measurements", len(database.sample_months), database.sample_months),
        ("events", database.events, ()),
        ("environments", len(gone.environments), gone.environments),
        ("files of jobs", len(gone.artifacts), [digest[:12] for digest in gone.artifacts]),
    )
    heading = "would be forgotten" if dry_run else "forgotten"
    table((heading, "", ""), [(n, str(c), ", ".join(map(str, which))) for n, c, which in rows])
