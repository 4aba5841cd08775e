"""From series of a metric to what `_chart.html` draws: geometry, words and addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dashboard.web import metric_words, words
from dashboard.web.chart import Chart, chart
from dashboard.web.chart_marks import Flag, Foot, Turn, commit_marks, flags, gap_marks, turned
from dashboard.web.plane import Extent
from dashboard.web.shell import matrix_href
from orchestrator.metric_views import Series

LETTERS = "ABCDEF"
MOST_TURN_WORDS = 12
DENSE = 120  # points from which on they are drawn smaller


class PointLink(NamedTuple):
    """A point as a link to its job: `kind` says its shape, `told` all of it in words."""

    number: int
    x: str
    y: str
    kind: str
    href: str
    told: str
    at: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class ChartContext:
    """What `_chart.html` draws; `name` is its accessible name."""

    name: str
    geometry: Chart
    points: tuple[PointLink, ...]
    turns: tuple[Turn, ...]
    has_turn_words: bool
    flags: tuple[Flag, ...]
    gaps: tuple[Foot, ...]
    commits: tuple[Foot, ...]
    kinds: tuple[tuple[str, str], ...]
    letters: bool
    dense: bool
    since: str
    until: str
    by_run: bool
    thinned: str
    begins: str


def chart_context(matrix: str, name: str, series: Sequence[Series], extent: Extent) -> ChartContext:
    """The chart of these series, the first of which was asked for."""
    geometry = chart(series, extent)
    drawn = geometry.plane
    points = tuple(_points(matrix, series, geometry))
    found = tuple(turned(series, drawn))
    kinds = dict.fromkeys(point.kind for point in points)
    return ChartContext(
        name=name,
        geometry=geometry,
        points=points,
        turns=found,
        has_turn_words=len(found) <= MOST_TURN_WORDS,
        flags=flags(matrix, series, drawn),
        gaps=tuple(gap_marks(matrix, (gap for one in series for gap in one.gaps), drawn)),
        commits=tuple(commit_marks(matrix, series, drawn)),
        kinds=tuple((one, metric_words.KINDS[one]) for one in kinds),
        letters=len(series) > 1,
        dense=geometry.total > DENSE,
        since=f"{drawn.across.low:.3f}",
        until=f"{drawn.across.high:.3f}",
        by_run=extent.by_run,
        thinned=_thinned(geometry),
        begins=_begins(geometry),
    )


def _points(matrix: str, series: Sequence[Series], geometry: Chart) -> Iterator[PointLink]:
    last = geometry.spots[-1] if geometry.spots else None
    for spot in geometry.spots:
        one = series[spot.number]
        point = one.points[spot.nth]
        place = metric_words.where(one.place) if len(series) > 1 else ""
        yield PointLink(
            number=spot.number,
            x=spot.x,
            y=spot.y,
            kind=metric_words.kind(point),
            href=matrix_href(matrix, "jobs", point.told.job),
            told=metric_words.told(one.metric, point, place),
            at=f"{point.told.at.timestamp():.0f}",
            is_last=spot is last,
        )


def _thinned(geometry: Chart) -> str:
    if len(geometry.spots) == geometry.total:
        return ""
    total = words.plural(geometry.total, "point")
    return f"{total}; marked are the extremes of each step. Zoom in to see all."


def _begins(geometry: Chart) -> str:
    """A word of warning where the axis does not begin at nothing."""
    low = geometry.plane.up.low
    return f"The axis begins at {words.quantity(low)}." if low > 0 and geometry.total else ""
