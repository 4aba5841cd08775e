"""`kill -9` of the server at fifty random moments with Ray, and at ten without."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from kills import Field, carried_through

from tests.bench.figure import Figure

ROUNDS, KILLS_A_ROUND, JOBS = 10, 5, 14


def measure() -> list[Figure]:
    """What was lost or doubled, by round; each round has a seed that repeats it."""
    with_ray = [_round(seed, (), 1.0, collected=True) for seed in range(ROUNDS)]
    without = [_round(seed, ("--no-ray",), 0.5, collected=False) for seed in range(2)]
    return [*with_ray, *without]


def _round(seed: int, words: tuple[str, ...], seconds: float, *, collected: bool) -> Figure:
    with tempfile.TemporaryDirectory(prefix="coevo-") as name:
        field = Field(Path(name), JOBS, seconds, words)
        outcome = carried_through(field, KILLS_A_ROUND, random.Random(seed))
        faults = outcome.faults(JOBS, collected=collected)
    kind = " ".join(words) or "Ray"
    found = "; ".join(faults) or f"{outcome.kills} kills, nothing lost or doubled"
    return Figure(f"{kind}, seed {seed}", found, "nothing lost or doubled", not faults)
