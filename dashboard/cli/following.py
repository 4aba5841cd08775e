"""Follows a run from its first job to its last: reads, shows, waits, reads again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

from dashboard.cli.screen import LAST_RESULTS, Display, Scene
from orchestrator.service.outcome import is_open
from orchestrator.views import JobFilter, JobPage, JobView, RunSummary, ServerStatus

TICK_SECONDS = 0.25
PAGE = 500
NOBODY_TOOK = "expired"  # how a job ends that no runner offered to take; told in one line for all


class Reader(Protocol):
    """Who knows how a run stands: the server in this process, or another over HTTP."""

    def status(self) -> ServerStatus:
        """What the server is doing."""
        ...

    def runs(self, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...] | None:
        """Runs, latest first."""
        ...

    def run(self, matrix: str, run: int) -> RunSummary | None:
        """One run."""
        ...

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        """A page of jobs, latest first."""
        ...


def scene(reader: Reader, matrix: str, run: int | None) -> Scene:
    """How things stand now."""
    status = reader.status()
    summary = None if run is None else reader.run(matrix, run)
    if run is None or summary is None:
        return Scene(status)
    queued = JobFilter(run=run, states=frozenset({"queued"}))
    some = _page(reader, matrix, queued) if summary.jobs > summary.offered else ()
    waiting = tuple(job for job in some if job.waiting_for)
    ended = _page(reader, matrix, JobFilter(run=run, states=frozenset({"ended"})))
    busy = _page(reader, matrix, JobFilter(run=run, states=frozenset({"leased", "running"})))
    told = tuple(job for job in ended if job.end != NOBODY_TOOK)
    return Scene(status, summary, busy, told, waiting)


def newest_scene(reader: Reader, matrix: str) -> Scene:
    """How things stand now with the newest run there is."""
    newest = reader.runs(matrix, 0, 1)
    return scene(reader, matrix, newest[0].id if newest else None)


def watch(reader: Reader, matrix: str, shown: Display, stopped: threading.Event) -> None:
    """Show how the newest run stands until told to stop."""
    while not stopped.is_set():
        shown.show(newest_scene(reader, matrix))
        stopped.wait(TICK_SECONDS)


def until_ended(
    reader: Reader, matrix: str, run: int, shown: Display, stopped: threading.Event
) -> tuple[JobView, ...]:
    """Show how a run goes on until all that is offered has ended; its jobs then."""
    while not stopped.is_set():
        now = scene(reader, matrix, run)
        shown.show(now)
        if _may_be_over(now) and not any(map(is_open, found := all_jobs(reader, matrix, run))):
            return found
        stopped.wait(TICK_SECONDS)
    return all_jobs(reader, matrix, run)


def all_jobs(reader: Reader, matrix: str, run: int) -> tuple[JobView, ...]:
    """Every job of a run."""
    return tuple(_pages(reader, matrix, JobFilter(run=run)))


def _may_be_over(now: Scene) -> bool:
    """Cheap, so that a run of many jobs is not read whole at each tick."""
    run = now.run
    return run is not None and (run.state in {"ended", "cancelled"} or run.ended >= run.offered)


def _pages(reader: Reader, matrix: str, wanted: JobFilter) -> Iterator[JobView]:
    offset = 0
    while (page := reader.jobs(matrix, wanted, offset, PAGE)) and page.jobs:
        yield from page.jobs
        offset += len(page.jobs)


def _page(reader: Reader, matrix: str, wanted: JobFilter) -> tuple[JobView, ...]:
    page = reader.jobs(matrix, wanted, 0, LAST_RESULTS * 2)
    return page.jobs if page else ()
