"""Accounts of device-hours, out of a server's answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from orchestrator.server_views import AccountView, SpentView

Json = Mapping[str, object]


def accounts(answer: Json) -> tuple[AccountView, ...]:
    """The accounts of a matrix."""
    return tuple(map(_account, cast("list[Json]", answer["accounts"])))


def _account(told: Json) -> AccountView:
    """Time travels in hours."""
    spent = tuple(
        SpentView(
            str(one["period"]),
            _hours(one["used_hours"]),
            None if one["cap_hours"] is None else _hours(one["cap_hours"]),
            datetime.fromisoformat(str(one["renews_at"])),
        )
        for one in cast("list[Json]", told["spent"])
    )
    waiting = int(str(told["waiting"]))
    return AccountView(str(told["owner"]), _hours(told["held_hours"]), waiting, spent)


def _hours(count: object) -> timedelta:
    return timedelta(hours=float(str(count)))
