"""The slide as it was read last, so that the next reading costs what has changed since."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from matrix.verdict import CellState
from orchestrator.views import Face, Grid

Point = tuple[str, str]


@dataclass(slots=True)
class Slide:
    """States and faces of one revision of a matrix as of `version`; used under its guard."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    revision: int = 0
    version: int = -1
    states: dict[Point, dict[int, CellState]] = field(default_factory=lambda: defaultdict(dict))
    faces: dict[Point, Face] = field(default_factory=dict)
    until: dict[Point, datetime] = field(default_factory=dict)
    grid: Grid | None = None

    def begin_anew(self, revision: int) -> None:
        """Forget everything: another revision has other squares."""
        self.revision, self.version, self.grid = revision, -1, None
        self.states.clear()
        self.faces.clear()
        self.until.clear()

    def learn(self, news: Iterable[tuple[int, bool, Point, CellState]]) -> None:
        """Take in (row id, planned, point, state); their squares must be folded again."""
        for row, planned, point, state in news:
            if planned:
                self.states[point][row] = state
            else:
                self.states[point].pop(row, None)
            self.faces.pop(point, None)

    def is_current(self, version: int, now: datetime) -> bool:
        """Whether nothing has changed, not even by growing stale."""
        return version == self.version and now <= min(self.until.values(), default=now)

    def forget_stale(self, now: datetime) -> None:
        """Squares in which something has grown stale must be folded again."""
        for point in [point for point, until in self.until.items() if until < now]:
            self.faces.pop(point, None)

    def keep(self, point: Point, face: Face, now: datetime, freshness: timedelta) -> None:
        """Remember a square until the first of its fresh results grows stale."""
        self.faces[point] = face
        ends = [
            state.reported_at + freshness
            for state in self.states[point].values()
            if state.reported_at is not None
        ]
        later = [end for end in ends if end >= now]
        self.until[point] = min(later, default=now + timedelta(days=3650))
