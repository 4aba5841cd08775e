"""What the store answers about comparisons of two commits by pairs: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from matrix.compared import Found
from matrix.comparison import Part
from matrix.status import Status
from orchestrator.views import Label


class HalfView(NamedTuple):
    """One job of a pair; `at` is where: its runner, its offer by digest, its node."""

    job: int
    state: str
    end: str
    status: Status | None
    reason: str
    at: tuple[str, str, str]
    report: int | None = None

    @property
    def tells(self) -> bool:
        """Whether it has a result of the suite's own."""
        return self.end == "reported" and self.status not in {None, Status.MISS, Status.SKIP}


class PairView(NamedTuple):
    """The same job at base and at head, in one place."""

    repetition: int
    base_first: bool
    base: HalfView
    head: HalfView

    @property
    def is_open(self) -> bool:
        """Whether one of the two is still to end."""
        return not self.base.state == self.head.state == "ended"

    @property
    def trouble(self) -> str:
        """Why the two cannot be compared; "" where they can, or are still to end."""
        if self.is_open:
            return ""
        for side, half in (("base", self.base), ("head", self.head)):
            if not half.tells:
                return f"{side}: {half.reason or half.end}"
        return "" if self.base.at == self.head.at else "its jobs ran on two machines"

    @property
    def is_complete(self) -> bool:
        """Whether the two can be compared."""
        return not self.is_open and not self.trouble


@dataclass(frozen=True, slots=True)
class PartView:
    """One suite in one cell: what its pairs say, and the pairs themselves."""

    site: str
    accelerator: str
    suite: str
    stack: str
    part: Part
    pairs: tuple[PairView, ...]


class End(NamedTuple):
    """One of the two that are compared: a commit or version, its title, and its run."""

    name: str
    title: str
    run: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A component at base and at head, compared by pairs of jobs."""

    id: int
    matrix: Label
    component: str
    repository: str
    base: End
    head: End
    repetitions: int
    started_at: datetime
    ended_at: datetime | None
    found: Found
    parts: tuple[PartView, ...]


class Listed(NamedTuple):
    """A comparison in a list."""

    id: int
    component: str
    base: str
    head: str
    title: str
    repetitions: int
    started_at: datetime
    is_over: bool
