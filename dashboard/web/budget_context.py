"""From accounts of device time to what `budget.html` draws and its JSON twin says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboard.web import words
from dashboard.web.server_models import AccountModel, SpentModel
from dashboard.web.shell import Shell
from matrix.budget import NOTHING, hours
from orchestrator.server_views import AccountView, SpentView

_HOUR = timedelta(hours=1)
_PERIODS = {"day": "today", "week": "this week", "month": "this month"}


class SpentRow(NamedTuple):
    """A period of an account; without a cap only what was used is known."""

    period: str
    used: str
    cap: str
    left: str
    share: float
    is_short: bool
    renews: str
    renews_iso: str


class AccountRow(NamedTuple):
    """An owner's account."""

    owner: str
    held: str
    waiting: str
    spent: tuple[SpentRow, ...]


@dataclass(frozen=True, slots=True)
class BudgetContext:
    """What `budget.html` draws."""

    shell: Shell
    accounts: tuple[AccountRow, ...]


def budget_context(frame: Shell, found: Iterable[AccountView], now: datetime) -> BudgetContext:
    """The accounts of a matrix at `now`."""
    return BudgetContext(frame, tuple(_account(one, now) for one in found))


def account_models(found: Iterable[AccountView]) -> tuple[AccountModel, ...]:
    """The same for programs, in hours."""
    return tuple(
        AccountModel(
            owner=one.owner,
            held_hours=one.held / _HOUR,
            waiting=one.waiting,
            spent=tuple(_model(one, spent) for spent in one.spent),
        )
        for one in found
    )


def _account(one: AccountView, now: datetime) -> AccountRow:
    return AccountRow(
        owner=one.owner,
        held=hours(one.held),
        waiting=words.plural(one.waiting, "job") if one.waiting else "",
        spent=tuple(_row(one, spent, now) for spent in one.spent),
    )


def _row(one: AccountView, spent: SpentView, now: datetime) -> SpentRow:
    left = _left(one, spent)
    share = spent.used / spent.cap if spent.cap else 0.0
    return SpentRow(
        period=_PERIODS[spent.period],
        used=hours(spent.used),
        cap=hours(spent.cap) if spent.cap else "",
        left=hours(max(NOTHING, left)) if left is not None else "",
        share=min(1.0, share),
        is_short=left is not None and left <= NOTHING,
        renews=words.ahead(spent.renews_at, now),
        renews_iso=words.iso(spent.renews_at),
    )


def _left(one: AccountView, spent: SpentView) -> timedelta | None:
    return spent.cap - spent.used - one.held if spent.cap is not None else None


def _model(one: AccountView, spent: SpentView) -> SpentModel:
    left = _left(one, spent)
    return SpentModel(
        period=spent.period,
        used_hours=spent.used / _HOUR,
        cap_hours=spent.cap / _HOUR if spent.cap is not None else None,
        left_hours=max(NOTHING, left) / _HOUR if left is not None else None,
        renews_at=spent.renews_at,
    )
