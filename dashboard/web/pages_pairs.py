"""Comparisons: the list of a matrix's, and each with what its pairs say."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.desk import AtDesk, Desk
from dashboard.web.pair_context import (
    PairContext,
    PairsContext,
    pair_context,
    pairs_context,
    title_of,
)
from dashboard.web.parameters import Name, RowId
from dashboard.web.problems import missing
from dashboard.web.shell import Link, matrix_href, shell, twin_href
from orchestrator.pair_views import Comparison

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/m/{matrix}/pairs")
def pairs(desk: AtDesk, matrix: Name) -> Response:
    """The comparisons of a matrix."""
    return desk.page("pairs.html", lambda: _pairs(desk, matrix))


@router.get("/m/{matrix}/pairs/{number}")
def pair(desk: AtDesk, matrix: Name, number: RowId) -> Response:
    """One comparison."""
    return desk.page("pair.html", lambda: _pair(desk, matrix, number))


def found_comparison(desk: Desk, matrix: str, number: int) -> Comparison:
    """What a comparison says; a 404 where there is none of that number."""
    desk.matrix(matrix)
    found = desk.services.comparison(matrix, number)
    if found is None:
        hint = "start one with: coevo run --at COMPONENT=HEAD --against BASE"
        raise missing(f"comparison {number} in this matrix", hint)
    return found


def _pairs(desk: Desk, matrix: str) -> PairsContext:
    label = desk.matrix(matrix)
    path = matrix_href(matrix, "pairs")
    frame = shell(
        desk.visit(label),
        "Comparisons",
        "Commits",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link("Commits", matrix_href(matrix, "at")),
            Link("Comparisons", path, current=True),
        ),
        twin=twin_href(path),
        fragment=path,
    )
    return pairs_context(frame, matrix, desk.services.comparisons(matrix) or (), desk.now)


def _pair(desk: Desk, matrix: str, number: int) -> PairContext:
    label = desk.matrix(matrix)
    page = found_comparison(desk, matrix, number)
    path = matrix_href(matrix, "pairs", number)
    title = title_of(page.component, page.head.name, page.base.name)
    frame = shell(
        desk.visit(label),
        title,
        "Commits",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link("Comparisons", matrix_href(matrix, "pairs")),
            Link(title, path, current=True),
        ),
        twin=twin_href(path),
        fragment=path,
    )
    return pair_context(frame, page, desk.now)
