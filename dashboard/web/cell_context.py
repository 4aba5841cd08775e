"""From the view of one square to what `cell.html` draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboard.web import marks, words
from dashboard.web.face_context import FaceContext, face_context
from dashboard.web.job_rows import JobRow, job_rows
from dashboard.web.marks import Look
from dashboard.web.metric_hrefs import metric_href, metrics_href
from dashboard.web.shell import Shell, matrix_href
from dashboard.web.strips import Strip, line, strip, trend_told
from matrix.status import Evidence, Layer
from matrix.verdict import CellState, Recent, state
from orchestrator.views import CellPage

SPARK_WIDTH, SPARK_HEIGHT = 120, 24
_METRICS_SHOWN = 6
_TREND = {-1: "slower than before", 0: "level", 1: "faster than before"}
_ASKED = {
    Layer.CODE: "code",
    Layer.TEST: "the test",
    Layer.INFRA: "infrastructure",
    Layer.CAPACITY: "capacity",
    Layer.NONE: "nobody",
}


class MetricLine(NamedTuple):
    """One metric over the last runs: its newest median, and its history as a line."""

    name: str
    value: str
    unit: str
    better: str
    points: str
    told: str
    contended: bool
    href: str


@dataclass(frozen=True, slots=True)
class StateRow:
    """One suite on one stack in a cell; `asked` is the responsible layer in words."""

    suite: str
    stack: str
    axes: str
    role: str
    look: Look
    asked: str
    confidence: str
    reason: str
    counts: tuple[tuple[str, str, str], ...]
    strip: Strip | None
    trend: str
    metrics: tuple[MetricLine, ...]
    more_metrics: str
    age: str
    age_iso: str
    since: str
    href: str
    log: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CellContext:
    """What `cell.html` and `_cell.html` draw."""

    shell: Shell
    title: str
    face: FaceContext
    why: str
    states: tuple[StateRow, ...]
    playing: tuple[StateRow, ...]
    jobs: tuple[JobRow, ...]
    jobs_href: str
    metrics_href: str


def cell_context(frame: Shell, page: CellPage, now: datetime) -> CellContext:
    """One square at `now`."""
    name = page.matrix.name
    return CellContext(
        shell=frame,
        title=f"{page.site.label} × {page.accelerator.label}",  # noqa: RUF001 - a crossing
        face=face_context(name, page.face, now),
        why=page.why,
        states=_rows(page, page.states, now),
        playing=_rows(page, page.playing, now),
        jobs=job_rows(page.jobs, now),
        jobs_href=f"{matrix_href(name, 'jobs')}?site={page.site.name}"
        f"&accelerator={page.accelerator.name}",
        metrics_href=metrics_href(name, page.site.name, page.accelerator.name),
    )


def _rows(page: CellPage, states: Iterable[CellState], now: datetime) -> tuple[StateRow, ...]:
    name, freshness = page.matrix.name, page.freshness
    return tuple(_state_row(name, row, now, freshness) for row in _by_role(states))


def _by_role(states: Iterable[CellState]) -> list[CellState]:
    order = {"headline": 0, "watch": 1, "shadow": 2}
    return sorted(states, key=lambda row: (order[row.role.value], row.suite, row.stack))


def _state_row(matrix: str, row: CellState, now: datetime, freshness: timedelta) -> StateRow:
    href = matrix_href(matrix, "jobs", row.job) if row.job else ""
    reported = row.reported_at
    return StateRow(
        suite=row.suite,
        stack=row.stack,
        axes=_free_axes(row.cell),
        role=row.role.value,
        look=marks.of_state(state(row, now, freshness)),
        asked=_ASKED[row.layer] if row.layer is not Layer.NONE else "",
        confidence=f"{row.confidence:.0%}" if row.layer is not Layer.NONE else "",
        reason=row.waits or row.reason or row.unmet,
        counts=words.detailed(row.counts),
        strip=strip(row.history),
        trend=_TREND[row.trend] if row.trend else "",
        metrics=tuple(_metric(matrix, row, metric) for metric in row.recent[:_METRICS_SHOWN]),
        more_metrics=_more(len(row.recent) - _METRICS_SHOWN),
        age=words.age(reported, now) if reported else "",
        age_iso=words.iso(reported),
        since=_lasted(row.since, now),
        href=href,
        log=f"{href}/log" if href else "",
        evidence="" if row.evidence is Evidence.SELF_REPORTED else row.evidence.value,
    )


def _lasted(since: datetime | None, now: datetime) -> str:
    told = words.age(since, now) if since else ""
    return "" if told == "now" else told


def _metric(matrix: str, row: CellState, metric: Recent) -> MetricLine:
    values = metric.values
    return MetricLine(
        name=f"{metric.name} of {metric.case}" if metric.case else metric.name,
        value=f"{values[-1]:,.4g}" if values else "none",
        unit=metric.unit,
        better=f"{metric.better} is better" if metric.better else "",
        points=line(values, SPARK_WIDTH, SPARK_HEIGHT),
        told=trend_told(values) if len(values) > 1 else "",
        contended=metric.contended,
        href=metric_href(matrix, row, metric.name, metric.case),
    )


def _more(count: int) -> str:
    return f"and {words.plural(count, 'metric')} more on the job" if count > 0 else ""


def _free_axes(cell: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(
        f"{axis}={value}" for axis, value in cell if axis not in {"site", "accelerator"}
    )
