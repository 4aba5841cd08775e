"""The slide: `/`, a matrix of one's own, and the fragment that live pages fetch."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.cell_context import CellContext, cell_context
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.empty_context import EmptyContext
from dashboard.web.grid_context import GridContext, grid_context
from dashboard.web.pages_matrices import index
from dashboard.web.parameters import Name
from dashboard.web.playground_context import PlaygroundContext, playground_context
from dashboard.web.problems import missing
from dashboard.web.shell import Link, matrix_href, shell, twin_href
from orchestrator.views import Label, Playground

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/")
def front(desk: AtDesk) -> Response:
    """The grid of the one matrix that is served, or the list of them."""
    if desk.services.is_several:
        return index(desk)
    label = desk.default_matrix()
    if label is None:
        return desk.page("empty.html", lambda: _empty(desk))
    return desk.page("grid.html", lambda: _grid(desk, label))


@router.get("/m/{matrix}")
def grid(desk: AtDesk, matrix: Name) -> Response:
    """The grid of a matrix."""
    return desk.page("grid.html", lambda: _grid(desk, desk.matrix(matrix)))


@router.get("/m/{matrix}/_grid")
def grid_fragment(desk: AtDesk, matrix: Name) -> Response:
    """The grid alone."""
    return desk.page("_grid.html", lambda: _grid(desk, desk.matrix(matrix)))


@router.get("/m/{matrix}/playground")
def playground(desk: AtDesk, matrix: Name) -> Response:
    """What runners offer and the file does not list."""
    return desk.page("playground.html", lambda: _playground(desk, matrix))


@router.get("/m/{matrix}/cells/{site}/{accelerator}")
def cell(desk: AtDesk, matrix: Name, site: Name, accelerator: Name) -> Response:
    """One square."""
    return desk.page("cell.html", lambda: _cell(desk, matrix, site, accelerator))


def _grid(desk: Desk, label: Label) -> GridContext:
    view = desk.services.grid(label.name)
    if view is None:
        raise missing("grid of that matrix", "start one with: coevo run")
    frame = shell(
        desk.visit(label),
        view.matrix.label,
        "Grid",
        twin="/api/v1/grid"
        if desk.request.url.path == "/"
        else twin_href(matrix_href(label.name, "grid")),
        fragment=matrix_href(label.name, "_grid"),
    )
    return grid_context(frame, view, desk.now, desk.declared(label.name))


def _playground(desk: Desk, matrix: str) -> PlaygroundContext:
    label = desk.matrix(matrix)
    path = matrix_href(matrix, "playground")
    frame = shell(
        desk.visit(label),
        "Playground",
        "Grid",
        trail=(Link(label.label, matrix_href(matrix)), Link("Playground", path, current=True)),
        twin=twin_href(path),
        fragment=path,
    )
    return playground_context(frame, found_playground(desk, matrix), desk.now)


def found_playground(desk: Desk, matrix: str) -> Playground:
    """The playground of a matrix; a 404 where there is no such matrix."""
    found = desk.services.playground(matrix)
    if found is None:
        raise missing("matrix of that name")
    return found


def _empty(desk: Desk) -> EmptyContext:
    return EmptyContext(shell(desk.visit(), "Starting", "Grid", twin="/api/v1/grid", fragment="/"))


def _cell(desk: Desk, matrix: str, site: str, accelerator: str) -> CellContext:
    label = desk.matrix(matrix)
    page = desk.services.cell_page(matrix, site, accelerator)
    if page is None:
        raise missing("cell there", "the grid shows all sites and accelerators")
    title = f"{page.site.label}, {page.accelerator.label}"
    path = matrix_href(matrix, "cells", site, accelerator)
    played = Link("Playground", matrix_href(matrix, "playground"))
    only_played = page.playing and not page.states
    frame = shell(
        desk.visit(label),
        title,
        "Grid",
        trail=(
            Link(label.label, matrix_href(matrix)),
            *((played,) if only_played else ()),
            Link(title, path, current=True),
        ),
        twin=twin_href(path),
        fragment=path,
    )
    return cell_context(frame, page, desk.now)
