"""The state of a cell: what its reports fold to, and the face that the grid shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from matrix.status import Evidence, Layer, Role, Status


class Colour(StrEnum):
    """Three questions: is it fine now, is it moving or unknown, must a person look."""

    GREEN = "green"
    BLUE = "blue"
    ORANGE = "orange"
    NONE = "none"


class State(StrEnum):
    """What a cell, or one suite on one stack in it, is now."""

    FAILING = "failing"
    BROKEN = "test error"
    INFRA = "infrastructure"
    SLOWER = "slower"
    FLAKY = "flaky"
    RUNNING = "running"
    QUEUED = "queued"
    NEW = "new"
    STALE = "stale"
    FASTER = "faster"
    PASSING = "passing"
    SKIPPED = "skipped"
    NOT_OFFERED = "not offered"
    EXCLUDED = "excluded"


class Mark(NamedTuple):
    """How a state looks: its colour, and a glyph that says the same without it."""

    colour: Colour
    glyph: str


MARKS = {
    State.FAILING: Mark(Colour.ORANGE, "✕"),
    State.BROKEN: Mark(Colour.ORANGE, "!"),
    State.INFRA: Mark(Colour.ORANGE, "⚡"),
    State.SLOWER: Mark(Colour.ORANGE, "▼"),
    State.FLAKY: Mark(Colour.ORANGE, "≈"),
    State.RUNNING: Mark(Colour.BLUE, "▶"),
    State.QUEUED: Mark(Colour.BLUE, "…"),
    State.NEW: Mark(Colour.BLUE, "○"),
    State.STALE: Mark(Colour.BLUE, "◷"),
    State.FASTER: Mark(Colour.GREEN, "▲"),
    State.PASSING: Mark(Colour.GREEN, "✓"),
    State.SKIPPED: Mark(Colour.NONE, "∅"),
    State.NOT_OFFERED: Mark(Colour.NONE, "–"),  # noqa: RUF001 - the dash is the glyph
    State.EXCLUDED: Mark(Colour.NONE, "·"),
}


class Counts(NamedTuple):
    """Cases by status; `expected` failures are counted there and not under `fail`."""

    fail: int = 0
    error: int = 0
    miss: int = 0
    passed: int = 0
    done: int = 0
    skip: int = 0
    expected: int = 0

    @property
    def total(self) -> int:
        """All cases."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class CellState:
    """The projection of one (cell, suite, stack): the row that pages read.

    `history` holds the last 30 statuses, oldest first, a letter each (P F E M D S); `since` is
    when the present status began; `unmet` the first need that no runner meets, "" where one
    does; `queued` and `running` count open jobs. `status` is None until a report has come.
    """

    cell: tuple[tuple[str, str], ...]
    suite: str
    stack: str
    role: Role
    status: Status | None
    layer: Layer
    confidence: float
    reason: str
    counts: Counts
    history: str
    since: datetime | None
    reported_at: datetime | None
    job: int | None
    run: int | None
    queued: int
    running: int
    unmet: str
    trend: int  # -1 slower, 0 level, 1 faster
    evidence: Evidence
