"""Runs and runners: their lists and each of them."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.desk import AtDesk, Desk
from dashboard.web.list_context import (
    JobsContext,
    RunnerContext,
    RunnersContext,
    RunsContext,
    Seen,
    jobs_context,
    runner_context,
    runners_context,
    runs_context,
)
from dashboard.web.paging import RUNS_A_PAGE, JobQuery
from dashboard.web.parameters import Jobs, Name, RowId
from dashboard.web.problems import missing
from dashboard.web.shell import Link, matrix_href, shell, twin_href

router = APIRouter(default_response_class=Response, include_in_schema=False)
_MESSAGES = 10  # of git hosts, on the page of runs


@router.get("/m/{matrix}/runs")
def runs(desk: AtDesk, matrix: Name) -> Response:
    """The runs of a matrix."""
    return desk.page("runs.html", lambda: _runs(desk, matrix))


@router.get("/m/{matrix}/runs/{run}")
def run(desk: AtDesk, matrix: Name, run: RowId, query: Jobs) -> Response:
    """One run and its jobs."""
    return desk.page("run.html", lambda: _run(desk, matrix, run, query))


@router.get("/runners")
def runners(desk: AtDesk) -> Response:
    """All runners."""
    return desk.page("runners.html", lambda: _runners(desk))


@router.get("/runners/{name}")
def runner(desk: AtDesk, name: Name) -> Response:
    """One runner."""
    return desk.page("runner.html", lambda: _runner(desk, name))


def _runs(desk: Desk, matrix: str) -> RunsContext:
    label = desk.matrix(matrix)
    path = matrix_href(matrix, "runs")
    frame = shell(
        desk.visit(label),
        "Runs",
        "Runs",
        trail=(Link(label.label, matrix_href(matrix)), Link("Runs", path, current=True)),
        twin=twin_href(path),
        fragment=path,
    )
    found = desk.services.runs(matrix, 0, RUNS_A_PAGE) or ()
    triggers = desk.services.triggers(matrix) or ()
    told = desk.services.deliveries(0, _MESSAGES) if triggers else ()
    return runs_context(frame, found, triggers, told, desk.now)


def _run(desk: Desk, matrix: str, number: int, query: JobQuery) -> JobsContext:
    label = desk.matrix(matrix)
    view = desk.services.run(matrix, number)
    asked = replace(query, run=number)
    found = desk.services.jobs(matrix, asked.wanted(), asked.offset, asked.limit)
    if view is None or found is None:
        raise missing(f"run {number} in this matrix", f"{matrix_href(matrix, 'runs')} lists them")
    path = matrix_href(matrix, "runs", number)
    frame = shell(
        desk.visit(label),
        f"Run {number}",
        "Runs",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link("Runs", matrix_href(matrix, "runs")),
            Link(f"Run {number}", path, current=True),
        ),
        twin=twin_href(path),
        fragment=path + (f"?{desk.request.url.query}" if desk.request.url.query else ""),
    )
    about = desk.services.about(matrix, number)
    seen = Seen(view, about, desk.services.comparison_of(matrix, number) if about else None)
    return jobs_context(frame, f"Run {number}", found, query=asked, now=desk.now, seen=seen)


def _runners(desk: Desk) -> RunnersContext:
    frame = shell(
        desk.visit(desk.home()),
        "Runners",
        "Runners",
        trail=(Link("Runners", "/runners", current=True),),
        twin="/api/v1/runners",
        fragment="/runners",
    )
    return runners_context(frame, desk.services.runners(), desk.now)


def _runner(desk: Desk, name: str) -> RunnerContext:
    view = desk.services.runner(name)
    if view is None:
        raise missing("runner of that name", "/runners lists them")
    path = f"/runners/{name}"
    frame = shell(
        desk.visit(desk.home()),
        view.label,
        "Runners",
        trail=(Link("Runners", "/runners"), Link(view.label, path, current=True)),
        twin=twin_href(path),
        fragment=path,
    )
    return runner_context(frame, view, desk.now)
