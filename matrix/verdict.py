"""The state of a cell: what its reports fold to, and the face that the grid shows of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from matrix.history import STATUSES_REMEMBERED, confidence, is_flaky
from matrix.status import Evidence, Layer, Role, Status
from matrix.trend import VALUES_REMEMBERED, trend, worst_trend


class Colour(StrEnum):
    """Three questions: is it fine now, is it moving or unknown, must a person look."""

    GREEN = "green"
    BLUE = "blue"
    ORANGE = "orange"
    NONE = "none"


class State(StrEnum):
    """What a cell, or one suite on one stack in it, is now."""

    FAILING = "failing"
    BROKEN = "test error"
    INFRA = "infrastructure"
    SLOWER = "slower"
    FLAKY = "flaky"
    RUNNING = "running"
    QUEUED = "queued"
    NEW = "new"
    STALE = "stale"
    FASTER = "faster"
    PASSING = "passing"
    SKIPPED = "skipped"
    NOT_OFFERED = "not offered"
    EXCLUDED = "excluded"


class Mark(NamedTuple):
    """How a state looks: its colour, and a glyph that says the same without it."""

    colour: Colour
    glyph: str


MARKS = {
    State.FAILING: Mark(Colour.ORANGE, "✕"),
    State.BROKEN: Mark(Colour.ORANGE, "!"),
    State.INFRA: Mark(Colour.ORANGE, "⚡"),
    State.SLOWER: Mark(Colour.ORANGE, "▼"),
    State.FLAKY: Mark(Colour.ORANGE, "≈"),
    State.RUNNING: Mark(Colour.BLUE, "▶"),
    State.QUEUED: Mark(Colour.BLUE, "…"),
    State.NEW: Mark(Colour.BLUE, "○"),
    State.STALE: Mark(Colour.BLUE, "◷"),
    State.FASTER: Mark(Colour.GREEN, "▲"),
    State.PASSING: Mark(Colour.GREEN, "✓"),
    State.SKIPPED: Mark(Colour.NONE, "∅"),
    State.NOT_OFFERED: Mark(Colour.NONE, "–"),  # noqa: RUF001 - the dash is the glyph
    State.EXCLUDED: Mark(Colour.NONE, "·"),
}


class Counts(NamedTuple):
    """Cases by status; `expected` failures are counted there and not under `fail`."""

    fail: int = 0
    error: int = 0
    miss: int = 0
    passed: int = 0
    done: int = 0
    skip: int = 0
    expected: int = 0

    @property
    def total(self) -> int:
        """All cases."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class CellState:
    """The projection of one (cell, suite, stack): the row that pages read.

    `history` holds the last 30 statuses, oldest first, a letter each (P F E M D S); `since` is
    when the present status began; `unmet` the first need that no runner meets, "" where one
    does; `queued` and `running` count open jobs. `status` is None until a report has come. `recent`
    feeds the trend; `runner` is who reported last. `waits` says what queued jobs wait for that
    somebody offers to run, where it is known.
    """

    cell: tuple[tuple[str, str], ...]
    suite: str
    stack: str
    role: Role
    status: Status | None
    layer: Layer
    confidence: float
    reason: str
    counts: Counts
    history: str
    since: datetime | None
    reported_at: datetime | None
    job: int | None
    run: int | None
    queued: int
    running: int
    unmet: str
    trend: int  # -1 slower, 0 level, 1 faster
    evidence: Evidence
    parameters: tuple[tuple[str, str], ...] = ()
    runner: str = ""
    recent: tuple[Recent, ...] = ()
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Recent:
    """The last medians of one metric (of one case, or of the suite where "") by report.

    `contended`: the newest report's replicates lay too far apart, and `values` are without it.
    """

    name: str
    case: str
    better: str
    values: tuple[float, ...]
    unit: str = ""
    contended: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run says of a (cell, suite, stack): its reports, shards merged.

    `medians` hold each metric's median of this run as a Recent of one value, or of none where its
    replicates are contended.
    """

    at: datetime
    status: Status
    layer: Layer
    reason: str
    counts: Counts
    evidence: Evidence
    job: int
    run: int
    runner: str = ""
    medians: tuple[Recent, ...] = ()


class Summary(NamedTuple):
    """What a square of the slide shows: the roll-up of the states of its cells."""

    state: State
    reason: str
    counts: Counts
    watched_bad: int
    done: int
    planned: int
    since: datetime | None
    age_from: datetime | None
    history: str
    runner: str
    simulated: bool


METRICS_REMEMBERED = 64
_ORDER = {state: rank for rank, state in enumerate(State)}
_SETTLED = {
    Status.FAIL: State.FAILING,
    Status.ERROR: State.BROKEN,
    Status.MISS: State.INFRA,
    Status.SKIP: State.SKIPPED,
}
_NEEDS_A_LOOK = frozenset(state for state, mark in MARKS.items() if mark.colour is Colour.ORANGE)


def judge(before: CellState, outcome: Outcome) -> CellState:
    """Fold one outcome into the projection. Only verdict fields change; open jobs do not."""
    history = (before.history + outcome.status[0])[-STATUSES_REMEMBERED:]
    recent = _remembered(before.recent, outcome.medians)
    return replace(
        before,
        status=outcome.status,
        layer=outcome.layer,
        confidence=confidence(history),
        reason=outcome.reason,
        counts=outcome.counts,
        history=history,
        since=before.since if before.status == outcome.status else outcome.at,
        reported_at=outcome.at,
        job=outcome.job,
        run=outcome.run,
        trend=worst_trend([trend(metric.values, metric.better) for metric in recent]),
        evidence=outcome.evidence,
        runner=outcome.runner,
        recent=recent,
    )


def is_stale(cell: CellState, now: datetime, freshness: timedelta) -> bool:
    """Whether its newest report is older than `freshness`; nothing reported is not stale."""
    return cell.reported_at is not None and now - cell.reported_at > freshness


def state(cell: CellState, now: datetime, freshness: timedelta) -> State:
    """What it is now.

    A fresh result stands, except that a good one which runs again shows that it moves; without
    a fresh one it is running, queued, stale, new, or offered by nobody. Never green unless fresh.
    """
    if cell.status is None or is_stale(cell, now, freshness):
        return _unsettled(cell)
    last = settled(cell)
    moving = cell.running > 0 and last not in _NEEDS_A_LOOK
    return State.RUNNING if moving else last


def face(states: Sequence[CellState], now: datetime, freshness: timedelta) -> Summary:
    """The roll-up of a square: the worst of its headline states (of watched ones if none is).

    "Worst" is the order in which `State` lists them. Without any state the square is excluded.
    """
    headline = [s for s in states if s.role is Role.HEADLINE]
    watched = [s for s in states if s.role is Role.WATCH]
    shown = headline or watched
    if not shown:
        return Summary(State.EXCLUDED, "", Counts(), 0, 0, 0, None, None, "", "", simulated=False)
    ranked = sorted(shown, key=lambda cell: _ORDER[state(cell, now, freshness)])
    worst = ranked[0]
    looks = [s for s in watched if state(s, now, freshness) in _NEEDS_A_LOOK]
    newest = max(shown, key=lambda cell: (cell.reported_at is not None, cell.reported_at))
    shows = state(worst, now, freshness)
    return Summary(
        state=shows,
        reason=(shows is State.QUEUED and worst.waits) or _reason(worst),
        counts=_added(cell.counts for cell in shown),
        watched_bad=len(looks) if headline else 0,
        done=sum(_has_fresh(cell, now, freshness) for cell in shown),
        planned=len(shown),
        since=worst.since,
        age_from=newest.reported_at,
        history=worst.history,
        runner=newest.runner,
        simulated=any(cell.evidence is Evidence.SIMULATED for cell in states),
    )


def settled(cell: CellState) -> State:
    """What its last verdict says, whatever its age and whatever runs: NEW before the first."""
    if cell.status is None:
        return State.NEW
    if cell.status not in _SETTLED and is_flaky(cell.history):
        return State.FLAKY
    trends = {-1: State.SLOWER, 0: State.PASSING, 1: State.FASTER}
    return _SETTLED.get(cell.status) or trends[cell.trend]


def _unsettled(cell: CellState) -> State:
    if cell.running:
        return State.RUNNING
    if cell.queued and not cell.unmet:
        return State.QUEUED
    if cell.status is not None:
        return State.STALE
    return State.NOT_OFFERED if cell.unmet else State.NEW


def _reason(cell: CellState) -> str:
    return cell.unmet if cell.status is None else cell.reason


def _has_fresh(cell: CellState, now: datetime, freshness: timedelta) -> bool:
    return cell.status is not None and not is_stale(cell, now, freshness)


def _added(counts: Iterable[Counts]) -> Counts:
    return Counts(*(sum(column) for column in zip(*counts, strict=True)))


def _remembered(before: tuple[Recent, ...], news: tuple[Recent, ...]) -> tuple[Recent, ...]:
    """Each metric with its new value behind its old ones; those not measured now are kept."""
    merged = {(metric.name, metric.case): metric for metric in before}
    for metric in news:
        old = merged.pop((metric.name, metric.case), None)
        values = (*(old.values if old else ()), *metric.values)[-VALUES_REMEMBERED:]
        merged[metric.name, metric.case] = replace(metric, values=values)
    return tuple(merged.values())[-METRICS_REMEMBERED:]
