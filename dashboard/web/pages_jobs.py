"""Jobs: the filtered list and one of them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.desk import AtDesk, Desk
from dashboard.web.job_context import JobContext, job_context
from dashboard.web.list_context import JobsContext, jobs_context
from dashboard.web.paging import CaseQuery, JobQuery
from dashboard.web.parameters import Cases, Jobs, Name, RowId
from dashboard.web.problems import missing
from dashboard.web.shell import Link, matrix_href, shell, twin_href
from orchestrator.views import JobView

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/m/{matrix}/jobs")
def jobs(desk: AtDesk, matrix: Name, query: Jobs) -> Response:
    """The jobs of a matrix under a filter."""
    return desk.page("jobs.html", lambda: _jobs(desk, matrix, query))


@router.get("/m/{matrix}/jobs/{job}")
def job(desk: AtDesk, matrix: Name, job: RowId, query: Cases) -> Response:
    """One job."""
    return desk.page("job.html", lambda: _job(desk, matrix, job, query))


def found_job(desk: Desk, matrix: str, job: int) -> JobView:
    """A job; a 404 where there is none."""
    view = desk.services.job(matrix, job)
    if view is None:
        raise missing(f"job {job} in this matrix", f"{matrix_href(matrix, 'jobs')} lists them")
    return view


def _jobs(desk: Desk, matrix: str, query: JobQuery) -> JobsContext:
    label = desk.matrix(matrix)
    found = desk.services.jobs(matrix, query.wanted(), query.offset, query.limit)
    if found is None:
        raise missing("matrix of that name")
    path = matrix_href(matrix, "jobs")
    frame = shell(
        desk.visit(label),
        "Jobs",
        "Jobs",
        trail=(Link(label.label, matrix_href(matrix)), Link("Jobs", path, current=True)),
        twin=twin_href(path, desk.request.url.query),
        fragment=path + (f"?{desk.request.url.query}" if desk.request.url.query else ""),
    )
    return jobs_context(frame, "Jobs", found, query=query, now=desk.now)


def _job(desk: Desk, matrix: str, number: int, query: CaseQuery) -> JobContext:
    label = desk.matrix(matrix)
    view = found_job(desk, matrix, number)
    path = matrix_href(matrix, "jobs", number)
    frame = shell(
        desk.visit(label),
        view.name,
        "Jobs",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link("Jobs", matrix_href(matrix, "jobs")),
            Link(view.name, path, current=True),
        ),
        twin=twin_href(path),
        fragment=path + (f"?{desk.request.url.query}" if desk.request.url.query else ""),
    )
    report = desk.services.report(number)
    page = desk.services.cases(number, query.wanted(), query.offset, query.limit)
    handed = desk.services.handed(number)
    return job_context(frame, view, report, page, handed, query=query, now=desk.now)
