"""The scales of a chart: from values and moments to shares of its area, and what the axes say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor, log10
from typing import NamedTuple

_HOUR, _DAY = 3600.0, 86400.0
_STEPS = (
    *(60.0 * minutes for minutes in (1, 5, 15, 30)),
    *(_HOUR * hours for hours in (1, 3, 6, 12)),
    *(_DAY * days for days in (1, 2, 7, 14)),
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
_NICE = ((1.5, 1.0), (3.0, 2.0), (7.0, 5.0))
_MONTH_SECONDS = 30.44 * _DAY


class Tick(NamedTuple):
    """A mark of an axis; every second one is `minor` and goes where there is little room."""

    at: float
    label: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """A stretch of numbers laid over a stretch of an area, in per cent of it."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a number lies."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.begin + share * (self.end - self.begin)


def padded(low: float, high: float, share: float = 0.06) -> tuple[float, float]:
    """A little more than what is shown, and something where all is one number."""
    room = (high - low) * share or abs(high) * 0.1 or 1.0
    return low - room, high + room


def number_ticks(low: float, high: float, about: int = 5) -> tuple[Tick, ...]:
    """Round numbers inside: P. Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990."""
    step = _nice((high - low) / max(1, about - 1))
    digits = max(0, -floor(log10(step))) if step < 1 else 0
    first = floor(low / step) + 1
    count = floor(high / step) - first + 1
    values = [(first + index) * step for index in range(count)]
    return tuple(Tick(value, f"{value:,.{digits}f}") for value in values)


def _nice(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    share = rough / power
    return power * next((nice for below, nice in _NICE if share < below), 10.0)


def time_ticks(low: float, high: float, about: int = 8) -> tuple[Tick, ...]:
    """Round moments (UTC) between two moments in seconds since 1970."""
    rough = (high - low) / about
    step = next((step for step in _STEPS if step >= rough), 0.0)
    moments = _even(low, high, step) if step else _months(low, high, rough)
    form = "%H:%M" if step and step < _HOUR else "%b %-d" if step >= _DAY else "%b %-d, %H:%M"
    shown = form if step else "%b %Y"
    told = [(at, datetime.fromtimestamp(at, UTC).strftime(shown)) for at in moments]
    return tuple(Tick(at, label, bool(index % 2)) for index, (at, label) in enumerate(told))


def _even(low: float, high: float, step: float) -> list[float]:
    first = floor(low / step) + 1
    return [(first + index) * step for index in range(floor(high / step) - first + 1)]


def _months(low: float, high: float, rough: float) -> list[float]:
    every = next((one for one in _MONTHS if one * _MONTH_SECONDS >= rough), _MONTHS[-1])
    return [at for at in _firsts(low, high, every) if low < at <= high]


def _firsts(low: float, high: float, every: int) -> Iterator[float]:
    """The first days of every so many months."""
    begun = datetime.fromtimestamp(low, UTC)
    month = begun.year * 12 + begun.month - 1
    month -= month % every
    end = datetime.fromtimestamp(high, UTC) + timedelta(days=1)
    while (at := datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)) < end:
        yield at.timestamp()
        month += every
