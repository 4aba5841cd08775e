"""How measurements read to people: a point, what it was held against, how far it is believed."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.web import words
from dashboard.web.chart_marks import WORDS
from matrix.status import Evidence
from orchestrator.metric_views import Metric, Place, Point

# How a point is drawn, and the word for it: the first that holds.
KINDS = {
    "contended": "beside other work, so of little weight",
    "aside": "of a run about a commit, not judged",
    "simulated": "simulated",
    "signed": "signed or verified",
    "plain": "reported by its runner",
}


def kind(point: Point) -> str:
    """How a point is drawn."""
    told = point.told
    if point.contended:
        return "contended"
    if told.aside:
        return "aside"
    if told.evidence is Evidence.SIMULATED:
        return "simulated"
    return "plain" if told.evidence is Evidence.SELF_REPORTED else "signed"


def marks(point: Point) -> tuple[str, ...]:
    """All that tells how far a measurement is believed, in words."""
    told = point.told
    more = (("contended", point.contended), ("about a commit", told.aside))
    return (told.evidence.value, *(word for word, holds in more if holds))


def measured(value: float, unit: str) -> str:
    """A value and its unit."""
    return f"{words.quantity(value)} {unit}".rstrip()


def spread(point: Point) -> str:
    """The replicates of a point: "9.8 to 10.2 in 5"; "" of one."""
    if len(point.values) == 1:
        return ""
    ends = f"{words.quantity(point.low)} to {words.quantity(point.high)}"
    return f"{ends} in {words.number(len(point.values))}"


def held(point: Point) -> str:
    """What a point was held against: "10 ± 1"; "" where it was not."""
    if point.judged is None:
        return ""
    return f"{words.quantity(point.judged.middle)} ± {words.quantity(point.judged.margin)}"


def told(metric: Metric, point: Point, place: str = "") -> str:
    """All of a point, line by line, as its title says it."""
    return "\n".join(filter(None, _lines(metric, point, place)))


def _lines(metric: Metric, point: Point, place: str) -> Iterator[str]:
    one = point.told
    yield measured(point.median, metric.unit)
    yield f"median of {len(point.values)}, {spread(point)}" if len(point.values) > 1 else ""
    yield place
    yield f"{words.moment(one.at)}, run {one.run} on {one.runner}"
    if point.judged:
        yield f"{WORDS.get(point.trend, 'no change')}; held against {held(point)}"
    yield ", ".join(f"{component} {version}" for component, version in point.stack)
    yield ", ".join(marks(point))


def better(metric: Metric) -> str:
    """Which direction is better, in words."""
    return f"{metric.better} is better" if metric.better else "nobody said which way is better"


def title(metric: Metric) -> str:
    """A metric's name, with its case."""
    return f"{metric.name} of {metric.case}" if metric.case else metric.name


def where(place: Place) -> str:
    """A place in short: "lab/cpu, dtype=bfloat16 on stable"."""
    return place.name.replace(f":{place.suite}@", " on ")
