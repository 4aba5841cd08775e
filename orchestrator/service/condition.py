"""How a server is: its store, the disk under its data folder, and when that is full."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from matrix.errors import CoevoError
from orchestrator.server_views import Health
from orchestrator.service import growth
from orchestrator.store import read_health
from orchestrator.store.store import Store
from runners.ending import NO_ROOM_ERRORS

ROOM_BYTES = 2**20  # a transaction and a piece of a log


def health(store: Store, home: Path, started_at: datetime) -> Health:
    """As it is now."""
    disk = shutil.disk_usage(home)
    free = disk.free if store.is_sqlite else None  # PostgreSQL may lie anywhere
    forecast = growth.forecast(growth.samples(home), free)
    return Health(started_at, read_health.health(store), disk.total, disk.free, forecast)


def is_full(folder: Path) -> bool:
    """Whether a mebibyte more cannot be had there, by the disk itself or by a quota."""
    try:
        with TemporaryFile(dir=folder) as tried:
            os.posix_fallocate(tried.fileno(), 0, ROOM_BYTES)
    except OSError as error:
        return error.errno in NO_ROOM_ERRORS
    return False


def fullness(home: Path) -> str:
    """What a person is told while the disk of the data folder is full; "" while it is not."""
    if not is_full(home):
        return ""
    return (
        f"the disk of the data folder is full ({home.resolve()}): results are kept back until "
        "there is room; coevo env prune makes some"
    )


@contextmanager
def told_where_full(home: Path) -> Iterator[None]:
    """A server that cannot begin or go on on a full disk ends with that as its CoevoError."""
    try:
        _refuse(home, None)
        yield
    except CoevoError:
        raise
    except Exception as error:
        _refuse(home, error)
        raise


def _refuse(home: Path, cause: Exception | None) -> None:
    if is_full(home):
        raise CoevoError.because(
            f"the disk of the data folder is full ({home.resolve()})",
            "make room there (coevo env prune takes environments away), "
            "or name another: --data DIR",
        ) from cause
