"""Comparisons as JSON."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web import api_pair_models as shapes
from dashboard.web.api_read import REFUSALS, answer
from dashboard.web.desk import AtDesk
from dashboard.web.pages_pairs import found_comparison
from dashboard.web.parameters import Name, RowId
from dashboard.web.problems import missing

router = APIRouter(prefix="/api/v1", tags=["read"], responses=REFUSALS)


@router.get("/m/{matrix}/pairs", response_model=shapes.ComparisonsAnswer, summary="Comparisons")
def comparisons(desk: AtDesk, matrix: Name) -> Response:
    """Comparisons of two commits by pairs of jobs, newest first."""

    def build() -> shapes.ComparisonsAnswer:
        found = desk.services.comparisons(matrix)
        if found is None:
            raise missing("matrix of that name")
        return answer(desk, shapes.ComparisonsAnswer, None, comparisons=found)

    return desk.data(build)


@router.get(
    "/m/{matrix}/pairs/{number}", response_model=shapes.ComparisonAnswer, summary="A comparison"
)
def comparison(desk: AtDesk, matrix: Name, number: RowId) -> Response:
    """What the pairs of a comparison say, of each case and each metric and of all together."""

    def build() -> shapes.ComparisonAnswer:
        found = found_comparison(desk, matrix, number)
        return answer(desk, shapes.ComparisonAnswer, None, comparison=found)

    return desk.data(build)
