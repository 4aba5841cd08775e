"""Folds reports into a metric's series: medians, what each was held against, what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median, quantiles

from matrix.trend import Judged, is_contended, judged
from orchestrator.metric_views import (
    CommitMark,
    ComponentChange,
    Gap,
    Metric,
    Place,
    Point,
    Series,
    Told,
    Window,
)
from orchestrator.views import Pairs

Values = Mapping[int, Sequence[float]]  # by report
Stacks = Mapping[int, Pairs]  # by report
About = tuple[str, str, str]  # component, head, title


def series(  # noqa: PLR0913 - what a series is made of, by name
    place: Place,
    metric: Metric,
    reports: Sequence[Told],
    values: Values,
    *,
    stacks: Stacks,
    about: Mapping[int, Sequence[About]],
    window: Window,
    other_units: int = 0,
) -> Series:
    """The series of one place; reports before the window are only what its first are held to."""
    measured = [one for one in reports if values.get(one.id)]
    middles = {one.id: median(values[one.id]) for one in measured}
    counting = [one.id for one in measured if one.counts and not is_contended(values[one.id])]
    held = _held(counting, middles, metric.better)
    shown = [one for one in reports if is_within(window, one.at)]
    points = tuple(
        _point(one, values[one.id], middles[one.id], held.get(one.id), stacks.get(one.id, ()))
        for one in shown
        if one.id in middles
    )
    first = points[0].told.id if points else 0
    return Series(
        place=place,
        metric=metric,
        points=points,
        gaps=tuple(Gap(one) for one in shown if one.id not in middles and one.id > first > 0),
        changes=tuple(_changes(reports, stacks, window)),
        commits=tuple(_commits(shown, about)),
        other_units=other_units,
    )


def is_within(window: Window, at: datetime) -> bool:
    """Whether a moment lies in a stretch of time; its end does not belong to it."""
    begun = window.since is None or at >= window.since
    return begun and (window.until is None or at < window.until)


def _held(
    counting: Sequence[int], middles: Mapping[int, float], better: str
) -> dict[int, Judged | None]:
    found = judged([middles[one] for one in counting], better)
    return dict(zip(counting, found, strict=True))


def _point(
    told: Told, values: Sequence[float], middle: float, held: Judged | None, stack: Pairs
) -> Point:
    if len(values) == 1:
        lower = upper = middle
    else:
        lower, _, upper = quantiles(values, n=4, method="inclusive")
    found = tuple(values)
    return Point(told, found, middle, min(found), max(found), lower, upper, held, stack)


def _changes(reports: Iterable[Told], stacks: Stacks, window: Window) -> Iterator[ComponentChange]:
    """Where an observed version is other than that of the report before it which counts."""
    known: dict[str, str] = {}
    for one in reports:
        if not one.counts:
            continue
        for component, version in stacks.get(one.id, ()):
            before = known.get(component, version)
            if before != version and is_within(window, one.at):
                yield ComponentChange(one.at, one.job, component, before, version)
            known[component] = version


def _commits(reports: Iterable[Told], about: Mapping[int, Sequence[About]]) -> Iterator[CommitMark]:
    seen: set[tuple[int, str, str]] = set()
    for one in reports:
        for component, head, title in about.get(one.run, ()):
            if (one.run, component, head) not in seen:
                seen.add((one.run, component, head))
                yield CommitMark(one.at, one.job, one.run, component, head, title)
