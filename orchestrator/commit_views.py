"""What the store answers about commits and versions of components: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from matrix.status import Layer, Status
from matrix.verdict import Counts
from orchestrator.views import Grid, Label


class About(NamedTuple):
    """What a run is about: a component at a commit or version, and what that says of itself."""

    component: str
    head: str
    title: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A component at one commit or version, and what all runs of it say together.

    `head` is the commit, the version, or the sha256 of a wheel; `base` where its stack stood when
    it was asked for, or what it was compared with by pairs. `run` is the newest of its runs,
    `ended` of its `verdicts` are known and `unoffered` wait for a runner that nobody has.
    `committed_at`, `title` and `parent` are what a commit says of itself, where somebody asked it.
    One that is the head of a pull request has its `request` ("#7").
    """

    component: str
    repository: str
    base: str
    head: str
    run: int
    at: datetime
    status: Status | None
    counts: Counts
    verdicts: int
    ended: int
    unoffered: int = 0
    committed_at: datetime | None = None
    title: str = ""
    parent: str = ""
    request: str = ""

    @property
    def place(self) -> tuple[datetime, int]:
        """When it was: its own time, or without one that of its run; then by runs."""
        return self.committed_at or self.at, self.run


@dataclass(frozen=True, slots=True)
class CommitVerdict:
    """What was found of one suite in one cell at a commit; `name` is its jobs' id, no shard.

    Without a status its jobs run, wait, or (`unmet`) wait for what no runner offers.
    """

    name: str
    site: str
    accelerator: str
    suite: str
    stack: str
    run: int
    status: Status | None
    layer: Layer
    reason: str
    ended_at: datetime | None
    counts: Counts
    running: bool = False
    unmet: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """A verdict that is another one than at the commit it is compared with."""

    name: str
    before: Status | None
    after: Status | None


@dataclass(frozen=True, slots=True)
class CommitPage:
    """A commit with all its cells, beside another one.

    `trunk` are the component's commits, the newest first; `against` the one that `shifts` compare
    with: the one that was asked for, else that of its last comparison by pairs, else the nearest
    older one with results; None without one.
    """

    matrix: Label
    commit: Commit
    grid: Grid
    verdicts: tuple[CommitVerdict, ...]
    trunk: tuple[Commit, ...]
    against: Commit | None
    shifts: tuple[Shift, ...]
