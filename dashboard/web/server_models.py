"""The shapes in which the API tells of the server itself and of its matrix files."""

from __future__ import annotations

from datetime import datetime

from dashboard.web.api_models import FaceModel, LabelModel, Model, RunModel


class PlaceModel(Model):
    """A point in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class MistakeModel(Model):
    """One mistake in a matrix file; `indent`: cells left of the caret under `excerpt`."""

    place: PlaceModel | None
    problem: str
    hint: str
    excerpt: str
    indent: int | None


class DeclaredModel(Model):
    """A matrix, and how the file stands that it is read from.

    With `mistakes` the revision before them is in force; `matrix` is null where there was none.
    """

    matrix: LabelModel | None
    file: str
    is_served: bool
    mistakes: tuple[MistakeModel, ...]


class OverviewModel(DeclaredModel):
    """The same with its slide in short."""

    faces: tuple[FaceModel, ...]
    run: RunModel | None


class TriggerModel(Model):
    """What starts runs by itself; `next_at` is null where no clock does, `run` its last one.

    `why` says why what it saw at `seen_at` led to no run.
    """

    name: str
    kind: str
    what: str
    select: str
    next_at: datetime | None
    seen_at: datetime | None
    run: int | None
    why: str


class SpentModel(Model):
    """Device-hours used since a period began; without a cap `cap_hours` and `left_hours` are null.

    What running jobs hold is not left.
    """

    period: str
    used_hours: float
    cap_hours: float | None
    left_hours: float | None
    renews_at: datetime


class AccountModel(Model):
    """An owner's device-hours: what running jobs hold, who waits, and each period."""

    owner: str
    held_hours: float
    waiting: int
    spent: tuple[SpentModel, ...]


class QueueModel(Model):
    """Jobs that have not ended; `oldest_at`: since when the oldest waits that could be taken."""

    waiting: int
    unoffered: int
    leased: int
    submitted: int
    running: int
    oldest_at: datetime | None


class TotalsModel(Model):
    """What there was since the database was made."""

    runs: int
    jobs: int
    attempts: int
    reports: int
    events: int


class RunnersHealthModel(Model):
    """Runners that are heard of and those that are not, and the slots of the former."""

    ready: int
    gone: int
    slots: int


class GrowthModel(Model):
    """How the database grew over `days`; `full_in_days` is null where it does not fill the disk."""

    bytes_per_day: float
    days: float
    full_in_days: float | None


class StoreHealthModel(Model):
    """What the database says of itself; `claims` began within the last `window_seconds`."""

    queue: QueueModel
    claims: int
    window_seconds: float
    totals: TotalsModel
    runners: RunnersHealthModel
    states: dict[str, int]
    last_event_at: datetime | None
    database: str
    database_bytes: int


class HealthModel(Model):
    """How the server itself is; `growth` is null until sizes are known over a day."""

    started_at: datetime
    store: StoreHealthModel
    disk_bytes: int
    free_bytes: int
    growth: GrowthModel | None


class FollowingModel(Model):
    """Open pages that follow events; `lag_seconds`: how old the last one was when it was sent."""

    streams: int
    lag_seconds: float | None
