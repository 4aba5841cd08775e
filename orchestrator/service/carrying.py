"""Decides what a server carries out: what is unfinished, what is not fresh, what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from matrix.errors import CoevoError
from matrix.expand import PLANNED, expand
from matrix.model import Job, Matrix
from matrix.needs import first_unmet
from matrix.select import parse_selector, selects
from orchestrator.plan import to_queue
from orchestrator.store import cancelling, freshness, planning, read_runs
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.views import RunSummary
from runners.work import Offer

_LATEST = 50


def begin(store: Store, matrix: Matrix, offers: Sequence[Offer], *, once: bool) -> int | None:
    """The run to follow: the unfinished one, or a new one; None where all is fresh.

    `once` carries everything out, fresh or not. What nobody offered in earlier runs is dropped
    before it is queued again, so that the queue holds each job at most once.
    """
    planning.save_matrix(store, matrix)
    unfinished = _unfinished(store, matrix)
    if unfinished is not None:
        return unfinished.id
    fresh = frozenset[str]() if once else freshness.fresh(store, matrix)
    jobs = to_queue(expand(matrix), fresh)
    if not once and not _is_offered(matrix, jobs, offers):
        return None
    for run in _open(store, matrix):
        cancelling.skip_unoffered(store, run.id)
    return start_run(store, matrix, jobs, Trigger("request", note="coevo up"))


def start_selected(store: Store, matrix: Matrix, select: str) -> int:
    """Start a run of the planned jobs that a selector admits, fresh or not; its id."""
    conditions = parse_selector(select) if select else ()
    planned = [job for job in expand(matrix) if job.status == PLANNED]
    jobs = [job for job in planned if selects(conditions, _point(job))]
    if not jobs:
        raise CoevoError.because(
            f"no planned job is selected by {select!r}", "`coevo matrix expand` lists the jobs"
        )
    return start_run(store, matrix, jobs, Trigger("request", note=select))


def _point(job: Job) -> dict[str, str]:
    return {**dict(job.cell), **dict(job.parameters), "suite": job.suite, "stack": job.stack}


def _unfinished(store: Store, matrix: Matrix) -> RunSummary | None:
    """The latest run with jobs that somebody can still take."""
    return next((run for run in _open(store, matrix) if run.ended < run.offered), None)


def _open(store: Store, matrix: Matrix) -> tuple[RunSummary, ...]:
    runs = read_runs.runs(store, matrix.name, 0, _LATEST) or ()
    return tuple(run for run in runs if run.state == "running")


def _is_offered(matrix: Matrix, jobs: Sequence[Job], offers: Sequence[Offer]) -> bool:
    return any(not first_unmet(job.cell, matrix.suite(job.suite).needs, offers) for job in jobs)
