"""What a server answers about itself and the matrices it serves: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from matrix.errors import Mistake
from matrix.status import Status
from orchestrator.views import Label


@dataclass(frozen=True, slots=True)
class Declared:
    """A matrix that can be looked at here, and how the file stands from which it is read.

    `matrix` is None where a file never held one. `file` is "" where none is read now: then
    `is_served` says whether runs can be started (of a packaged matrix), or only history is left.
    Where there are `mistakes`, the revision before them is in force.
    """

    matrix: Label | None
    file: str
    is_served: bool
    mistakes: tuple[Mistake, ...] = ()


class TriggerView(NamedTuple):
    """What starts runs of a matrix by itself.

    `what` says it in a line, with its zone, branch or paths; `select` is its selector ("": all).
    `next_at` is when a time table is due, `seen_at` when it or its repository last had news, and
    `run` the last run that it started. `why` says why those news led to no run, "" where they did
    or there were none.
    """

    name: str
    kind: str
    what: str
    select: str
    next_at: datetime | None
    seen_at: datetime | None
    run: int | None
    why: str


class SpentView(NamedTuple):
    """Device time used since a period began; `cap` is None where there is none."""

    period: str  # "day", "week", "month"
    used: timedelta
    cap: timedelta | None
    renews_at: datetime


class AccountView(NamedTuple):
    """An owner's device time in a matrix.

    `held` is what its running jobs may still take by their time-outs, `waiting` how many jobs of
    it wait for its budget.
    """

    owner: str
    held: timedelta
    waiting: int
    spent: tuple[SpentView, ...]


class Queue(NamedTuple):
    """Jobs that have not ended. `waiting` could be taken, `unoffered` by no runner that is there.

    `submitted` wait in the queue of a batch system. `oldest_at`: when the longest waiting of those
    that could be taken was queued.
    """

    waiting: int
    unoffered: int
    leased: int
    submitted: int
    running: int
    oldest_at: datetime | None


class Totals(NamedTuple):
    """What there was since the database was made; they only rise."""

    runs: int
    jobs: int
    attempts: int
    reports: int
    events: int


class Runners(NamedTuple):
    """Runners that are heard of and those that are not, and the slots of the former."""

    ready: int
    gone: int
    slots: int


class Growth(NamedTuple):
    """How the database grew, seen from `days` of samples; `full_in_days` None: it does not fill."""

    bytes_per_day: float
    days: float
    full_in_days: float | None


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What a store says of itself.

    `claims` began in the last `window` (shorter than five minutes where there were very many);
    `states` are the planned cell states by the status of their last result, None of none.
    """

    queue: Queue
    claims: int
    window: timedelta
    totals: Totals
    runners: Runners
    states: tuple[tuple[Status | None, int], ...]
    last_event_at: datetime | None
    database: str  # "sqlite", "postgresql"
    database_bytes: int


@dataclass(frozen=True, slots=True)
class Health:
    """A server's own health: its store, the disk under its data folder, and what is to come.

    `growth` is None until the size of the database is known over a day.
    """

    started_at: datetime
    store: StoreHealth
    disk_bytes: int
    free_bytes: int
    growth: Growth | None
