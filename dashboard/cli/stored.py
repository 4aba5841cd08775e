"""Opens the store that a verb is about, and never makes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matrix.errors import CoevoError
from orchestrator.clock import SystemClock
from orchestrator.service.folder import DATABASE_FILE, Folder
from orchestrator.store.open import Older, open_store
from orchestrator.store.store import Store


@contextmanager
def opened(data: Path, database: str | None, older: Older = Older.UPGRADED) -> Iterator[Store]:
    """The store of a data folder, or the one at an address."""
    if database is None and not (data / DATABASE_FILE).is_file():
        raise CoevoError.because(
            f"there is no database in {data}", "name its folder: --data DIR, or --database URL"
        )
    store = open_store(database or Folder(data).database_url, SystemClock(), older)
    try:
        yield store
    finally:
        store.close()
