"""All tables of the store in one metadata."""

from __future__ import annotations

from orchestrator.store import accounted, declared, joined, paired, recorded, told, work
from orchestrator.store.columns import Table

__all__ = ["METADATA", "accounted", "declared", "joined", "paired", "recorded", "told", "work"]

METADATA = Table.metadata
