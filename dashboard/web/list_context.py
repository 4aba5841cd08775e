"""From runs, jobs and runners to what their lists draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from dashboard.web import marks, words
from dashboard.web.case_context import Option
from dashboard.web.fact_rows import FactGroup, fact_groups
from dashboard.web.grid_context import RunContext, run_context
from dashboard.web.job_rows import JobRow, job_rows
from dashboard.web.marks import Look
from dashboard.web.paging import JobQuery, Pager, pager, without
from dashboard.web.shell import Link, Shell, matrix_href
from matrix.status import WORST_FIRST
from orchestrator.commit_views import About
from orchestrator.messages import DeliveryView
from orchestrator.server_views import TriggerView
from orchestrator.views import JobPage, RunnerView, RunSummary

_RUNNER_LOOKS = {
    "ready": Look("ready", "tick", "green"),
    "starting": Look("starting", "dots", "blue"),
    "gone": Look("gone", "bolt", "orange"),
}
_TRIGGERS = {"cron": "time table", "commits": "commits", "pull_requests": "pull requests"}
_STATES = ("queued", "blocked", "leased", "submitted", "running", "ended")


class RunRow(NamedTuple):
    """A run in a list."""

    run: RunContext
    trigger: str
    counts: tuple[tuple[str, str, str], ...]
    age: str
    age_iso: str
    took: str


class TriggerLine(NamedTuple):
    """A trigger in a list; `href` leads to the last run that it started.

    Where what it saw last, at `seen`, led to none, `why` tells.
    """

    name: str
    kind: str
    what: str
    select: str
    due: str
    due_iso: str
    run: str
    href: str
    why: str
    seen: str
    seen_iso: str


@dataclass(frozen=True, slots=True)
class RunsContext:
    """What `runs.html` draws."""

    shell: Shell
    runs: tuple[RunRow, ...]
    triggers: tuple[TriggerLine, ...]
    command: str
    budget: str
    deliveries: tuple[DeliveryLine, ...]


class DeliveryLine(NamedTuple):
    """A message of a git host: what it led to, or why nothing."""

    event: str
    about: str
    repository: str
    reason: str
    runs: tuple[Link, ...]
    age: str
    age_iso: str


class AboutLine(NamedTuple):
    """A commit or version that a run is about; `href` leads to its page."""

    component: str
    head: str
    title: str
    href: str


class Seen(NamedTuple):
    """A run whose jobs are listed, what it is about, and the comparison that it is half of."""

    run: RunSummary | None
    about: tuple[About, ...]
    comparison: int | None = None


@dataclass(frozen=True, slots=True)
class JobsContext:
    """What `jobs.html` and `run.html` draw: jobs under a filter that stands in the URL."""

    shell: Shell
    title: str
    run: RunRow | None
    about: tuple[AboutLine, ...]
    comparison: str
    jobs: tuple[JobRow, ...]
    total: str
    action: str
    text: str
    statuses: tuple[Option, ...]
    states: tuple[Option, ...]
    chips: tuple[Link, ...]
    hidden: tuple[tuple[str, str], ...]
    pager: Pager


class RunnerRow(NamedTuple):
    """A runner in a list; `offers` reads "lab/cpu (2 slots)"."""

    href: str
    name: str
    label: str
    look: Look
    kind: str
    owner: str
    offers: tuple[str, ...]
    slots: str
    running: str
    age: str
    age_iso: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class RunnersContext:
    """What `runners.html` draws."""

    shell: Shell
    runners: tuple[RunnerRow, ...]


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """What `runner.html` draws."""

    shell: Shell
    runner: RunnerRow
    facts: tuple[FactGroup, ...]
    running: tuple[JobRow, ...]
    recent: tuple[JobRow, ...]


def run_row(run: RunSummary, now: datetime) -> RunRow:
    """A run at `now`."""
    return RunRow(
        run=run_context(run),
        trigger=run.trigger,
        counts=words.detailed(run.counts),
        age=words.age(run.started_at, now),
        age_iso=words.iso(run.started_at),
        took=words.between(run.started_at, run.ended_at, now) + ("" if run.ended_at else " so far"),
    )


def runs_context(
    frame: Shell,
    runs: Iterable[RunSummary],
    triggers: Iterable[TriggerView],
    deliveries: Iterable[DeliveryView],
    now: datetime,
) -> RunsContext:
    """The runs of a matrix, what starts some of them, and what git hosts told of it."""
    assert frame.matrix is not None
    rows = tuple(run_row(run, now) for run in runs)
    lines = tuple(_trigger_line(frame.matrix.name, one, now) for one in triggers)
    told = tuple(_delivery(one, now) for one in deliveries)
    budget = matrix_href(frame.matrix.name, "budget")
    return RunsContext(frame, rows, lines, "coevo run", budget, told)


def _delivery(one: DeliveryView, now: datetime) -> DeliveryLine:
    waits = "waits for a look" if one.pending else "" if one.runs else "nothing new"
    return DeliveryLine(
        event=one.event,
        about=one.about,
        repository=one.repository,
        reason=f"no run: {one.reason}" if one.reason else waits,
        runs=tuple(
            Link(f"Run {run.run}", matrix_href(run.matrix, "runs", run.run)) for run in one.runs
        ),
        age=words.age(one.received_at, now),
        age_iso=words.iso(one.received_at),
    )


def _trigger_line(matrix: str, one: TriggerView, now: datetime) -> TriggerLine:
    return TriggerLine(
        name=one.name,
        kind=_TRIGGERS[one.kind],
        what=one.what,
        select=one.select,
        due=words.ahead(one.next_at, now) if one.next_at else "",
        due_iso=words.iso(one.next_at) if one.next_at else "",
        run=f"Run {one.run}" if one.run else "",
        href=matrix_href(matrix, "runs", one.run) if one.run else "",
        why=one.why,
        seen=words.age(one.seen_at, now) if one.seen_at else "",
        seen_iso=words.iso(one.seen_at),
    )


def _about(matrix: str, one: About) -> AboutLine:
    href = matrix_href(matrix, "at", one.component, one.head)
    return AboutLine(one.component, words.commit(one.head), one.title, href)


def jobs_context(  # noqa: PLR0913 - a list, its filter, its frame and its run
    frame: Shell,
    title: str,
    found: JobPage,
    *,
    query: JobQuery,
    now: datetime,
    seen: Seen | None = None,
) -> JobsContext:
    """Jobs under a filter; those of one run where it is given."""
    assert frame.matrix is not None
    run, about, comparison = seen or Seen(None, ())
    parts: tuple[str | int, ...] = ("runs", run.id) if run else ("jobs",)
    href = matrix_href(frame.matrix.name, *parts)
    pairs = tuple(pair for pair in query.pairs() if not (run and pair[0] == "run"))
    return JobsContext(
        shell=frame,
        title=title,
        run=run_row(run, now) if run else None,
        about=tuple(_about(frame.matrix.name, one) for one in about),
        comparison=matrix_href(frame.matrix.name, "pairs", comparison) if comparison else "",
        jobs=job_rows(found.jobs, now),
        total=words.plural(found.total, "job"),
        action=href,
        text=query.text,
        statuses=tuple(
            Option(status.value, marks.of_status(status).word, status in query.statuses)
            for status in WORST_FIRST
        ),
        states=tuple(Option(state, state, state in query.states) for state in _STATES),
        chips=tuple(
            Link(f"{key}={value}", without(href, pairs, (key, value))) for key, value in pairs
        ),
        hidden=tuple(pair for pair in pairs if pair[0] not in {"status", "state", "q"}),
        pager=pager(href, pairs, query.page, found.total, query.limit),
    )


def runners_context(frame: Shell, runners: Iterable[RunnerView], now: datetime) -> RunnersContext:
    """All runners."""
    return RunnersContext(frame, tuple(_runner(runner, now) for runner in runners))


def runner_context(frame: Shell, runner: RunnerView, now: datetime) -> RunnerContext:
    """One runner."""
    return RunnerContext(
        shell=frame,
        runner=_runner(runner, now),
        facts=fact_groups(runner.facts),
        running=job_rows(runner.running, now),
        recent=job_rows(runner.recent, now),
    )


def _runner(runner: RunnerView, now: datetime) -> RunnerRow:
    return RunnerRow(
        href=f"/runners/{quote(runner.name, safe='')}",
        name=runner.name,
        label=runner.label,
        look=_RUNNER_LOOKS.get(runner.state, Look(runner.state, "ring", "none")),
        kind=runner.kind,
        owner=runner.owner,
        offers=tuple(
            ", ".join(f"{key}={value}" for key, value in offer) for offer in runner.offers
        ),
        slots=words.plural(runner.slots, "slot"),
        running=f"{len(runner.running)} running" if runner.running else "",
        age=words.age(runner.seen_at, now),
        age_iso=words.iso(runner.seen_at),
        simulated=runner.simulated,
    )
