"""Forgets what is due: logs and passing cases by the matrix's word, environments by last use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orchestrator.service.folder import Folder
from orchestrator.service.shelves import due
from orchestrator.service.shelves import prune as taken_away
from orchestrator.store.artifacts import due as due_artifacts
from orchestrator.store.artifacts import forget as forget_artifacts
from orchestrator.store.artifacts import needed as needed_artifacts
from orchestrator.store.keep import Pruned, longest_keep, prune
from orchestrator.store.store import Store
from runners.artifacts import Artifacts
from runners.environments.bindings import Bindings
from runners.environments.shelf import FOLDER, is_complete

ENVIRONMENTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, or would go: of the database, environments by their folder, files by digest."""

    database: Pruned
    environments: tuple[str, ...]
    artifacts: tuple[str, ...]


def forget(store: Store, folder: Folder, *, dry_run: bool) -> Forgotten:
    """Drop what is due; a dry run only says what would go."""
    unused = due(folder.path, store.clock.now() - ENVIRONMENTS_KEPT)
    complete = tuple(one for one in unused if one.record is not None)
    keep = longest_keep(store)
    database = prune(store, keep, dry_run=dry_run)
    artifacts = _artifacts(store, folder, store.clock.now() - keep.artifacts, dry_run=dry_run)
    gone = complete if dry_run else taken_away(folder.path, Bindings(), complete)
    return Forgotten(database, tuple(one.folder.name for one in gone), artifacts)


def _artifacts(store: Store, folder: Folder, before: datetime, *, dry_run: bool) -> tuple[str, ...]:
    """Files that no job has used since; one that is in use again by then stays."""
    if dry_run:
        return tuple(sorted(due_artifacts(store, before)))
    gone = forget_artifacts(store, before)
    Artifacts(folder.path).forget(before.timestamp(), needed_artifacts(store))
    return tuple(sorted(gone))


def unfinished_environments(home: Path) -> tuple[Path, ...]:
    """Folders of builds that were cut off: never used, and replaced by the next build."""
    folders = [path for path in sorted((home / FOLDER).glob("*")) if path.is_dir()]
    return tuple(path for path in folders if not is_complete(path))
