"""What may be changed through the API; each call carries the server's token."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header

from dashboard.web import api_answers as shapes
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.parameters import RowId
from dashboard.web.problems import Problem, ProblemAnswer, Refusal, missing
from dashboard.web.safety import authorised
from dashboard.web.shell import matrix_href

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemAnswer, "description": description}
    for status, description in (
        (401, "No token, or a wrong one"),
        (403, "A page of another origin"),
        (404, "There is no such thing"),
        (422, "What was asked cannot be"),
    )
}


def allowed(desk: AtDesk, authorization: Annotated[str | None, Header()] = None) -> Desk:
    """The desk of a request that carries the token."""
    if not authorised(authorization, desk.services.token):
        hint = "send Authorization: Bearer with the token of the data folder"
        raise Refusal(Problem(401, "This changes something and wants the token", hint))
    return desk


Allowed = Annotated[Desk, Depends(allowed)]
router = APIRouter(prefix="/api/v1", tags=["change"], responses=_REFUSALS)


@router.post("/runs", status_code=201, summary="Start a run")
def start_run(
    desk: Allowed, wanted: shapes.StartRun
) -> shapes.ComparedAnswer | shapes.StartedAnswer:
    """Plan and queue a run of what the selector admits, or two that are compared."""
    matrix = _matrix(desk, wanted.matrix)
    if wanted.repeat or wanted.against:
        told = (wanted.select, wanted.at, wanted.against, wanted.repeat or 1, wanted.owner)
        begun = desk.services.start_pairs(matrix, *told)
        return shapes.ComparedAnswer(
            simulated=desk.services.simulated,
            id=begun.head,
            href=matrix_href(matrix, "pairs", begun.id),
            comparison=begun.id,
            base=begun.base,
        )
    run = desk.services.start_run(matrix, wanted.select, wanted.at, wanted.owner)
    return _made(desk, run, matrix_href(matrix, "runs", run))


@router.post("/m/{matrix}/runs/{run}/cancel", summary="Cancel a run")
def cancel_run_of(desk: Allowed, matrix: str, run: RowId) -> shapes.CancelledAnswer:
    """Cancel every job of a run that has not ended."""
    return _cancelled(desk, desk.services.cancel_run(_matrix(desk, matrix), run))


@router.post("/runs/{run}/cancel", summary="Cancel a run of the default matrix")
def cancel_run(desk: Allowed, run: RowId) -> shapes.CancelledAnswer:
    """Cancel every job of a run that has not ended."""
    return _cancelled(desk, desk.services.cancel_run(_matrix(desk, ""), run))


@router.post("/m/{matrix}/jobs/{job}/cancel", summary="Cancel a job")
def cancel_job_of(desk: Allowed, matrix: str, job: RowId) -> shapes.CancelledAnswer:
    """Cancel a job, at whatever point it is."""
    return _cancelled(desk, int(desk.services.cancel_job(_matrix(desk, matrix), job)))


@router.post("/jobs/{job}/cancel", summary="Cancel a job of the default matrix")
def cancel_job(desk: Allowed, job: RowId) -> shapes.CancelledAnswer:
    """Cancel a job, at whatever point it is."""
    return _cancelled(desk, int(desk.services.cancel_job(_matrix(desk, ""), job)))


@router.post("/m/{matrix}/jobs/{job}/rerun", status_code=201, summary="Run a job again")
def rerun_of(desk: Allowed, matrix: str, job: RowId) -> shapes.StartedAnswer:
    """Queue the same once more, as a new job that names this one its parent."""
    name = _matrix(desk, matrix)
    new = desk.services.rerun(name, job)
    return _made(desk, new, matrix_href(name, "jobs", new))


@router.post("/jobs/{job}/rerun", status_code=201, summary="Run a job of the default matrix again")
def rerun(desk: Allowed, job: RowId) -> shapes.StartedAnswer:
    """Queue the same once more, as a new job that names this one its parent."""
    return rerun_of(desk, "", job)


def _matrix(desk: Desk, name: str) -> str:
    """The matrix asked for, or the default one."""
    if name:
        return desk.matrix(name).name
    label = desk.default_matrix()
    if label is None:
        raise missing("matrix yet", "it is there once coevo up has read the file")
    return label.name


def _made(desk: Desk, number: int, href: str) -> shapes.StartedAnswer:
    return shapes.StartedAnswer(simulated=desk.services.simulated, id=number, href=href)


def _cancelled(desk: Desk, count: int) -> shapes.CancelledAnswer:
    return shapes.CancelledAnswer(simulated=desk.services.simulated, cancelled=count)
