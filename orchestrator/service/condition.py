"""How a server is: its store, the disk under its data folder, and when that is full."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from orchestrator.server_views import Health
from orchestrator.service import growth
from orchestrator.store import read_health
from orchestrator.store.store import Store


def health(store: Store, home: Path, started_at: datetime) -> Health:
    """As it is now."""
    disk = shutil.disk_usage(home)
    free = disk.free if store.is_sqlite else None  # PostgreSQL may lie anywhere
    forecast = growth.forecast(growth.samples(home), free)
    return Health(started_at, read_health.health(store), disk.total, disk.free, forecast)
