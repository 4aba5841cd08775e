"""What the store answers to those who read: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from matrix.status import Evidence, Layer, Role, Status
from matrix.verdict import CellState, Counts, State
from runners.course import NOTHING, Course
from runners.work import CaseResult, Component, Fact, MetricValue, Offer, Phase, RankReport, Usage

Pairs = tuple[tuple[str, str], ...]


class Label(NamedTuple):
    """A name and what people read."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Face:
    """One square of the slide: the roll-up of all cells at (site, accelerator).

    `counts` are of the headline suites' cases; `watched_bad` of watched suites that need a look;
    `done` of `planned` suites have a fresh result. `age_from` is the newest report's time.
    """

    site: Label
    accelerator: Label
    state: State
    reason: str
    counts: Counts
    watched_bad: int
    done: int
    planned: int
    since: datetime | None
    age_from: datetime | None
    runner: str
    simulated: bool
    history: str


class Change(NamedTuple):
    """A cell whose state changed: for "what changed last" and the live announcements."""

    at: datetime
    site: str
    accelerator: str
    suite: str
    stack: str
    before: str
    after: str
    job: int | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run and how far it is.

    `offered` of its `jobs` are or were offered by some runner, and `ended` of these have ended:
    `ended` ≤ `offered` ≤ `jobs`. The rest waits for a runner, or was skipped for want of one.
    """

    id: int
    matrix: str
    trigger: str
    state: str  # "planning", "running", "ended", "cancelled"
    started_at: datetime
    ended_at: datetime | None
    jobs: int
    offered: int
    ended: int
    counts: Counts
    note: str


@dataclass(frozen=True, slots=True)
class Grid:
    """The slide. `version` rises with every change that can be seen.

    `playing` squares lie on the playground, not here.
    """

    matrix: Label
    version: int
    sites: tuple[Label, ...]
    accelerators: tuple[Label, ...]
    faces: tuple[Face, ...]  # row by row
    changes: tuple[Change, ...]
    run: RunSummary | None
    simulated: bool
    playing: int = 0


@dataclass(frozen=True, slots=True)
class Playground:
    """What runners offer on the `open` axes and nobody listed; `values` has it by axis.

    Its `grid` has only sites and accelerators that are played with.
    """

    grid: Grid
    open: tuple[str, ...]
    values: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """A try of a job. `slot` and `node` say where it ran."""

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
    usage: Usage
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


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with its attempts. `waiting_for` says why a queued one is not running."""

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
    state: str  # "queued", "blocked", "leased", "submitted", "running", "ended"
    end: str  # "", "reported", "lost", "cancelled", "expired", "blocked"
    status: Status | None
    reason: str
    waiting_for: str
    queued_at: datetime
    ended_at: datetime | None
    cause: str
    parent: int | None
    repeat: str
    lock_digest: str
    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """What a job's accepted report said, without its cases (they are paged)."""

    job: int
    counts: Counts
    metrics: tuple[MetricValue, ...]
    facts: tuple[Fact, ...]
    observed: tuple[Component, ...]
    locked: Pairs
    ranks: tuple[RankReport, ...] = ()  # of an attempt on several nodes
    course: Course = NOTHING


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases of a report: `total` match the filter, `cases` are those of this page."""

    total: int
    cases: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True)
class CellPage:
    """Everything of one (site, accelerator): its states by suite and stack, and their jobs.

    Those of cells on the playground are `playing`; the face is theirs only where there are no
    others.
    """

    matrix: Label
    site: Label
    accelerator: Label
    face: Face
    states: tuple[CellState, ...]
    jobs: tuple[JobView, ...]  # the newest, latest first, without attempts
    why: str  # why nothing is planned or offered here; "" otherwise
    freshness: timedelta = timedelta(hours=36)  # older results are stale; the matrix's policy
    playing: tuple[CellState, ...] = ()


@dataclass(frozen=True, slots=True)
class RunnerView:
    """A registered runner."""

    id: int
    name: str
    label: str
    owner: str
    kind: str
    state: str  # "ready", "starting", "gone"
    simulated: bool
    seen_at: datetime
    offers: tuple[Pairs, ...]
    slots: int
    facts: tuple[Fact, ...]
    running: tuple[JobView, ...]
    recent: tuple[JobView, ...]
    places: tuple[Offer, ...] = ()  # `offers` are their labels; these say what is there, too


class LogPiece(NamedTuple):
    """Bytes of a log from `offset`; `end`: how far it goes now; `closed`: no more comes."""

    offset: int
    data: bytes
    end: int
    closed: bool


class Event(NamedTuple):
    """One line of the append-only event table; `data` is JSON text."""

    id: int
    at: datetime
    matrix: str
    kind: str  # "cell", "job", "run", "runner", "progress", "server"
    subject: str
    data: str


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs: values of one field are alternatives, fields narrow each other; empty: all.

    `text` is a substring of the job's name.
    """

    sites: frozenset[str] = frozenset()
    accelerators: frozenset[str] = frozenset()
    suites: frozenset[str] = frozenset()
    stacks: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset()
    states: frozenset[str] = frozenset()
    run: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, latest first and without attempts: `total` match the filter, `jobs` are one page."""

    total: int
    jobs: tuple[JobView, ...]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of a report: any of `statuses` (empty: all), `text` a substring of the id."""

    statuses: frozenset[Status] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What the server is doing: `ready` once it can run jobs.

    `doing` are lines for people ("starting Ray", "building the environment torch 2.13.0"), empty
    when all is quiet; `problems` what keeps it from working, each with what to do about it.
    """

    ready: bool
    doing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
