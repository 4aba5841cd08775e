"""What the store answers of metrics over time: series, what was measured, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from matrix.status import Evidence, Status
from matrix.trend import Judged, is_contended
from orchestrator.views import Label, Pairs


class Metric(NamedTuple):
    """A metric of a suite: of one case, or of the whole suite where `case` is ""."""

    name: str
    case: str
    unit: str
    better: str  # "higher", "lower", or "" where nobody said


class Place(NamedTuple):
    """Whose metric it is: a cell, a suite and a stack. `name` is the id of its jobs."""

    state: int
    name: str
    cell: Pairs
    parameters: Pairs
    suite: str
    stack: str


class Told(NamedTuple):
    """A report as a chart needs it.

    `counts` where the trend is judged by it: the last of its job, in a run that is not about
    commits of its own.
    """

    id: int
    at: datetime
    job: int
    run: int
    attempt: int
    runner: str
    status: Status
    reason: str
    evidence: Evidence
    contended: bool
    aside: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: its replicates, their median, and what that was held against.

    `judged` is None where there was too little before it, or the report does not count.
    """

    told: Told
    values: tuple[float, ...]
    median: float
    low: float
    high: float
    lower: float  # the first quartile
    upper: float  # the third
    judged: Judged | None
    stack: Pairs = ()  # the stack's components as they were observed

    @property
    def contended(self) -> bool:
        """Whether its attempt ran beside other work, or its replicates lie too far apart."""
        return self.told.contended or is_contended(self.values)

    @property
    def trend(self) -> int:
        """-1 slower, 0 level or not known, 1 faster."""
        return self.judged.trend if self.judged else 0


class Gap(NamedTuple):
    """A report that should have measured it and did not."""

    told: Told


class ComponentChange(NamedTuple):
    """A component of the stack that was another one from this job on."""

    at: datetime
    job: int
    component: str
    before: str
    after: str


class CommitMark(NamedTuple):
    """A run that was about a commit or a version of a component."""

    at: datetime
    job: int
    run: int
    component: str
    head: str
    title: str


@dataclass(frozen=True, slots=True)
class Series:
    """One metric in one place over time, oldest first."""

    place: Place
    metric: Metric
    points: tuple[Point, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[ComponentChange, ...]
    commits: tuple[CommitMark, ...]
    other_units: int = 0  # reports that measured it in another unit, which is not drawn


@dataclass(frozen=True, slots=True)
class MetricHistory:
    """A metric's page: the series that was asked for, those laid over it, and which could be."""

    matrix: Label
    site: Label
    accelerator: Label
    metric: Metric
    series: tuple[Series, ...]  # the first is what was asked for
    choices: tuple[Place, ...]  # other places in its row and column that measure it too
    silence_seconds: float  # longer than that between two points is a gap


@dataclass(frozen=True, slots=True)
class CellMetrics:
    """All metrics of a cell, by suite and stack."""

    matrix: Label
    site: Label
    accelerator: Label
    series: tuple[Series, ...]
    silence_seconds: float


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time; None is open."""

    since: datetime | None = None
    until: datetime | None = None


class Asked(NamedTuple):
    """Which metric, where; `of` is the place's name where the others do not say it alone."""

    matrix: str
    site: str
    accelerator: str
    suite: str
    stack: str
    metric: str
    case: str = ""
    of: str = ""
    beside: tuple[str, ...] = ()
