"""The slide as it was read last, so that the next reading costs what has changed since."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from matrix.verdict import CellState
from orchestrator.views import Face, Grid

Point = tuple[str, str]


@dataclass(slots=True)
class Slide:
    """States and faces of one revision of a matrix as of `version`; used under its guard.

    `beside` has the squares of the states that are not shown here.
    """

    guard: threading.Lock = field(default_factory=threading.Lock)
    revision: int = 0
    version: int = -1
    states: dict[Point, dict[int, CellState]] = field(default_factory=lambda: defaultdict(dict))
    faces: dict[Point, Face] = field(default_factory=dict)
    until: dict[Point, datetime] = field(default_factory=dict)
    beside: dict[int, Point] = field(default_factory=dict)
    grid: Grid | None = None

    def begin_anew(self, revision: int) -> None:
        """Forget everything: another revision has other squares."""
        self.revision, self.version, self.grid = revision, -1, None
        self.states.clear()
        self.faces.clear()
        self.until.clear()
        self.beside.clear()

    def learn(
        self,
        news: Iterable[tuple[int, bool, Point, CellState]],
        is_shown: Callable[[CellState], bool],
    ) -> None:
        """Take in (row id, planned, point, state); their squares must be folded again."""
        for row, planned, point, state in news:
            if not is_shown(state):
                self._leave(row, point, planned=planned)
                continue
            if planned:
                self.states[point][row] = state
            else:
                self.states[point].pop(row, None)
            self.faces.pop(point, None)

    def _leave(self, row: int, point: Point, *, planned: bool) -> None:
        """A state that is shown elsewhere."""
        if planned:
            self.beside[row] = point
        else:
            self.beside.pop(row, None)

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
