"""Addresses of metrics over time: of a cell's, and of one in a place."""

from __future__ import annotations

from typing import Protocol

from dashboard.web.shell import matrix_href
from dashboard.web.spans import MetricQuery
from matrix.expand import job_id
from matrix.model import ACCELERATOR, SITE

_Pairs = tuple[tuple[str, str], ...]
_SQUARE = 2  # axes of every grid


class Somewhere(Protocol):
    """What says where a metric is measured: a place, a cell's state, a job."""

    @property
    def cell(self) -> _Pairs:
        """The point of the axes."""
        ...

    @property
    def parameters(self) -> _Pairs:
        """Of the suite."""
        ...

    @property
    def suite(self) -> str:
        """Its name."""
        ...

    @property
    def stack(self) -> str:
        """Its name."""
        ...


def metrics_href(matrix: str, site: str, accelerator: str) -> str:
    """The page of all metrics of a cell."""
    return matrix_href(matrix, "cells", site, accelerator, "metrics")


def metric_path(matrix: str, one: Somewhere, metric: str) -> str:
    """The page of a metric, without a query."""
    point = dict(one.cell)
    at = ("cells", point.get(SITE, ""), point.get(ACCELERATOR, ""), "metrics")
    return matrix_href(matrix, *at, one.suite, one.stack, metric)


def metric_href(matrix: str, one: Somewhere, metric: str, case: str = "") -> str:
    """The page of a metric; where other axes or parameters tell places apart, of this one."""
    is_plain = len(one.cell) == _SQUARE and not one.parameters
    of = "" if is_plain else job_id(one.cell, one.parameters, one.suite, one.stack)
    return MetricQuery(case=case, of=of).href(metric_path(matrix, one, metric))
