"""Metrics over time: all of a cell in small, and each with its chart."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web import metric_words
from dashboard.web.cell_metrics_context import CellMetricsContext, cell_metrics_context
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.metric_context import MetricContext, metric_context
from dashboard.web.metric_hrefs import metric_path
from dashboard.web.parameters import MetricName, Metrics, Name, Over
from dashboard.web.problems import missing
from dashboard.web.shell import Link, matrix_href, shell, twin_href
from dashboard.web.spans import MetricQuery, Span
from orchestrator.metric_views import Asked, CellMetrics, MetricHistory

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/m/{matrix}/cells/{site}/{accelerator}/metrics")
def metrics(desk: AtDesk, matrix: Name, site: Name, accelerator: Name, over: Over) -> Response:
    """All metrics of a cell."""
    return desk.page("cell_metrics.html", lambda: _cell(desk, matrix, site, accelerator, over))


@router.get("/m/{matrix}/cells/{site}/{accelerator}/metrics/{suite}/{stack}/{metric:path}")
def metric(  # noqa: PLR0913, PLR0917 - an address with six parts
    desk: AtDesk,
    matrix: Name,
    site: Name,
    accelerator: Name,
    suite: Name,
    stack: Name,
    metric: MetricName,
    query: Metrics,
) -> Response:
    """One metric with its chart."""
    asked = asked_for(matrix, site, accelerator, suite, stack, metric, query)
    return desk.page("metric.html", lambda: _metric(desk, asked, query))


def asked_for(  # noqa: PLR0913, PLR0917 - an address with six parts
    matrix: str,
    site: str,
    accelerator: str,
    suite: str,
    stack: str,
    metric: str,
    query: MetricQuery,
) -> Asked:
    """What an address and its query ask for."""
    told = (query.case, query.of, query.beside)
    return Asked(matrix, site, accelerator, suite, stack, metric, *told)


def found_cell(desk: Desk, matrix: str, site: str, accelerator: str, over: Span) -> CellMetrics:
    """The metrics of a cell; a 404 where there is no such cell."""
    desk.matrix(matrix)
    found = desk.services.cell_metrics(matrix, site, accelerator, over.window(desk.now))
    if found is None:
        raise missing("cell there", "the grid shows all sites and accelerators")
    return found


def found_metric(desk: Desk, asked: Asked, query: MetricQuery) -> MetricHistory:
    """A metric's history; a 404 where nobody measured it."""
    desk.matrix(asked.matrix)
    found = desk.services.metric_history(asked, query.span.window(desk.now))
    if found is None:
        path = matrix_href(asked.matrix, "cells", asked.site, asked.accelerator, "metrics")
        raise missing(f"metric {asked.metric} of that suite there", f"{path} shows all of the cell")
    return found


def _cell(desk: Desk, matrix: str, site: str, accelerator: str, over: Span) -> CellMetricsContext:
    label = desk.matrix(matrix)
    found = found_cell(desk, matrix, site, accelerator, over)
    cell = matrix_href(matrix, "cells", site, accelerator)
    path, query = f"{cell}/metrics", desk.request.url.query
    title = f"{found.site.label}, {found.accelerator.label}"
    frame = shell(
        desk.visit(label),
        f"Metrics of {title}",
        "Grid",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link(title, cell),
            Link("Metrics", path, current=True),
        ),
        twin=twin_href(path, query),
        fragment=path + (f"?{query}" if query else ""),
    )
    return cell_metrics_context(frame, found, over, path)


def _metric(desk: Desk, asked: Asked, query: MetricQuery) -> MetricContext:
    label = desk.matrix(asked.matrix)
    found = found_metric(desk, asked, query)
    cell = matrix_href(asked.matrix, "cells", asked.site, asked.accelerator)
    path = metric_path(asked.matrix, found.series[0].place, asked.metric)
    title = metric_words.title(found.metric)
    here = query.href(path)
    frame = shell(
        desk.visit(label),
        f"{title}, {metric_words.where(found.series[0].place)}",
        "Grid",
        trail=(
            Link(label.label, matrix_href(asked.matrix)),
            Link(f"{found.site.label}, {found.accelerator.label}", cell),
            Link("Metrics", f"{cell}/metrics"),
            Link(title, here, current=True),
        ),
        twin=f"/api/v1{here}",
        fragment=path + (f"?{desk.request.url.query}" if desk.request.url.query else ""),
    )
    return metric_context(frame, found, query, path, desk.now)
