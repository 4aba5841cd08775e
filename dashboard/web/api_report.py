"""A job's results in the formats of other tools: JUnit, CTRF, PyTorch benchmark v3."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.api_read import REFUSALS
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.pages_jobs import found_job
from dashboard.web.parameters import Name, RowId
from dashboard.web.problems import missing
from matrix.status import Status
from orchestrator.views import AttemptView, CaseFilter, JobView, ReportView
from runners.reports.told import Told
from runners.reports.writing import FORMATS
from runners.work import CaseResult

router = APIRouter(prefix="/api/v1", tags=["read"], responses=REFUSALS)
_EVERY = CaseFilter()
_AT_ONCE = 10_000  # cases asked for in one query


@router.get(
    "/m/{matrix}/jobs/{job}/report",
    response_class=Response,
    summary="A job's results as JUnit, CTRF or PyTorch benchmark v3",
)
def report(
    desk: AtDesk,
    matrix: Name,
    job: RowId,
    format: Literal["junit", "ctrf", "pytorch-benchmark-v3"],  # noqa: A002 - the query's word
) -> Response:
    """All cases and metrics of the newest report, as a file of that format."""
    view = found_job(desk, matrix, job)
    said = desk.services.report(job)
    if said is None:
        raise missing("report of this job yet", "it is there once an attempt has ended")
    form = FORMATS[format]
    return Response(form.write(_told(desk, view, said)), media_type=form.media_type)


def _told(desk: Desk, job: JobView, said: ReportView) -> Told:
    tried: AttemptView | None = next((one for one in reversed(job.attempts) if one.ended_at), None)
    return Told(
        job=job.name,
        suite=job.suite,
        runner=tried.runner if tried else "",
        device=dict(job.cell).get("accelerator", ""),
        ended_at=job.ended_at or desk.now,
        seconds=tried.usage.run_seconds if tried else 0.0,
        status=job.status or Status.DONE,
        reason=job.reason,
        cases=_cases(desk, job.id),
        metrics=said.metrics,
        observed=said.observed,
    )


def _cases(desk: Desk, job: int) -> tuple[CaseResult, ...]:
    found: list[CaseResult] = []
    while True:
        page = desk.services.cases(job, _EVERY, len(found), _AT_ONCE)
        found += page.cases
        if not page.cases or len(found) >= page.total:
            return tuple(found)
