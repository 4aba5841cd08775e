"""Time tables: when one was due last, and when it is due next. Pure; all times are aware."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def due(cron: str, zone: str, after: datetime, now: datetime) -> datetime | None:
    """The latest moment in (after, now] that the table names; None where there is none.

    However many were missed, only the latest counts. A local time that a change to summer time
    leaves out is due when the clock has jumped over it, one that comes twice is due once; a table
    with a `*` or steps in its minutes or hours follows the clock (as Debian's cron(8) does).
    """
    local = (now + _TICK).astimezone(ZoneInfo(zone))
    latest = _first(CronSim(cron, local, reverse=True))
    return latest if latest is not None and after < latest <= now else None


def next_at(cron: str, zone: str, after: datetime) -> datetime | None:
    """The first moment after that one; None where there is none in sight."""
    return _first(CronSim(cron, after.astimezone(ZoneInfo(zone))))


def _first(moments: CronSim) -> datetime | None:
    found = next(moments, None)
    return None if found is None else found.astimezone(UTC)
