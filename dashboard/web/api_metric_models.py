"""What the API answers of metrics over time: closed shapes, made of the series."""

from __future__ import annotations

from datetime import datetime

from dashboard.web.api_answers import Answer
from dashboard.web.api_models import LabelModel, Model, Pairs
from matrix.status import Evidence, Status
from orchestrator.metric_views import CellMetrics, Gap, MetricHistory, Place, Point, Series, Told


class PlaceModel(Model):
    """Whose metric it is; `name` is the id of its jobs, by which it is laid over others."""

    name: str
    cell: Pairs
    parameters: Pairs
    suite: str
    stack: str


class MetricModel(Model):
    """A metric of a suite, or of one of its cases."""

    name: str
    case: str
    unit: str
    better: str


class ToldModel(Model):
    """The report that something comes from.

    `counts` where the trend is judged by it; `aside` in a run about commits of its own.
    """

    at: datetime
    job: int
    run: int
    attempt: int
    runner: str
    status: Status
    evidence: Evidence
    contended: bool
    aside: bool
    counts: bool


class PointModel(ToldModel):
    """A measurement: replicates, their median and quartiles, and what the median was held against.

    `baseline` and `margin` are null where there was too little before it, or it does not count.
    """

    values: tuple[float, ...]
    median: float
    low: float
    high: float
    lower_quartile: float
    upper_quartile: float
    baseline: float | None
    margin: float | None
    trend: int
    stack: Pairs


class GapModel(ToldModel):
    """A report that measured nothing."""

    reason: str


class ComponentChangeModel(Model):
    """A component of the stack that was another one from this job on."""

    at: datetime
    job: int
    component: str
    before: str
    after: str


class CommitMarkModel(Model):
    """A run that was about a commit or a version."""

    at: datetime
    job: int
    run: int
    component: str
    head: str
    title: str


class SeriesModel(Model):
    """One metric in one place, oldest first; `other_units` reports measured it in another unit."""

    place: PlaceModel
    metric: MetricModel
    points: tuple[PointModel, ...]
    gaps: tuple[GapModel, ...]
    changes: tuple[ComponentChangeModel, ...]
    commits: tuple[CommitMarkModel, ...]
    other_units: int


class MetricAnswer(Answer):
    """A metric over time: the first series is what was asked for, the others lie over it."""

    matrix: LabelModel
    site: LabelModel
    accelerator: LabelModel
    metric: MetricModel
    series: tuple[SeriesModel, ...]
    choices: tuple[PlaceModel, ...]


class CellMetricsAnswer(Answer):
    """All metrics of a cell."""

    matrix: LabelModel
    site: LabelModel
    accelerator: LabelModel
    series: tuple[SeriesModel, ...]


def metric_answer(found: MetricHistory, *, simulated: bool) -> MetricAnswer:
    """A metric's page as JSON."""
    return MetricAnswer(
        simulated=simulated,
        matrix=LabelModel.model_validate(found.matrix),
        site=LabelModel.model_validate(found.site),
        accelerator=LabelModel.model_validate(found.accelerator),
        metric=MetricModel.model_validate(found.metric),
        series=tuple(map(_series, found.series)),
        choices=tuple(map(_place, found.choices)),
    )


def cell_answer(found: CellMetrics, *, simulated: bool) -> CellMetricsAnswer:
    """The metrics of a cell as JSON."""
    return CellMetricsAnswer(
        simulated=simulated,
        matrix=LabelModel.model_validate(found.matrix),
        site=LabelModel.model_validate(found.site),
        accelerator=LabelModel.model_validate(found.accelerator),
        series=tuple(map(_series, found.series)),
    )


def _series(one: Series) -> SeriesModel:
    return SeriesModel(
        place=_place(one.place),
        metric=MetricModel.model_validate(one.metric),
        points=tuple(map(_point, one.points)),
        gaps=tuple(map(_gap, one.gaps)),
        changes=tuple(map(ComponentChangeModel.model_validate, one.changes)),
        commits=tuple(map(CommitMarkModel.model_validate, one.commits)),
        other_units=one.other_units,
    )


def _place(one: Place) -> PlaceModel:
    return PlaceModel.model_validate(one)


def _said(told: Told) -> dict[str, object]:
    return {name: getattr(told, name) for name in ToldModel.model_fields}


def _point(one: Point) -> PointModel:
    held = one.judged
    return PointModel.model_validate(
        {
            **_said(one.told),
            "contended": one.contended,
            "values": one.values,
            "median": one.median,
            "low": one.low,
            "high": one.high,
            "lower_quartile": one.lower,
            "upper_quartile": one.upper,
            "baseline": held.middle if held else None,
            "margin": held.margin if held else None,
            "trend": one.trend,
            "stack": one.stack,
        }
    )


def _gap(one: Gap) -> GapModel:
    return GapModel.model_validate({**_said(one.told), "reason": one.told.reason})
