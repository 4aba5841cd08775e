"""From a job and its report to what `job.html` draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import NamedTuple

from markupsafe import Markup

from dashboard.web import ansi, marks, words
from dashboard.web.case_context import CasesContext, cases_context
from dashboard.web.component_rows import ComponentRow, component_row, component_rows
from dashboard.web.course_rows import GaugeRow, gauge_rows, span
from dashboard.web.fact_rows import FactGroup, fact_groups
from dashboard.web.files_context import FilesContext, files_context
from dashboard.web.marks import Look
from dashboard.web.metric_hrefs import metric_href
from dashboard.web.paging import CaseQuery
from dashboard.web.shell import Link, Shell, matrix_href
from dashboard.web.strips import line
from matrix.status import Evidence, Layer
from matrix.trend import is_contended
from orchestrator.artifact_views import Handed
from orchestrator.views import AttemptView, CasePage, JobView, ReportView
from runners.work import MetricValue, Phase, RankReport

TREND_WIDTH, TREND_HEIGHT = 120, 24


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """A try of the job."""

    number: int
    look: Look
    runner: str
    runner_href: str
    node: str
    reason: str
    took: str
    cpu: str
    memory: str
    ending: str
    age: str
    age_iso: str
    log: str
    log_size: str
    progress: str
    done: int
    total: int
    marks: tuple[str, ...]
    last_lines: tuple[Markup, ...]


class MetricRow(NamedTuple):
    """A measurement: its median, and its replicates as a line."""

    name: str
    value: str
    unit: str
    better: str
    replicates: int
    points: str
    case: str
    contended: bool
    history: str


@dataclass(frozen=True, slots=True)
class RankRow:
    """One rank of an attempt on several nodes."""

    number: int
    look: Look
    node: str
    reason: str
    took: str
    cpu: str
    memory: str
    ending: str
    last_lines: tuple[Markup, ...]
    components: tuple[ComponentRow, ...]
    device: tuple[FactGroup, ...]


@dataclass(frozen=True, slots=True)
class JobContext:
    """What `job.html` and `_job.html` draw."""

    shell: Shell
    title: str
    look: Look
    reason: str
    asked: str
    facts: tuple[tuple[str, str], ...]
    run: Link
    cell: Link
    parent: Link | None
    counts: tuple[tuple[str, str, str], ...]
    repeat: str
    log: str
    is_open: bool
    attempts: tuple[AttemptRow, ...]
    cases: CasesContext
    metrics: tuple[MetricRow, ...]
    components: tuple[ComponentRow, ...]
    packages: tuple[ComponentRow, ...]
    device: tuple[FactGroup, ...]
    ranks: tuple[RankRow, ...]
    reports: tuple[Link, ...]
    files: FilesContext
    gauges: tuple[GaugeRow, ...]
    span: str
    simulated: bool


def job_context(  # noqa: PLR0913 - a page of four views
    frame: Shell,
    job: JobView,
    report: ReportView | None,
    page: CasePage,
    handed: Handed,
    *,
    query: CaseQuery,
    now: datetime,
) -> JobContext:
    """A job at `now`, with one page of its cases."""
    href = matrix_href(job.matrix, "jobs", job.id)
    last = job.attempts[-1] if job.attempts else None
    observed = component_rows(report) if report else ()
    return JobContext(
        shell=frame,
        title=job.name,
        look=marks.of_job(job),
        reason=job.waiting_for or job.reason or _pending(job),
        asked=last.layer.value if last and last.layer is not Layer.NONE else "",
        facts=_facts(job, now),
        run=Link(f"Run {job.run}", matrix_href(job.matrix, "runs", job.run)),
        cell=_cell_link(job),
        parent=Link(f"job {job.parent}", matrix_href(job.matrix, "jobs", job.parent))
        if job.parent
        else None,
        counts=words.detailed(report.counts) if report else (),
        repeat=job.repeat,
        log=f"{href}/log",
        is_open=job.state != "ended",
        attempts=attempt_rows(job, now),
        cases=cases_context(href, page, query),
        metrics=tuple(_metric(job, metric) for metric in report.metrics) if report else (),
        components=tuple(row for row in observed if row.is_wanted),
        packages=tuple(row for row in observed if not row.is_wanted),
        device=fact_groups(report.facts) if report else (),
        ranks=tuple(_rank(one, report.locked) for one in report.ranks) if report else (),
        reports=tuple(_reports(f"/api/v1{href}/report", report)) if report else (),
        files=files_context(job.matrix, job.id, handed, now),
        gauges=gauge_rows(report.course) if report else (),
        span=span(report.course) if report else "",
        simulated=last is not None and last.evidence is Evidence.SIMULATED,
    )


def _pending(job: JobView) -> str:
    """Where a batch system has it, while it waits there."""
    return job.attempts[-1].note if job.state == "submitted" and job.attempts else ""


def _reports(href: str, report: ReportView) -> Iterator[Link]:
    """The results for other tools, where there is something to read in them."""
    if any(report.counts):
        yield Link("JUnit", f"{href}?format=junit")
        yield Link("CTRF", f"{href}?format=ctrf")
    if report.metrics:
        yield Link("Benchmark v3", f"{href}?format=pytorch-benchmark-v3")


def attempt_rows(job: JobView, now: datetime) -> tuple[AttemptRow, ...]:
    """The tries of a job, newest first."""
    href = matrix_href(job.matrix, "jobs", job.id)
    return tuple(_attempt(href, attempt, now) for attempt in reversed(job.attempts))


def _facts(job: JobView, now: datetime) -> tuple[tuple[str, str], ...]:
    told = (
        ("Suite", job.suite),
        ("Stack", job.stack),
        ("Shard", f"{job.shard} of {job.shards}" if job.shards > 1 else ""),
        ("Parameters", ", ".join(f"{key}={value}" for key, value in job.parameters)),
        ("Role", job.role.value),
        ("Priority", str(job.priority) if job.priority else ""),
        ("Owner", job.owner),
        ("Queued", f"{words.moment(job.queued_at)} ({words.ago(job.queued_at, now)})"),
        ("Ended", words.moment(job.ended_at) if job.ended_at else ""),
        ("Cause", job.cause),
        ("Lock", job.lock_digest[:16]),
    )
    return tuple((name, value) for name, value in told if value)


def _cell_link(job: JobView) -> Link:
    cell = dict(job.cell)
    site, accelerator = cell.get("site", ""), cell.get("accelerator", "")
    return Link(f"{site}/{accelerator}", matrix_href(job.matrix, "cells", site, accelerator))


def _attempt(href: str, attempt: AttemptView, now: datetime) -> AttemptRow:
    usage = attempt.usage
    is_over = attempt.phase is Phase.ENDED
    return AttemptRow(
        number=attempt.fence,
        look=marks.of_status(attempt.status) if is_over else marks.of_phase(attempt.phase),
        runner=attempt.runner,
        runner_href=f"/runners/{attempt.runner}",
        node=attempt.node,
        reason=attempt.reason or attempt.note,
        took=words.between(attempt.claimed_at, attempt.ended_at, now),
        cpu=words.duration(usage.cpu_seconds) if usage.cpu_seconds else "",
        memory=words.size(usage.peak_memory_bytes) if usage.peak_memory_bytes else "",
        ending=_ending(attempt),
        age=words.age(attempt.claimed_at, now),
        age_iso=words.iso(attempt.claimed_at),
        log=f"{href}/log?attempt={attempt.fence}",
        log_size=words.size(attempt.log_bytes),
        progress="" if is_over or attempt.phase is Phase.SUBMITTED else _progress(attempt),
        done=attempt.done,
        total=attempt.total,
        marks=(attempt.evidence.value, *(("contended",) if attempt.contended else ())),
        last_lines=_drawn(attempt.last_lines),
    )


def _rank(rank: RankReport, locked: tuple[tuple[str, str], ...]) -> RankRow:
    usage, wanted = rank.usage, dict(locked)
    return RankRow(
        number=rank.rank,
        look=marks.of_status(rank.status),
        node=rank.node,
        reason=rank.reason,
        took=words.duration(usage.run_seconds) if usage.run_seconds else "",
        cpu=words.duration(usage.cpu_seconds) if usage.cpu_seconds else "",
        memory=words.size(usage.peak_memory_bytes) if usage.peak_memory_bytes else "",
        ending="lost" if rank.lost else _ending(rank),
        last_lines=_drawn(rank.last_lines),
        components=tuple(
            component_row(one, one.name, wanted.get(one.name)) for one in rank.observed
        ),
        device=fact_groups(rank.facts),
    )


def _drawn(lines: tuple[str, ...]) -> tuple[Markup, ...]:
    """The lines as the log page draws them; a colour lasts until it is taken back."""
    pen, drawn = ansi.PLAIN, []
    for text in lines:
        markup, pen = ansi.rendered(text, pen)
        drawn.append(markup)
    return tuple(drawn)


def _ending(attempt: AttemptView | RankReport) -> str:
    if attempt.signal:
        return f"signal {attempt.signal}"
    return f"exit {attempt.exit_code}" if attempt.exit_code is not None else ""


def _progress(attempt: AttemptView) -> str:
    if not attempt.total:
        return attempt.phase.value
    return f"{words.number(attempt.done)} of {words.plural(attempt.total, 'case')}"


def _metric(job: JobView, metric: MetricValue) -> MetricRow:
    return MetricRow(
        name=metric.name,
        value=f"{median(metric.values):,.4g}" if metric.values else "none",
        unit=metric.unit,
        better=f"{metric.better} is better" if metric.better else "",
        replicates=len(metric.values),
        points=line(metric.values, TREND_WIDTH, TREND_HEIGHT),
        case=metric.case,
        contended=is_contended(metric.values),
        history=metric_href(job.matrix, job, metric.name, metric.case),
    )
