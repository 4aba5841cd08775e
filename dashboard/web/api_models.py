"""The shapes inside the API's answers: typed, closed, read off the views."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from matrix.status import Evidence, Layer, Role, Status
from matrix.verdict import State
from runners.work import Phase


class Model(BaseModel):
    """A closed shape, read off the views' attributes."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, from_attributes=True)


def _mapping(value: Any) -> Any:  # noqa: ANN401 - the edge
    return dict(value) if isinstance(value, tuple) else value


def _finite(value: Any) -> Any:  # noqa: ANN401 - the edge
    """Numbers that JSON cannot say become null."""
    return [number if math.isfinite(number) else None for number in value]


Pairs = Annotated[dict[str, str], BeforeValidator(_mapping)]
Names = Annotated[list[str], BeforeValidator(sorted)]
Numbers = Annotated[list[float | None], BeforeValidator(_finite)]


class LabelModel(Model):
    """A name and what people read."""

    name: str
    label: str


class CountsModel(Model):
    """Cases by status."""

    fail: int
    error: int
    miss: int
    passed: int
    done: int
    skip: int
    expected: int


class FaceModel(Model):
    """One square of the slide."""

    site: LabelModel
    accelerator: LabelModel
    state: State
    reason: str
    counts: CountsModel
    watched_bad: int
    done: int
    planned: int
    since: datetime | None
    age_from: datetime | None
    runner: str
    simulated: bool
    history: str


class ChangeModel(Model):
    """A cell whose state changed."""

    at: datetime
    site: str
    accelerator: str
    suite: str
    stack: str
    before: str
    after: str
    job: int | None


class RunModel(Model):
    """A run and how far it is."""

    id: int
    matrix: str
    trigger: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    jobs: int
    offered: int
    ended: int
    counts: CountsModel
    note: str


class StatusModel(Model):
    """What the server is doing."""

    ready: bool
    doing: tuple[str, ...]
    problems: tuple[str, ...]


class RecentModel(Model):
    """The last medians of one metric, oldest first."""

    name: str
    case: str
    better: str
    unit: str
    values: Numbers
    contended: bool


class CellStateModel(Model):
    """One suite on one stack in a cell."""

    cell: Pairs
    suite: str
    stack: str
    role: Role
    status: Status | None
    layer: Layer
    confidence: float
    reason: str
    counts: CountsModel
    history: str
    since: datetime | None
    reported_at: datetime | None
    job: int | None
    run: int | None
    queued: int
    running: int
    unmet: str
    trend: int
    evidence: Evidence
    recent: tuple[RecentModel, ...]
    waits: str


class UsageModel(Model):
    """What an attempt took."""

    prepare_seconds: float
    run_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int


class AttemptModel(Model):
    """A try of a job."""

    id: int
    fence: int
    runner: str
    node: str
    phase: Phase
    claimed_at: datetime
    ended_at: datetime | None
    status: Status | None
    layer: Layer
    reason: str
    usage: UsageModel
    exit_code: int | None
    signal: int | None
    evidence: Evidence
    contended: bool
    log_bytes: int
    log_lost_bytes: int
    last_lines: tuple[str, ...]
    done: int
    total: int
    note: str


class JobModel(Model):
    """A job."""

    id: int
    name: str
    matrix: str
    run: int
    cell: Pairs
    parameters: Pairs
    suite: str
    stack: str
    shard: int
    shards: int
    role: Role
    priority: int
    owner: str
    state: str
    end: str
    status: Status | None
    reason: str
    waiting_for: str
    queued_at: datetime
    ended_at: datetime | None
    cause: str
    parent: int | None
    repeat: str
    lock_digest: str
    attempts: tuple[AttemptModel, ...]


class FactModel(Model):
    """Something read off a machine, and where."""

    name: str
    value: str
    source: str


class CaseModel(Model):
    """One case."""

    id: str
    status: Status
    seconds: float | None
    device: str
    dtype: str
    message: str
    detail: str
    repeat: str
    expected: bool
    planted: bool
    flaky: bool
