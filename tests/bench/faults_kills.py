"""`kill -9` of the server at fifty random moments of runs, with Ray and without."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from kills import Field, carried_through

from tests.bench.figure import Figure

KILLS = 50
KILLS_A_RUN = 5
JOBS = 14


def measure() -> list[Figure]:
    """Both executors, half of the kills each."""
    return [
        _survived("Ray", 1.0, (), collected=True),
        _survived("processes", 0.5, ("--no-ray",), collected=False),
    ]


def _survived(name: str, seconds: float, words: tuple[str, ...], *, collected: bool) -> Figure:
    kills, faults = 0, list[str]()
    while kills < KILLS // 2:
        with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
            field = Field(Path(folder), JOBS, seconds, words)
            outcome = carried_through(field, KILLS_A_RUN, random.Random(folder))
            kills += outcome.kills
            faults += outcome.faults(JOBS, collected=collected)
    told = "; ".join(faults) or "nothing lost, nothing doubled"
    return Figure(
        f"{kills} kills of the server, {name}", told, "nothing lost or doubled", not faults
    )
