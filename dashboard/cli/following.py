"""Follows a run from its first job to its last: reads, shows, waits, reads again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from dashboard.cli.screen import LAST_RESULTS, Display, Scene, joined
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


def scene(reader: Reader, runs: Mapping[str, int]) -> Scene:
    """How things stand now with these runs, by matrix."""
    status = reader.status()
    found = [_scene_of(reader, status, matrix, run) for matrix, run in runs.items()]
    return joined([each for each in found if each is not None]) or Scene(status)


def _scene_of(reader: Reader, status: ServerStatus, matrix: str, run: int) -> Scene | None:
    summary = reader.run(matrix, run)
    if summary is None:
        return None
    ended = _page(reader, matrix, JobFilter(run=run, states=frozenset({"ended"})))
    busy = _page(
        reader, matrix, JobFilter(run=run, states=frozenset({"leased", "submitted", "running"}))
    )
    queued = JobFilter(run=run, states=frozenset({"queued"}))
    stands_still = not busy and summary.ended < summary.offered
    is_unoffered = summary.jobs > summary.offered
    some = _page(reader, matrix, queued) if is_unoffered or stands_still else ()
    waiting = tuple(job for job in some if job.waiting_for)
    told = tuple(job for job in ended if job.end != NOBODY_TOOK)
    return Scene(status, summary, busy, told, waiting)


def newest_scene(reader: Reader, matrices: Iterable[str]) -> Scene:
    """How things stand now with the newest run of each matrix."""
    newest = {matrix: reader.runs(matrix, 0, 1) for matrix in matrices}
    return scene(reader, {matrix: runs[0].id for matrix, runs in newest.items() if runs})


def watch(
    reader: Reader,
    matrices: Callable[[], Iterable[str]],
    shown: Display,
    stopped: threading.Event,
) -> None:
    """Show how the newest runs stand until told to stop."""
    while not stopped.is_set():
        shown.show(newest_scene(reader, matrices()))
        stopped.wait(TICK_SECONDS)


def until_ended(
    reader: Reader, runs: Mapping[str, int], shown: Display, stopped: threading.Event
) -> tuple[tuple[JobView, ...], ...]:
    """Show how runs, by matrix, go on until all that is offered has ended; the jobs of each."""
    while not stopped.is_set():
        now = scene(reader, runs)
        shown.show(now)
        if all(map(_may_be_over, (now.run, *now.beside))):
            found = tuple(all_jobs(reader, *each) for each in runs.items())
            if not any(is_open(job) for jobs in found for job in jobs):
                return found
        stopped.wait(TICK_SECONDS)
    return tuple(all_jobs(reader, *each) for each in runs.items())


def all_jobs(reader: Reader, matrix: str, run: int) -> tuple[JobView, ...]:
    """Every job of a run."""
    return tuple(_pages(reader, matrix, JobFilter(run=run)))


def _may_be_over(run: RunSummary | None) -> bool:
    """Cheap, so that a run of many jobs is not read whole at each tick."""
    return run is not None and (run.state in {"ended", "cancelled"} or run.ended >= run.offered)


def _pages(reader: Reader, matrix: str, wanted: JobFilter) -> Iterator[JobView]:
    offset = 0
    while (page := reader.jobs(matrix, wanted, offset, PAGE)) and page.jobs:
        yield from page.jobs
        offset += len(page.jobs)


def _page(reader: Reader, matrix: str, wanted: JobFilter) -> tuple[JobView, ...]:
    page = reader.jobs(matrix, wanted, 0, LAST_RESULTS * 2)
    return page.jobs if page else ()
