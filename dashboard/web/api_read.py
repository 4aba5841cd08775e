"""The JSON twins of the pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from starlette.responses import Response

from dashboard.web import api_answers as shapes
from dashboard.web import api_models as inner
from dashboard.web.api_report_models import ReportModel
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.pages_commits import found_commit
from dashboard.web.pages_grid import found_playground
from dashboard.web.pages_jobs import found_job
from dashboard.web.pages_log import chosen_attempt
from dashboard.web.pages_matrices import overviews
from dashboard.web.paging import RUNS_A_PAGE
from dashboard.web.parameters import Cases, Fence, Head, Jobs, Name, Offset, PageNumber, RowId, Text
from dashboard.web.problems import ProblemAnswer, missing
from dashboard.web.server_models import DeclaredModel, OverviewModel
from orchestrator.views import LogPiece

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemAnswer, "description": description}
    for status, description in (
        (404, "There is no such thing"),
        (422, "What was asked cannot be"),
        (421, "A foreign Host header"),
    )
}
router = APIRouter(prefix="/api/v1", tags=["read"], responses=REFUSALS)
_LOG_BYTES = 2**20
A = TypeVar("A", bound=shapes.Answer)


@router.get("/grid", response_model=shapes.GridAnswer, summary="The default matrix's grid")
def front(desk: AtDesk) -> Response:
    """The slide."""
    label = desk.default_matrix()
    if label is None:
        raise missing("matrix yet", "it is there once coevo up has read the file")
    return desk.data(lambda: _grid(desk, label.name))


@router.get("/m", response_model=shapes.MatricesAnswer, summary="The matrices of this server")
def matrices(desk: AtDesk) -> Response:
    """Each matrix with its slide in short, and the mistakes in its file."""
    return desk.data(lambda: answer(desk, shapes.MatricesAnswer, None, matrices=_overviews(desk)))


@router.get("/m/{matrix}", response_model=shapes.GridAnswer, summary="A matrix's grid")
@router.get("/m/{matrix}/grid", response_model=shapes.GridAnswer, summary="A matrix's grid")
def grid(desk: AtDesk, matrix: Name) -> Response:
    """The slide of a named matrix."""
    return desk.data(lambda: _grid(desk, matrix))


@router.get(
    "/m/{matrix}/playground",
    response_model=shapes.PlaygroundAnswer,
    summary="A matrix's playground",
)
def playground(desk: AtDesk, matrix: Name) -> Response:
    """What runners offer on open axes and the file does not list."""

    def build() -> shapes.PlaygroundAnswer:
        found = found_playground(desk, matrix)
        told = {"open": found.open, "values": dict(found.values)}
        return answer(desk, shapes.PlaygroundAnswer, found.grid, **told)

    return desk.data(build)


@router.get(
    "/m/{matrix}/cells/{site}/{accelerator}",
    response_model=shapes.CellAnswer,
    summary="A square of the grid",
)
def cell(desk: AtDesk, matrix: Name, site: Name, accelerator: Name) -> Response:
    """One square with its states and newest jobs."""

    def build() -> shapes.CellAnswer:
        page = desk.services.cell_page(matrix, site, accelerator)
        if page is None:
            raise missing("cell there")
        return answer(desk, shapes.CellAnswer, page)

    return desk.data(build)


@router.get("/m/{matrix}/jobs", response_model=shapes.JobsAnswer, summary="Jobs under a filter")
def jobs(desk: AtDesk, matrix: Name, query: Jobs) -> Response:
    """A page of jobs, latest first."""

    def build() -> shapes.JobsAnswer:
        found = desk.services.jobs(matrix, query.wanted(), query.offset, query.limit)
        if found is None:
            raise missing("matrix of that name")
        return answer(desk, shapes.JobsAnswer, found, page=query.page)

    return desk.data(build)


@router.get("/m/{matrix}/jobs/{job}", response_model=shapes.JobAnswer, summary="A job")
def job(desk: AtDesk, matrix: Name, job: RowId) -> Response:
    """A job with its attempts and what its report said."""
    return desk.data(
        lambda: shapes.JobAnswer(
            simulated=desk.services.simulated,
            job=inner.JobModel.model_validate(found_job(desk, matrix, job)),
            report=_report(desk, job),
        )
    )


@router.get(
    "/m/{matrix}/jobs/{job}/cases", response_model=shapes.CasesAnswer, summary="A job's cases"
)
def cases(desk: AtDesk, matrix: Name, job: RowId, query: Cases) -> Response:
    """A page of cases, worst first."""

    def build() -> shapes.CasesAnswer:
        found_job(desk, matrix, job)
        found = desk.services.cases(job, query.wanted(), query.offset, query.limit)
        return answer(desk, shapes.CasesAnswer, found, page=query.page)

    return desk.data(build)


@router.get("/m/{matrix}/jobs/{job}/log", response_model=shapes.LogAnswer, summary="A job's log")
def log(  # noqa: PLR0913, PLR0917 - an address with three parts and a range
    desk: AtDesk,
    matrix: Name,
    job: RowId,
    attempt: Fence = None,
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=_LOG_BYTES)] = _LOG_BYTES,
) -> shapes.LogAnswer:
    """A piece of an attempt's log, as it was written (decoded, nothing taken out)."""
    tried = chosen_attempt(found_job(desk, matrix, job), attempt)
    if tried is None and attempt is not None:
        raise missing(f"attempt {attempt} of this job")
    piece = desk.services.log(tried.id, offset, limit) if tried else None
    piece = piece or LogPiece(offset, b"", offset, closed=tried is not None)
    return shapes.LogAnswer(
        simulated=desk.services.simulated,
        attempt=tried.fence if tried else 0,
        offset=piece.offset,
        end=piece.end,
        closed=piece.closed,
        text=piece.data.decode("utf-8", "replace"),
    )


@router.get("/m/{matrix}/runs", response_model=shapes.RunsAnswer, summary="Runs")
def runs(desk: AtDesk, matrix: Name, page: PageNumber = 1) -> Response:
    """The runs of a matrix, latest first."""

    def build() -> shapes.RunsAnswer:
        found = desk.services.runs(matrix, (page - 1) * RUNS_A_PAGE, RUNS_A_PAGE)
        if found is None:
            raise missing("matrix of that name")
        return answer(desk, shapes.RunsAnswer, None, runs=found)

    return desk.data(build)


@router.get("/m/{matrix}/triggers", response_model=shapes.TriggersAnswer, summary="Triggers")
def triggers(desk: AtDesk, matrix: Name) -> Response:
    """What starts runs by itself, and when next."""

    def build() -> shapes.TriggersAnswer:
        found = desk.services.triggers(matrix)
        if found is None:
            raise missing("matrix of that name")
        return answer(desk, shapes.TriggersAnswer, None, triggers=found)

    return desk.data(build)


@router.get("/m/{matrix}/runs/{run}", response_model=shapes.RunAnswer, summary="A run")
def run(desk: AtDesk, matrix: Name, run: RowId, query: Jobs) -> Response:
    """A run and a page of its jobs."""

    def build() -> shapes.RunAnswer:
        asked = replace(query, run=run)
        view = desk.services.run(matrix, run)
        found = desk.services.jobs(matrix, asked.wanted(), asked.offset, asked.limit)
        if view is None or found is None:
            raise missing(f"run {run} in this matrix")
        about = desk.services.about(matrix, run)
        return answer(desk, shapes.RunAnswer, found, run=view, about=about, page=query.page)

    return desk.data(build)


@router.get("/m/{matrix}/at", response_model=shapes.CommitsAnswer, summary="Commits")
def commits(desk: AtDesk, matrix: Name) -> Response:
    """Commits and versions of all components that runs were about, newest first."""
    return desk.data(lambda: _commits(desk, matrix, None))


@router.get(
    "/m/{matrix}/at/{component}", response_model=shapes.CommitsAnswer, summary="Its commits"
)
def trunk(desk: AtDesk, matrix: Name, component: Name) -> Response:
    """Commits and versions of one component, newest first."""
    return desk.data(lambda: _commits(desk, matrix, component))


@router.get(
    "/m/{matrix}/at/{component}/{head}", response_model=shapes.CommitAnswer, summary="A commit"
)
def commit(desk: AtDesk, matrix: Name, component: Name, head: Head, against: Text = "") -> Response:
    """A commit with all its cells, beside another one or the one before it."""

    def build() -> shapes.CommitAnswer:
        page = found_commit(desk, matrix, component, head, against)
        return answer(desk, shapes.CommitAnswer, page, faces=page.grid.faces)

    return desk.data(build)


@router.get("/runners", response_model=shapes.RunnersAnswer, summary="Runners")
def runners(desk: AtDesk) -> Response:
    """All runners."""
    return desk.data(
        lambda: answer(desk, shapes.RunnersAnswer, None, runners=desk.services.runners())
    )


@router.get("/runners/{name}", response_model=shapes.RunnerAnswer, summary="A runner")
def runner(desk: AtDesk, name: Name) -> Response:
    """One runner with what it runs and ran."""

    def build() -> shapes.RunnerAnswer:
        view = desk.services.runner(name)
        if view is None:
            raise missing("runner of that name")
        return answer(desk, shapes.RunnerAnswer, None, runner=view)

    return desk.data(build)


def answer(desk: Desk, shape: type[A], view: object, **more: object) -> A:
    """A view in its shape, with what it lacks."""
    fields = {name: getattr(view, name) for name in shape.model_fields if hasattr(view, name)}
    told = {**fields, **more, "simulated": desk.services.simulated}
    return shape.model_validate(told, from_attributes=True)


def _grid(desk: Desk, matrix: str) -> shapes.GridAnswer:
    view = desk.services.grid(matrix)
    if view is None:
        raise missing("matrix of that name")
    declared = desk.declared(matrix)
    return answer(desk, shapes.GridAnswer, view, server=desk.status, declared=declared)


def _overviews(desk: Desk) -> list[OverviewModel]:
    found = []
    for declared, view in overviews(desk):
        told = DeclaredModel.model_validate(declared).model_dump()
        faces, run = (view.faces, view.run) if view else ((), None)
        shown = {"faces": faces, "run": run}
        found.append(OverviewModel.model_validate(told | shown, from_attributes=True))
    return found


def _commits(desk: Desk, matrix: str, component: str | None) -> shapes.CommitsAnswer:
    found = desk.services.commits(matrix, component)
    if found is None:
        raise missing("matrix of that name")
    return answer(desk, shapes.CommitsAnswer, None, commits=found)


def _report(desk: Desk, job: int) -> ReportModel | None:
    report = desk.services.report(job)
    return ReportModel.model_validate(report) if report else None
