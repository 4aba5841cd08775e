"""How much work a slot is given ahead: about half a second of it, by what jobs took lately."""

from __future__ import annotations

from dataclasses import dataclass, field

AHEAD_SECONDS = 0.5
MOST = 64
_WEIGHT = 0.2  # of the newest attempt in the moving average


@dataclass(slots=True)
class Pace:
    """Learns how long attempts of each suite take; a suite not yet seen counts as long."""

    ahead_seconds: float = AHEAD_SECONDS
    _seconds: dict[str, float] = field(default_factory=dict)
    _recent: float | None = None

    def learn(self, suite: str, seconds: float) -> None:
        """An attempt of the suite took so long."""
        self._seconds[suite] = _blended(self._seconds.get(suite), seconds)
        self._recent = _blended(self._recent, seconds)

    def expected(self, suite: str) -> float:
        """Seconds that an attempt of the suite will take; never less than MOST allows."""
        return max(self._seconds.get(suite, self.ahead_seconds), self.ahead_seconds / MOST)

    def depth(self) -> int:
        """How many tickets to hold for a slot, judged by what ended lately; 1 to MOST."""
        if self._recent is None:
            return 1
        seconds = max(self._recent, self.ahead_seconds / MOST)
        return max(1, int(self.ahead_seconds / seconds))


def _blended(before: float | None, seconds: float) -> float:
    """An exponential moving average that a long attempt pulls up at once."""
    if before is None or seconds > before * 10:
        return seconds
    return before + _WEIGHT * (seconds - before)
