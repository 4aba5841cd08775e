"""The plane of a chart: which moments it reaches over, which values, and what its axes say.

What must keep its size on every screen (points, words) is placed by per cent; what may be
stretched (lines, areas) is drawn on a square of a thousand units over the plot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dashboard.web.scales import Scale, Tick, number_ticks, padded, time_ticks
from orchestrator.metric_views import Series, Told

LEFT, RIGHT, TOP, BOTTOM = 1.5, 98.5, 15.0, 85.0  # the plot inside the area
UNITS = 1000  # of the square that lines are drawn on
MOST_STRETCH = 0.5  # of the height of the points alone that a band may add to each side
Corners = Sequence[tuple[float, float]]
Placed = tuple[tuple[str, Tick], ...]


class Extent(NamedTuple):
    """What a chart reaches over, in seconds since 1970; None: from the first to the last point.

    After more than `silence` seconds between two points the line is broken.
    """

    since: float | None = None
    until: float | None = None
    by_run: bool = False
    silence: float = float("inf")


@dataclass(frozen=True, slots=True)
class Plane:
    """Where a report lies across, by its time or by its turn, and a value up."""

    place: Callable[[Told], float]
    across: Scale
    up: Scale
    x_ticks: Placed

    @property
    def y_ticks(self) -> Placed:
        """Round values, each with its place."""
        ticks = number_ticks(self.up.low, self.up.high)
        return tuple((percent(self.up(tick.at)), tick) for tick in ticks)

    def x(self, told: Told) -> str:
        """Where a report lies across."""
        return percent(self.across(self.place(told)))

    def y(self, value: float) -> str:
        """Where a value lies up."""
        return percent(self.up(value))

    def path(self, corners: Corners) -> str:
        """A line through places and values."""
        return "M" + "L".join(self.corner(x, y) for x, y in corners)

    def area(self, over: Corners, under: Corners) -> str:
        """What lies between two lines."""
        return self.path([*over, *reversed(under)]) + "Z"

    def corner(self, x: float, y: float) -> str:
        """On the square over the plot, which has the whole width and the plot's height."""
        share = (self.up(y) - TOP) / (BOTTOM - TOP)
        return f"{self.across(x) * UNITS / 100:.1f} {share * UNITS:.1f}"


def plane(series: Sequence[Series], extent: Extent) -> Plane:
    """The plane on which these series find room."""
    told = _told(series)
    if extent.by_run:
        return _by_run(told, _up(series))
    moments = [seconds(one) for one in told] or [extent.until or 0.0]
    until = moments[-1] if extent.until is None else extent.until
    since = moments[0] if extent.since is None else max(extent.since, min(moments[0], until))
    scale = Scale(*padded(since, until, 0.01), LEFT, RIGHT)
    ticks = time_ticks(scale.low, scale.high)
    return Plane(seconds, scale, _up(series), _placed(scale, ticks))


def percent(share: float) -> str:
    """As an attribute says it: "12.34%"."""
    return f"{share:.2f}%"


def seconds(told: Told) -> float:
    """When it came, in seconds since 1970."""
    return told.at.timestamp()


def _told(series: Sequence[Series]) -> list[Told]:
    points = {point.told for one in series for point in one.points}
    gaps = {gap.told for one in series for gap in one.gaps}
    return sorted(points | gaps, key=lambda one: (one.at, one.id))


def _by_run(told: Sequence[Told], up: Scale) -> Plane:
    """Every report is a step as wide as all others."""
    order = {one.id: float(number) for number, one in enumerate(told)}
    scale = Scale(*padded(0.0, float(max(0, len(told) - 1)), 0.01), LEFT, RIGHT)
    shown = range(0, len(told), max(1, -(-len(told) // 8)))
    ticks = [Tick(float(at), f"run {told[at].run}", bool(n % 2)) for n, at in enumerate(shown)]
    return Plane(lambda one: order[one.id], scale, up, _placed(scale, ticks))


def _placed(scale: Scale, ticks: Sequence[Tick]) -> Placed:
    return tuple((percent(scale(tick.at)), tick) for tick in ticks)


def _up(series: Sequence[Series]) -> Scale:
    """From the lowest to the highest replicate, with the band where it does not dwarf them."""
    points = [point for one in series for point in one.points]
    low = min((point.low for point in points), default=0.0)
    high = max((point.high for point in points), default=1.0)
    held = [point.judged for one in series[:1] for point in one.points if point.judged]
    room = (high - low) * MOST_STRETCH or abs(high) * 0.1
    under = min((one.middle - one.margin for one in held), default=low)
    over = max((one.middle + one.margin for one in held), default=high)
    low, high = min(low, max(under, low - room)), max(high, min(over, high + room))
    return Scale(*padded(low, high), BOTTOM, TOP)
