"""Metrics over time as JSON and as CSV."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from dashboard.web import api_metric_models as shapes
from dashboard.web import metric_csv
from dashboard.web.api_read import REFUSALS
from dashboard.web.desk import AtDesk
from dashboard.web.pages_metrics import asked_for, found_cell, found_metric
from dashboard.web.parameters import MetricName, Metrics, Name, Over

router = APIRouter(prefix="/api/v1", tags=["read"], responses=REFUSALS)
Format = Annotated[Literal["json", "csv"], Query()]


@router.get(
    "/m/{matrix}/cells/{site}/{accelerator}/metrics",
    response_model=shapes.CellMetricsAnswer,
    summary="All metrics of a cell",
)
def metrics(desk: AtDesk, matrix: Name, site: Name, accelerator: Name, over: Over) -> Response:
    """The newest 120 reports of each suite and stack in that stretch of time."""

    def build() -> shapes.CellMetricsAnswer:
        found = found_cell(desk, matrix, site, accelerator, over)
        return shapes.cell_answer(found, simulated=desk.services.simulated)

    return desk.data(build)


@router.get(
    "/m/{matrix}/cells/{site}/{accelerator}/metrics/{suite}/{stack}/{metric:path}",
    response_model=shapes.MetricAnswer,
    summary="A metric over time",
)
def metric(  # noqa: PLR0913, PLR0917 - an address with six parts
    desk: AtDesk,
    matrix: Name,
    site: Name,
    accelerator: Name,
    suite: Name,
    stack: Name,
    metric: MetricName,
    query: Metrics,
    format: Format = "json",  # noqa: A002 - the query's word
) -> Response:
    """One metric in one place, others laid over it; `format=csv` for the same as rows."""
    asked = asked_for(matrix, site, accelerator, suite, stack, metric, query)
    if format == "csv":
        text = metric_csv.written(found_metric(desk, asked, query))
        return Response(text, media_type="text/csv; charset=utf-8")

    def build() -> shapes.MetricAnswer:
        found = found_metric(desk, asked, query)
        return shapes.metric_answer(found, simulated=desk.services.simulated)

    return desk.data(build)
