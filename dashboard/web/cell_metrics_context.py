"""From all metrics of a cell to what `cell_metrics.html` draws: a small chart of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from dashboard.web import metric_words, words
from dashboard.web.chart import Sketch, sketch
from dashboard.web.chart_marks import WORDS
from dashboard.web.metric_hrefs import metric_href
from dashboard.web.shell import Link, Shell, matrix_href
from dashboard.web.spans import ALL, SPANS, USUAL, Span
from orchestrator.metric_views import CellMetrics, Series


class Card(NamedTuple):
    """A metric in small: where it stands, and how it came there."""

    title: str
    href: str
    value: str
    unit: str
    better: str
    word: str
    icon: str
    sketch: Sketch | None
    told: str


class Group(NamedTuple):
    """The metrics of one suite on one stack, and on one point of the other axes."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class CellMetricsContext:
    """What `cell_metrics.html` draws."""

    shell: Shell
    title: str
    total: str
    cell: Link
    ranges: tuple[Link, ...]
    groups: tuple[Group, ...]


def cell_metrics_context(
    frame: Shell, found: CellMetrics, span: Span, path: str
) -> CellMetricsContext:
    """The metrics of a cell; `path` is the page's address without a query."""
    matrix = found.matrix.name
    return CellMetricsContext(
        shell=frame,
        title=f"{found.site.label} × {found.accelerator.label}",  # noqa: RUF001 - a crossing
        total=words.plural(len(found.series), "metric"),
        cell=Link(
            f"{found.site.label}, {found.accelerator.label}",
            matrix_href(matrix, "cells", found.site.name, found.accelerator.name),
        ),
        ranges=tuple(_ranges(span, path)),
        groups=tuple(
            Group(place.name, tuple(_card(matrix, one, found) for one in group))
            for place, group in groupby(found.series, lambda one: one.place)
        ),
    )


def _ranges(span: Span, path: str) -> Iterator[Link]:
    for name in SPANS:
        text = name if name == ALL else f"{name[:-1]} days"
        href = path if name == USUAL else f"{path}?range={name}"
        yield Link(text, href, span.is_named and span.name == name)


def _card(matrix: str, one: Series, found: CellMetrics) -> Card:
    metric = one.metric
    last = next((point for point in reversed(one.points) if point.told.counts), None)
    return Card(
        title=metric_words.title(metric),
        href=metric_href(matrix, one.place, metric.name, metric.case),
        value=words.quantity(last.median) if last else "none",
        unit=metric.unit,
        better=metric_words.better(metric),
        word=WORDS.get(last.trend, "") if last else "",
        icon={-1: "down", 1: "up"}.get(last.trend, "") if last else "",
        sketch=sketch(one, found.silence_seconds) if len(one.points) > 1 else None,
        told=_told(one),
    )


def _told(one: Series) -> str:
    if not one.points:
        return "nothing was measured"
    first, last = one.points[0].median, one.points[-1].median
    ends = f"from {words.quantity(first)} to {words.quantity(last)}"
    return f"{words.plural(len(one.points), 'measurement')}, {ends}"
