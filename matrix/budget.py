"""Budgets: how much device time an owner may use in a period, and what is left of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_WEEK_DAYS, _LONGEST_MONTH = 7, 31
_FEW = 0.001  # hours below which nobody counts
_MANY = 100  # hours from which on nobody reads a fraction
NOTHING = timedelta()
WAITS = "waits for the budget of"


class Period(StrEnum):
    """After what time an account begins anew: a day, week (from Monday) or month, in UTC."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Caps:
    """How much device time an owner may use in each period; None: as much as it likes."""

    day: timedelta | None = None
    week: timedelta | None = None
    month: timedelta | None = None

    def __iter__(self) -> Iterator[tuple[Period, timedelta]]:
        """The caps there are, the shortest period first."""
        given = ((Period.DAY, self.day), (Period.WEEK, self.week), (Period.MONTH, self.month))
        return ((period, cap) for period, cap in given if cap is not None)


@dataclass(frozen=True, slots=True)
class Budget:
    """The caps of each owner that is not named, and those of owners that are: these alone."""

    caps: Caps = Caps()
    owners: tuple[tuple[str, Caps], ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody's time is capped."""
        return any(True for caps in (self.caps, *dict(self.owners).values()) for _ in caps)

    def of(self, owner: str) -> Caps:
        """The caps that hold for an owner."""
        return dict(self.owners).get(owner, self.caps)


UNLIMITED = Budget()


class Used(NamedTuple):
    """Device time used since the present day, week and month began."""

    day: timedelta = NOTHING
    week: timedelta = NOTHING
    month: timedelta = NOTHING


class Balance(NamedTuple):
    """An owner's account: what may be used, what is, and what running jobs may still take."""

    owner: str
    caps: Caps
    used: Used = Used()
    held: timedelta = NOTHING

    @property
    def left(self) -> timedelta | None:
        """What may be begun now, in the tightest of the periods; None where nothing is capped."""
        return min((self._left(period, cap) for period, cap in self.caps), default=None)

    def admits(self, cost: timedelta) -> bool:
        """Whether a job that may take so much device time may begin now."""
        left = self.left
        return left is None or NOTHING < left >= cost

    def shortage(self, cost: timedelta, now: datetime) -> str:
        """Why a job that may take so much has to wait, "" where it may begin.

        Of several periods that keep it waiting the one is told that never has room for it, and
        else the one that renews last.
        """
        if self.admits(cost):
            return ""
        short = [one for one in self.caps if not cost <= self._left(*one) > NOTHING]
        period, cap = max(short, key=lambda one: (cost > one[1], renews(one[0], now)))
        of = f"{WAITS} {self.owner}"
        if cost > cap:
            may = f"it may take {hours(cost)} device-hours, by its time-out"
            return f"{of}: {may}, and {hours(cap)} a {period} is all there is"
        used = getattr(self.used, period)
        told = f"{of}: {hours(used)} of {hours(cap)} device-hours a {period} used"
        if used < cap:
            told += f", {hours(self.held)} reserved by running jobs" if self.held else ""
            told += f", {hours(cost)} needed"
        return f"{told}, renews {renews(period, now):%Y-%m-%d %H:%M} UTC"

    def _left(self, period: Period, cap: timedelta) -> timedelta:
        used: timedelta = getattr(self.used, period)
        return cap - used - self.held


def day_of(moment: datetime) -> datetime:
    """When the day of a moment began."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def began(period: Period, now: datetime) -> datetime:
    """When the present period began."""
    day = day_of(now)
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - day.weekday() * _DAY
        case Period.MONTH:
            return day.replace(day=1)


def renews(period: Period, now: datetime) -> datetime:
    """When the next period begins."""
    begun = began(period, now)
    match period:
        case Period.DAY:
            return begun + _DAY
        case Period.WEEK:
            return begun + _WEEK_DAYS * _DAY
        case Period.MONTH:
            return (begun + _LONGEST_MONTH * _DAY).replace(day=1)


def by_day(since: datetime, until: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """The days that a stretch of time touches, and how much of it lies in each."""
    while since < until:
        day = day_of(since)
        end = min(until, day + _DAY)
        yield day, end - since
        since = end


def hours(time: timedelta) -> str:
    """Device time as people read it: in hours, to three digits."""
    count = time / _HOUR
    if 0 < count < _FEW:
        return f"<{_FEW}"
    return f"{count:,.0f}" if abs(count) >= _MANY else f"{count:.3g}"
