"""The shapes of comparisons in the API's answers: closed, read off the views."""

from __future__ import annotations

from datetime import datetime

from dashboard.web.api_answers import Answer
from dashboard.web.api_models import LabelModel, Model
from matrix.comparison import Change
from matrix.status import Layer, Status


class EndModel(Model):
    """One of the two commits, and the run at it."""

    name: str
    title: str
    run: int


class FoundModel(Model):
    """What it comes to: who is asked, and a sentence that says why."""

    change: Change
    layer: Layer
    sentence: str


class CaseChangeModel(Model):
    """A case that is not equal; `pairs` are its statuses at base and at head."""

    case: str
    device: str
    dtype: str
    pairs: tuple[tuple[Status | None, Status | None], ...]
    change: Change


class MeasuredModel(Model):
    """A metric; `pairs` are its values at base and at head."""

    name: str
    case: str
    unit: str
    better: str
    pairs: tuple[tuple[float, float], ...]


class IntervalModel(Model):
    """Between which bounds a ratio lies, with 95 % confidence."""

    low: float
    high: float


class MetricChangeModel(Model):
    """A metric at base and at head: `ratio` is head over base, `chance` the p-value."""

    measured: MeasuredModel
    base: float
    head: float
    ratio: float | None
    between: IntervalModel | None
    chance: float
    change: Change


class PartModel(Model):
    """What the pairs of one job say."""

    name: str
    planned: int
    complete: int
    open: int
    compared: int
    cases: tuple[CaseChangeModel, ...]
    metrics: tuple[MetricChangeModel, ...]
    trouble: str
    layer: Layer


class HalfModel(Model):
    """One job of a pair; `at` is its runner, its offer by digest, its node."""

    job: int
    state: str
    end: str
    status: Status | None
    reason: str
    at: tuple[str, str, str]
    report: int | None


class PairModel(Model):
    """The same job at base and at head; `trouble` is why they cannot be compared."""

    repetition: int
    base_first: bool
    base: HalfModel
    head: HalfModel


class PartViewModel(Model):
    """One suite in one cell."""

    site: str
    accelerator: str
    suite: str
    stack: str
    part: PartModel
    pairs: tuple[PairModel, ...]


class ComparisonModel(Model):
    """A component at base and at head, compared by pairs of jobs."""

    id: int
    matrix: LabelModel
    component: str
    repository: str
    base: EndModel
    head: EndModel
    repetitions: int
    started_at: datetime
    ended_at: datetime | None
    found: FoundModel
    parts: tuple[PartViewModel, ...]


class ListedModel(Model):
    """A comparison in a list."""

    id: int
    component: str
    base: str
    head: str
    title: str
    repetitions: int
    started_at: datetime
    is_over: bool


class ComparisonAnswer(Answer):
    """A comparison with all that its pairs say."""

    comparison: ComparisonModel


class ComparisonsAnswer(Answer):
    """Comparisons, newest first."""

    comparisons: tuple[ListedModel, ...]
