"""Geometry of a metric's chart: its lines, points, spreads and band."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from dashboard.web.plane import Extent, Plane, percent, plane, seconds
from dashboard.web.thinning import extremes, thinned
from orchestrator.metric_views import Point, Series

MOST_MARKED = 400  # points that are drawn each; of more the extremes of each step
MARKED_STEPS, LINE_STEPS, BAND_STEPS = 160, 360, 300
MOST_WHISKERS = 150
APART = 4.5  # per cent between two names


class Stroke(NamedTuple):
    """The line of a series, as an SVG path, and where it ends."""

    number: int
    path: str
    x: str
    y: str
    height: float = 0.0


class End(NamedTuple):
    """Where a line is named: at its end, but not on another's name."""

    number: int
    x: str
    letter_y: str


class Spread(NamedTuple):
    """The replicates of a point: from the lowest to the highest, and the middle half of them."""

    number: int
    x: str
    low: str
    high: str
    lower: str
    upper: str


class Spot(NamedTuple):
    """A point that is drawn by itself: whose it is, which of them, and where."""

    number: int
    nth: int
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn of some series; `total` points, of which `spots` are marked."""

    plane: Plane
    strokes: tuple[Stroke, ...]
    spots: tuple[Spot, ...]
    spreads: tuple[Spread, ...]
    envelope: str
    band: str
    middle: str
    total: int

    @property
    def ends(self) -> tuple[End, ...]:
        """The lines with their names' places, from the highest down."""
        found: list[End] = []
        least = 0.0
        for stroke in sorted((one for one in self.strokes if one.path), key=lambda one: one.height):
            least = max(stroke.height, least)
            found.append(End(stroke.number, stroke.x, percent(least)))
            least += APART
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A small chart: one line with its band, and its last point."""

    stroke: Stroke
    band: str
    changes: tuple[str, ...]  # where a component of the stack changed, across


def chart(series: Sequence[Series], extent: Extent) -> Chart:
    """The chart of a metric in one place, with others laid over it; the band is the first's."""
    drawn = plane(series, extent)
    total = sum(len(one.points) for one in series)
    has_room = total <= MOST_WHISKERS
    first: Sequence[Point] = series[0].points if series else ()
    return Chart(
        plane=drawn,
        strokes=tuple(_stroke(n, one, drawn, extent.silence) for n, one in enumerate(series)),
        spots=tuple(_spots(series, drawn, total)),
        spreads=tuple(_spreads(series, drawn)) if has_room else (),
        envelope="" if has_room else _envelope(first, drawn),
        band=_band(first, drawn),
        middle=_middle(first, drawn),
        total=total,
    )


def sketch(one: Series, silence: float) -> Sketch:
    """The small chart of a series, a step for every report."""
    drawn = plane([one], Extent(by_run=True))
    known = {point.told.job: point.told for point in one.points}
    changes = dict.fromkeys(drawn.x(known[c.job]) for c in one.changes if c.job in known)
    return Sketch(_stroke(0, one, drawn, silence), _band(one.points, drawn), tuple(changes))


def _stroke(number: int, one: Series, drawn: Plane, silence: float) -> Stroke:
    points = [point for point in one.points if not point.told.aside]
    if not points:
        return Stroke(number, "", "", "")
    xs, ys = [drawn.place(point.told) for point in points], [point.median for point in points]
    breaks = list(_breaks(points, [gap.told.id for gap in one.gaps if gap.told.counts], silence))
    path, part = "", -1
    for index in thinned(xs, ys, LINE_STEPS):
        now = bisect_right(breaks, index)
        path += ("L" if now == part else "M") + drawn.corner(xs[index], ys[index])
        part = now
    last = points[-1]
    ends = drawn.x(last.told), drawn.y(last.median), drawn.up(last.median)
    return Stroke(number, path, *ends)


def _breaks(points: Sequence[Point], gaps: Sequence[int], silence: float) -> Iterator[int]:
    """Points before which a line is broken: a report measured nothing, or it was long silent."""
    moments = [seconds(point.told) for point in points]
    steps = [after - before for before, after in pairwise(moments)]
    longest = max(silence, 3 * median(steps)) if steps else silence
    at = 0
    for index, point in enumerate(points):
        passed = at
        while at < len(gaps) and gaps[at] < point.told.id:
            at += 1
        if index and (at > passed or steps[index - 1] > longest):
            yield index


def _spots(series: Sequence[Series], drawn: Plane, total: int) -> Iterator[Spot]:
    for number, one in enumerate(series):
        for index in _marked(one.points, drawn, total):
            point = one.points[index]
            yield Spot(number, index, drawn.x(point.told), drawn.y(point.median))


def _marked(points: Sequence[Point], drawn: Plane, total: int) -> Sequence[int]:
    """All of them, or of too many the extremes and where a verdict begins."""
    if total <= MOST_MARKED or not points:
        return range(len(points))
    xs = [drawn.place(point.told) for point in points]
    steps = max(1, MARKED_STEPS * len(points) // total)
    kept = extremes(xs, [point.median for point in points], steps)
    return sorted({*kept, *turns(points)})


def turns(points: Sequence[Point]) -> Iterator[int]:
    """The points with which it became slower or faster."""
    before = 0
    for index, point in enumerate(points):
        if point.judged:
            if point.trend and point.trend != before:
                yield index
            before = point.trend


def _spreads(series: Sequence[Series], drawn: Plane) -> Iterator[Spread]:
    for number, one in enumerate(series):
        for point in one.points:
            if len(point.values) > 1:
                ends = (point.low, point.high, point.lower, point.upper)
                yield Spread(number, drawn.x(point.told), *map(drawn.y, ends))


def _envelope(points: Sequence[Point], drawn: Plane) -> str:
    """The lowest and highest replicates as an area, where whiskers would hide each other."""
    if all(len(point.values) == 1 for point in points):
        return ""
    xs = [drawn.place(point.told) for point in points]
    lows, highs = [point.low for point in points], [point.high for point in points]
    over = [(xs[at], highs[at]) for at in extremes(xs, highs, LINE_STEPS)]
    under = [(xs[at], lows[at]) for at in extremes(xs, lows, LINE_STEPS)]
    return drawn.area(over, under)


def _held(points: Sequence[Point], drawn: Plane) -> list[tuple[float, float, float]]:
    """Place, middle and margin of those that were held against something."""
    found = [
        (drawn.place(point.told), point.judged.middle, point.judged.margin)
        for point in points
        if point.judged
    ]
    step = max(1, len(found) // BAND_STEPS)
    return found if step == 1 else [*found[::step], found[-1]]


def _band(points: Sequence[Point], drawn: Plane) -> str:
    """What counts as no change, as an area."""
    held = _held(points, drawn)
    over = [(x, middle + margin) for x, middle, margin in held]
    under = [(x, middle - margin) for x, middle, margin in held]
    return drawn.area(over, under) if len(held) > 1 else ""


def _middle(points: Sequence[Point], drawn: Plane) -> str:
    held = _held(points, drawn)
    return drawn.path([(x, middle) for x, middle, _ in held]) if len(held) > 1 else ""
