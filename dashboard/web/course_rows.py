"""From what was measured along an attempt to the lines that its page draws."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from dashboard.web import words
from dashboard.web.strips import line
from runners.course import Course, Gauge

WIDTH, HEIGHT = 240, 32


class GaugeRow(NamedTuple):
    """A quantity: what it was in the middle and at most, and all of it as a line."""

    name: str
    middle: str
    most: str
    points: str
    source: str


def gauge_rows(course: Course) -> tuple[GaugeRow, ...]:
    """The quantities of which something is known."""
    return tuple(map(_row, filter(_is_known, course.gauges)))


def span(course: Course) -> str:
    """For how long it was looked at: "over 3 min, 180 moments"; "" where it was not."""
    if not course.seconds:
        return ""
    moments = words.plural(len(course.seconds), "moment")
    return f"over {words.duration(course.seconds[-1])}, {moments}"


def _is_known(gauge: Gauge) -> bool:
    return any(value is not None for value in gauge.values)


def _row(gauge: Gauge) -> GaugeRow:
    known = [value for value in gauge.values if value is not None]
    low, high = min(known), max(known)
    return GaugeRow(
        gauge.name,
        _told(median(known), gauge.unit),
        _told(high, gauge.unit),
        line(known, WIDTH, HEIGHT) if high > low else "",
        gauge.source,
    )


def _told(value: float, unit: str) -> str:
    return words.size(int(value)) if unit == "bytes" else f"{value:,.3g} {unit}"
