"""Lively accounts: one that is used up, one with time left, one that nothing caps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestrator.server_views import AccountView, SpentView

HOUR = timedelta(hours=1)
RENEWS = {
    "day": datetime(2026, 11, 24, tzinfo=UTC),
    "week": datetime(2026, 11, 30, tzinfo=UTC),
    "month": datetime(2026, 12, 1, tzinfo=UTC),
}


def spent(period: str, used: float, cap: float | None = None) -> SpentView:
    return SpentView(period, used * HOUR, None if cap is None else cap * HOUR, RENEWS[period])


ACCOUNTS = (
    AccountView(
        "a-vendor-with-a-name-of-forty-letters-xx",
        timedelta(),
        1250,
        (spent("day", 40, 40), spent("week", 41.25), spent("month", 622.4, 800)),
    ),
    AccountView(
        "local", 1.5 * HOUR, 0, (spent("day", 2.75, 10), spent("week", 3), spent("month", 3, 100))
    ),
    AccountView(
        "<b>release", timedelta(), 0, (spent("day", 0), spent("week", 0), spent("month", 0.002))
    ),
)
