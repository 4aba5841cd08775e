"""The one clock of the server: leases, ages and deadlines are read from it and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, as an aware datetime in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC)
