"""Forgets what is due: logs and passing cases by the matrix's word, environments by last use."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orchestrator.service.folder import Folder
from orchestrator.store.keep import Pruned, longest_keep, prune
from orchestrator.store.store import Store
from runners.environments.uv import FOLDER, MARKER

ENVIRONMENTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, or would go: of the database, and environments by the name of their folder."""

    database: Pruned
    environments: tuple[str, ...]


def forget(store: Store, folder: Folder, *, dry_run: bool) -> Forgotten:
    """Drop what is due; a dry run only says what would go."""
    due = unused_environments(folder.path, store.clock.now())
    database = prune(store, longest_keep(store), dry_run=dry_run)
    if not dry_run:
        for path in due:
            shutil.rmtree(path, ignore_errors=True)
    return Forgotten(database, tuple(path.name for path in due))


def unused_environments(home: Path, now: datetime) -> tuple[Path, ...]:
    """Complete environments that no attempt was prepared in for 30 days."""
    before = (now - ENVIRONMENTS_KEPT).timestamp()
    markers = sorted((home / FOLDER).glob(f"*/{MARKER}"))
    return tuple(marker.parent for marker in markers if marker.stat().st_mtime < before)


def unfinished_environments(home: Path) -> tuple[Path, ...]:
    """Folders of builds that were cut off: never used, and replaced by the next build."""
    folders = [path for path in sorted((home / FOLDER).glob("*")) if path.is_dir()]
    return tuple(path for path in folders if not (path / MARKER).exists())
