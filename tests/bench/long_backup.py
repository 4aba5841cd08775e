"""A backup of twenty million cases while reports go on coming in, and its restore."""

from __future__ import annotations

from tests.bench import bench_backup
from tests.bench.figure import Figure
from tests.bench.long_cases import CASES

SHARE = 5  # of the cases that the grid is read over, one in so many


def measure() -> list[Figure]:
    """As `bench_backup.py` does, ten times as much."""
    return bench_backup.figures_of(CASES // SHARE)
