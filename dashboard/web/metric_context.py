"""From a metric's history to what `metric.html` draws: chart, legend, and the same as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from dashboard.web import metric_words, words
from dashboard.web.chart_context import LETTERS, ChartContext, chart_context
from dashboard.web.chart_marks import WORDS, changed_words
from dashboard.web.metric_hrefs import metric_href, metrics_href
from dashboard.web.paging import Pager, pager
from dashboard.web.plane import Extent
from dashboard.web.shell import Link, Shell, matrix_href
from dashboard.web.spans import ALL, ROWS_A_PAGE, RUN, SPANS, TIME, MetricQuery, utc
from orchestrator.metric_views import MetricHistory, Point, Series

_SPAN_WORDS = {"7d": "7 days", "30d": "30 days", "90d": "90 days", ALL: "all"}


class SeriesRow(NamedTuple):
    """A series in the legend: what it is, where it stands, how to take it away."""

    letter: str
    number: int
    text: str
    href: str
    latest: str
    word: str
    icon: str
    held: str
    without: str


class PointRow(NamedTuple):
    """A point as a row of the table."""

    when: str
    href: str
    letter: str
    value: str
    spread: str
    held: str
    word: str
    run: str
    run_href: str
    runner: str
    stack: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetricContext:
    """What `metric.html` draws."""

    shell: Shell
    title: str
    suite: str
    where: str
    unit: str
    better: str
    cell: Link
    ranges: tuple[Link, ...]
    axes: tuple[Link, ...]
    action: str
    fields: tuple[tuple[str, str], ...]
    since: str
    until: str
    series: tuple[SeriesRow, ...]
    choices: tuple[Link, ...]
    chart: ChartContext | None
    nothing: str
    notes: tuple[str, ...]
    rows: tuple[PointRow, ...]
    pager: Pager
    total: str
    csv: str
    json: str


def metric_context(
    frame: Shell, found: MetricHistory, query: MetricQuery, path: str, now: datetime
) -> MetricContext:
    """A metric's page at `now`; `path` is its address without a query."""
    points = _newest_first(found.series)
    own = found.series[0]
    title = metric_words.title(found.metric)
    window = query.span.window(now)
    twin = f"/api/v1{query.href(path)}"
    return MetricContext(
        shell=frame,
        title=title,
        suite=own.place.suite,
        where=metric_words.where(own.place),
        unit=found.metric.unit,
        better=metric_words.better(found.metric),
        cell=Link(
            f"{found.site.label}, {found.accelerator.label}",
            metrics_href(found.matrix.name, found.site.name, found.accelerator.name),
        ),
        ranges=tuple(_ranges(query, path)),
        axes=tuple(_axes(query, path)),
        action=path,
        fields=query.pairs(with_span=False),
        since=utc(window.since) if window.since else "",
        until=utc(window.until) if window.until else "",
        series=tuple(_series_rows(found, query, path)),
        choices=tuple(_choices(found, query, path)),
        chart=_chart(found, query, title, now) if points else None,
        nothing="" if points else _nothing(query),
        notes=tuple(_notes(found.series)),
        rows=tuple(_rows(found, points[query.offset : query.offset + ROWS_A_PAGE])),
        pager=_pager(query, path, len(points)),
        total=words.plural(len(points), "measurement"),
        csv=twin + ("&" if "?" in twin else "?") + "format=csv",
        json=twin,
    )


def _ranges(query: MetricQuery, path: str) -> Iterator[Link]:
    for name in SPANS:
        is_current = query.span.is_named and query.span.name == name
        yield Link(_SPAN_WORDS[name], query.spanned(name).href(path), is_current)


def _axes(query: MetricQuery, path: str) -> Iterator[Link]:
    for by, text in ((TIME, "by time"), (RUN, "by run")):
        yield Link(text, replace(query, by=by).href(path), query.by == by)


def _series_rows(found: MetricHistory, query: MetricQuery, path: str) -> Iterator[SeriesRow]:
    for number, one in enumerate(found.series):
        last = next((point for point in reversed(one.points) if point.told.counts), None)
        yield SeriesRow(
            letter=LETTERS[number],
            number=number,
            text=metric_words.where(one.place),
            href=metric_href(found.matrix.name, one.place, one.metric.name, one.metric.case),
            latest=metric_words.measured(last.median, one.metric.unit) if last else "nothing",
            word=WORDS.get(last.trend, "no change" if last.judged else "") if last else "",
            icon={-1: "down", 1: "up"}.get(last.trend, "") if last else "",
            held=metric_words.held(last) if last else "",
            without=query.with_or_without(one.place.name).href(path) if number else "",
        )


def _choices(found: MetricHistory, query: MetricQuery, path: str) -> Iterator[Link]:
    """What could be laid over it and is not."""
    shown = {one.place.name for one in found.series}
    for place in found.choices:
        if place.name not in shown:
            yield Link(metric_words.where(place), query.with_or_without(place.name).href(path))


def _chart(found: MetricHistory, query: MetricQuery, title: str, now: datetime) -> ChartContext:
    window = query.span.window(now)
    until = window.until or (now if window.since else None)
    extent = Extent(
        window.since.timestamp() if window.since else None,
        until.timestamp() if until else None,
        query.by == RUN,
        found.silence_seconds,
    )
    name = f"{title} over time, {metric_words.where(found.series[0].place)}"
    return chart_context(found.matrix.name, name, found.series, extent)


def _nothing(query: MetricQuery) -> str:
    if query.span.is_named and query.span.name != ALL:
        return f"Nothing was measured in the last {_SPAN_WORDS[query.span.name]}."
    return "Nothing was measured then."


def _notes(series: Sequence[Series]) -> Iterator[str]:
    for one in series:
        if one.other_units:
            count = words.plural(one.other_units, "report")
            unit = one.metric.unit or "no unit"
            yield f"{count} of {one.place.name} measured it in another unit than {unit}: not drawn."


def _newest_first(series: Sequence[Series]) -> list[tuple[int, int, Point]]:
    found = [
        (number, nth, point)
        for number, one in enumerate(series)
        for nth, point in enumerate(one.points)
    ]
    return sorted(found, key=lambda row: (row[2].told.at, row[2].told.id), reverse=True)


def _rows(found: MetricHistory, points: Sequence[tuple[int, int, Point]]) -> Iterator[PointRow]:
    matrix = found.matrix.name
    for number, _, point in points:
        one, told = found.series[number], point.told
        changes = [change for change in one.changes if change.job == told.job]
        stack = ", ".join(" ".join(pair) for pair in point.stack)
        yield PointRow(
            when=words.moment(told.at),
            href=matrix_href(matrix, "jobs", told.job),
            letter=LETTERS[number] if len(found.series) > 1 else "",
            value=words.quantity(point.median),
            spread=metric_words.spread(point),
            held=metric_words.held(point),
            word=WORDS.get(point.trend, "no change" if point.judged else ""),
            run=f"run {told.run}",
            run_href=matrix_href(matrix, "runs", told.run),
            runner=told.runner,
            stack=changed_words(changes) or stack,
            marks=metric_words.marks(point),
        )


def _pager(query: MetricQuery, path: str, total: int) -> Pager:
    return pager(path, query.pairs(), query.page, total, ROWS_A_PAGE)
