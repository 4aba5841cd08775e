"""The shapes of what a report said, in the API's answers: closed, read off the views."""

from __future__ import annotations

from pydantic import computed_field

from dashboard.web.api_models import CountsModel, FactModel, Model, Numbers, Pairs, UsageModel
from matrix.status import Layer, Status
from matrix.trend import is_contended


class MetricModel(Model):
    """A measurement with its replicates."""

    name: str
    unit: str
    better: str
    values: Numbers
    case: str

    @computed_field  # type: ignore[prop-decorator] # reason: pydantic says it so
    @property
    def contended(self) -> bool:
        """Whether its replicates lie too far apart to be judged."""
        return is_contended([value for value in self.values if value is not None])


class ComponentModel(Model):
    """An observed component."""

    name: str
    version: str
    build: str
    source: str


class RankModel(Model):
    """What one rank of an attempt on several nodes handed back."""

    rank: int
    node: str
    status: Status
    layer: Layer
    reason: str
    facts: tuple[FactModel, ...]
    observed: tuple[ComponentModel, ...]
    usage: UsageModel
    exit_code: int | None
    signal: int | None
    last_lines: tuple[str, ...]
    lost: bool


class ReportModel(Model):
    """What a report said, without its cases."""

    counts: CountsModel
    metrics: tuple[MetricModel, ...]
    facts: tuple[FactModel, ...]
    observed: tuple[ComponentModel, ...]
    locked: Pairs
    ranks: tuple[RankModel, ...]
    course: CourseModel


class GaugeModel(Model):
    """A quantity along an attempt; a value is null where it could not be read."""

    name: str
    unit: str
    source: str
    values: tuple[float | None, ...]


class CourseModel(Model):
    """What was measured along an attempt, at these seconds since the suite was started."""

    seconds: tuple[float, ...]
    gauges: tuple[GaugeModel, ...]
