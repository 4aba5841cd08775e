"""Builds environments ahead: opens what `coevo up` would open, and says how it goes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dashboard.cli import printing
from dashboard.cli.serving import declared_at
from orchestrator.clock import SystemClock
from orchestrator.service.building import Built, build
from orchestrator.service.folder import Folder
from orchestrator.service.settings import Settings
from orchestrator.store.open import open_store
from runners.environments.bindings import Bindings


class Order(NamedTuple):
    """The command line of `coevo env build`, parsed."""

    matrix: Path | None
    select: str
    site: str
    data: Path
    database: str | None
    bindings: Bindings


def carry_out(order: Order, *, json: bool) -> tuple[Built, ...]:
    """Build, and tell of progress on standard error; a running server goes on meanwhile."""
    folder = Folder(order.data).made()
    database = order.database or folder.database_url
    settings = Settings(folder, database, site=order.site, bindings=order.bindings)
    screen = printing.console(errors=True)

    def note(line: str) -> None:
        if not json:
            screen.print(line, style="bright_black")

    store = open_store(database, SystemClock())
    try:
        return build(store, declared_at(order.matrix), settings, order.select, note)
    finally:
        store.close()
