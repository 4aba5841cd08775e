"""From comparisons to what their pages draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from dashboard.web import marks, words
from dashboard.web.marks import Look
from dashboard.web.shell import Shell, matrix_href
from matrix.comparison import CaseChange, Change, MetricChange
from matrix.status import Layer, Status
from orchestrator.pair_views import Comparison, End, HalfView, Listed, PairView, PartView

_LOOKS = {
    Change.WORSE: Look("worse", "down", "orange"),
    Change.BETTER: Look("better", "up", "green"),
    Change.EQUAL: Look("no difference", "tick", "green"),
    Change.FLAKY: marks.FLAKY,
    Change.UNDECIDED: Look("cannot tell", "ring", "blue"),
    Change.NEW: Look("new", "ring", "blue"),
    Change.GONE: Look("not run", "dot", "none"),
}
_RUNNING = Look("running", "play", "blue")
_ASKED = {
    Layer.CODE: "The code is asked.",
    Layer.TEST: "The test is asked, not the code.",
    Layer.INFRA: "The machines are asked, not the code.",
    Layer.CAPACITY: "Nobody offers what it takes.",
    Layer.NONE: "",
}


class Place(NamedTuple):
    """One of the two commits: its page, and its run's."""

    href: str
    short: str
    name: str
    title: str
    run: str
    run_href: str


class MetricRow(NamedTuple):
    """A metric at base and at head; `chance` is that of such a difference by luck alone."""

    look: Look
    name: str
    where: str
    unit: str
    better: str
    base: str
    head: str
    ratio: str
    between: str
    chance: str


class CaseRow(NamedTuple):
    """A case that is not equal."""

    look: Look
    name: str
    where: str
    base: str
    head: str
    href: str


class HalfCell(NamedTuple):
    """A job of a pair."""

    look: Look
    href: str


class PairRow(NamedTuple):
    """A pair in the order of its jobs."""

    number: int
    order: str
    base: HalfCell
    head: HalfCell
    where: str
    trouble: str


class PartRow(NamedTuple):
    """One suite in one cell, and its pairs."""

    look: Look
    name: str
    told: str
    cases: str
    trouble: str
    pairs: tuple[PairRow, ...]


@dataclass(frozen=True, slots=True)
class PairContext:
    """What `pair.html` draws."""

    shell: Shell
    title: str
    look: Look
    sentence: str
    asked: str
    progress: str
    age: str
    age_iso: str
    base: Place
    head: Place
    metrics: tuple[MetricRow, ...]
    cases: tuple[CaseRow, ...]
    parts: tuple[PartRow, ...]
    command: str


class ListedRow(NamedTuple):
    """A comparison in the list."""

    href: str
    name: str
    title: str
    told: str
    age: str
    age_iso: str


@dataclass(frozen=True, slots=True)
class PairsContext:
    """What `pairs.html` draws."""

    shell: Shell
    rows: tuple[ListedRow, ...]
    command: str


def title_of(component: str, head: str, base: str) -> str:
    """What a comparison is called."""
    return f"{component}: {words.commit(head)} against {words.commit(base)}"


def pair_context(frame: Shell, page: Comparison, now: datetime) -> PairContext:
    """One comparison."""
    found, matrix = page.found, page.matrix.name
    is_open = any(part.part.open for part in page.parts)
    metrics = [(part, one) for part in page.parts for one in part.part.metrics]
    cases = [(part, one) for part in page.parts for one in part.part.cases]
    planned = sum(part.part.planned for part in page.parts)
    ended = planned - sum(part.part.open for part in page.parts)
    began = page.ended_at or page.started_at
    return PairContext(
        shell=frame,
        title=title_of(page.component, page.head.name, page.base.name),
        look=_RUNNING if is_open else _LOOKS[found.change],
        sentence=f"{found.sentence}.",
        asked=_ASKED[found.layer],
        progress=f"{words.number(ended)} of {words.plural(planned, 'pair')}",
        age=words.age(began, now),
        age_iso=words.iso(began),
        base=_place(matrix, page.component, page.base),
        head=_place(matrix, page.component, page.head),
        metrics=tuple(_metric(part, one) for part, one in sorted(metrics, key=_worst)),
        cases=tuple(_case(matrix, page, part, one) for part, one in sorted(cases, key=_worst)),
        parts=tuple(_part(matrix, part) for part in page.parts),
        command=f"coevo run --at {page.component}={page.head.name} --against {page.base.name}"
        f" --repeat {page.repetitions} --wait",
    )


def pairs_context(
    frame: Shell, matrix: str, listed: Iterable[Listed], now: datetime
) -> PairsContext:
    """The comparisons of a matrix."""
    rows = tuple(
        ListedRow(
            href=matrix_href(matrix, "pairs", one.id),
            name=title_of(one.component, one.head, one.base),
            title=one.title,
            told=("ended" if one.is_over else "runs")
            + f", {words.plural(one.repetitions, 'pair')} a job",
            age=words.age(one.started_at, now),
            age_iso=words.iso(one.started_at),
        )
        for one in listed
    )
    return PairsContext(frame, rows, "coevo run --at COMPONENT=HEAD --against BASE --repeat 6")


def _worst(told: tuple[PartView, CaseChange] | tuple[PartView, MetricChange]) -> int:
    return list(Change).index(told[1].change)


def _place(matrix: str, component: str, end: End) -> Place:
    return Place(
        href=matrix_href(matrix, "at", component, end.name),
        short=words.commit(end.name),
        name=end.name,
        title=end.title,
        run=f"Run {end.run}",
        run_href=matrix_href(matrix, "runs", end.run),
    )


def _metric(part: PartView, one: MetricChange) -> MetricRow:
    measured = one.measured
    is_told = one.change is not Change.UNDECIDED
    return MetricRow(
        look=_LOOKS[one.change],
        name=f"{measured.name} of {measured.case}" if measured.case else measured.name,
        where=part.part.name,
        unit=measured.unit,
        better=f"{measured.better} is better",
        base=_value(one.base),
        head=_value(one.head),
        ratio="" if one.ratio is None else f"{one.ratio - 1:+.1%}",
        between=f"{one.between.low - 1:+.1%} to {one.between.high - 1:+.1%}" if one.between else "",
        chance=f"{one.chance:.2g}" if is_told else f"{words.plural(len(measured.pairs), 'pair')}",
    )


def _case(matrix: str, page: Comparison, part: PartView, one: CaseChange) -> CaseRow:
    variant = ", ".join(word for word in (one.device, one.dtype) if word)
    name = one.case or "the suite as a whole"
    return CaseRow(
        look=_LOOKS[one.change],
        name=f"{name} ({variant})" if variant else name,
        where=part.part.name,
        base=_outcomes(pair[0] for pair in one.pairs),
        head=_outcomes(pair[1] for pair in one.pairs),
        href=f"{matrix_href(matrix, 'runs', page.head.run)}?{urlencode({'q': part.part.name})}",
    )


def _outcomes(statuses: Iterable[Status | None]) -> str:
    """What a case was, and how often: 4 passed, 2 failed."""
    seen = [marks.of_status(one).word if one else "not there" for one in statuses]
    return ", ".join(f"{seen.count(word)} {word}" for word in dict.fromkeys(seen))


def _part(matrix: str, view: PartView) -> PartRow:
    part = view.part
    return PartRow(
        look=_look_of(view),
        name=part.name,
        told=f"{words.number(part.complete)} of {words.plural(part.planned, 'pair')} compared",
        cases=words.plural(part.compared, "case"),
        trouble=part.trouble,
        pairs=tuple(_pair(matrix, one) for one in view.pairs),
    )


def _look_of(view: PartView) -> Look:
    part = view.part
    if part.open:
        return _RUNNING
    changes = {one.change for one in part.cases} | {one.change for one in part.metrics}
    if not part.complete:
        return _LOOKS[Change.UNDECIDED]
    order = (Change.WORSE, Change.FLAKY, Change.UNDECIDED, Change.BETTER)
    return _LOOKS[next((one for one in order if one in changes), Change.EQUAL)]


def _pair(matrix: str, one: PairView) -> PairRow:
    return PairRow(
        number=one.repetition,
        order="base, then head" if one.base_first else "head, then base",
        base=_half(matrix, one.base),
        head=_half(matrix, one.head),
        where=one.head.at[0] or one.base.at[0],
        trouble=one.trouble,
    )


def _half(matrix: str, half: HalfView) -> HalfCell:
    look = marks.of_progress(half.status, half.state)
    return HalfCell(look, matrix_href(matrix, "jobs", half.job))


def _value(value: float) -> str:
    return f"{value:,.4g}"
