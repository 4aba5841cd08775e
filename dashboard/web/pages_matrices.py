"""The matrices of a server: the page that lists them, and what it is made from."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.desk import AtDesk, Desk
from dashboard.web.matrices_context import MatricesContext, Overview, matrices_context
from dashboard.web.shell import Link, shell

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/m")
def matrices(desk: AtDesk) -> Response:
    """All matrices, each with its slide in small."""
    return index(desk)


def index(desk: Desk) -> Response:
    """The page that lists the matrices, wherever it stands."""
    return desk.page("matrices.html", lambda: _matrices(desk))


def overviews(desk: Desk) -> tuple[Overview, ...]:
    """Each matrix with its slide: one query for each where nothing has changed."""
    return tuple(
        (one, desk.services.grid(one.matrix.name) if one.matrix else None)
        for one in desk.services.declared()
    )


def _matrices(desk: Desk) -> MatricesContext:
    frame = shell(
        desk.visit(),
        "Matrices",
        "Matrices",
        trail=(Link("Matrices", "/m", current=True),),
        twin="/api/v1/m",
        fragment="/m",
    )
    return matrices_context(frame, overviews(desk))
