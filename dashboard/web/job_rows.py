"""Jobs as rows of a list: what the pages of cells, runs, jobs and runners share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dashboard.web import marks, words
from dashboard.web.marks import Look
from dashboard.web.shell import matrix_href
from orchestrator.views import JobView


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in a list; `reason` also says what a queued one waits for."""

    href: str
    log: str
    name: str
    look: Look
    reason: str
    run: int
    run_href: str
    age: str
    age_iso: str


def job_rows(jobs: Iterable[JobView], now: datetime) -> tuple[JobRow, ...]:
    """The rows of a list, in the order given."""
    return tuple(_row(job, now) for job in jobs)


def _row(job: JobView, now: datetime) -> JobRow:
    href = matrix_href(job.matrix, "jobs", job.id)
    then = job.ended_at or job.queued_at
    return JobRow(
        href=href,
        log=f"{href}/log",
        name=job.name,
        look=marks.of_job(job),
        reason=job.waiting_for or job.reason,
        run=job.run,
        run_href=matrix_href(job.matrix, "runs", job.run),
        age=words.age(then, now),
        age_iso=words.iso(then),
    )
