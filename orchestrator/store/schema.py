"""All tables of the store in one metadata."""

from __future__ import annotations

from orchestrator.store import declared, paired, recorded, work
from orchestrator.store.columns import Table

__all__ = ["METADATA", "declared", "paired", "recorded", "work"]

METADATA = Table.metadata
