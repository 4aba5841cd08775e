"""How long expansion takes from 1,000 to 100,000 jobs, and with which exponent it grows."""

from __future__ import annotations

import gc
import json
import math
import time
from typing import NamedTuple

from matrix.expand import expand
from matrix.load import parse
from matrix.model import Matrix
from tests.bench.figure import Figure

SIDES = (10, 18, 32, 56, 100)  # sites and accelerators; ten suites each
REPEATS = 7
SECONDS_GOAL = 1.0
EXPONENT_GOAL = 1.05


def measure() -> list[Figure]:
    """The time of the largest matrix, and the exponent fitted over all of them."""
    matrices = [square(side) for side in SIDES]
    counts = [len(expand(matrix)) for matrix in matrices]
    # Round by round, so that every size meets the same weather on a busy machine.
    rounds = [[spent(matrix) for matrix in matrices] for _ in range(REPEATS)]
    times = [min(each.wall for each in column) for column in zip(*rounds, strict=True)]
    slope = exponent(counts, [min(e.cpu for e in column) for column in zip(*rounds, strict=True)])
    span = f"{counts[0]:,} to {counts[-1]:,} jobs"
    return [
        Figure(
            f"expansion of {counts[-1]:,} jobs",
            f"{times[-1]:.2f} s",
            f"< {SECONDS_GOAL:.0f} s",
            times[-1] < SECONDS_GOAL,
        ),
        Figure(
            f"expansion, exponent from {span}",
            f"{slope:.3f}",
            f"≤ {EXPONENT_GOAL}",
            slope <= EXPONENT_GOAL,
        ),
    ]


def square(side: int) -> Matrix:
    """As many sites as accelerators, ten suites, and an include and an exclude that apply."""
    return parse(
        json.dumps(
            {
                "name": "square",
                "axes": {
                    "site": [f"site-{number}" for number in range(side)],
                    "accelerator": [f"accelerator-{number}" for number in range(side)],
                },
                "suites": {f"suite-{number}": {"command": ["true"]} for number in range(10)},
                "exclude": [{"site": "site-0", "accelerator": "accelerator-0"}],
                "include": [{"when": {"suite": "suite-1"}, "timeout": "10m", "seed": 1}],
            }
        ),
        "square.yaml",
    )


class Spent(NamedTuple):
    """Seconds of one expansion: by the clock on the wall, and of this process."""

    wall: float
    cpu: float


def spent(matrix: Matrix) -> Spent:
    """One expansion; what the ones before left behind is swept up first."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    expand(matrix)
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def exponent(counts: list[int], times: list[float]) -> float:
    """The slope of the least-squares line through log time over log count."""
    points = [(math.log(count), math.log(each)) for count, each in zip(counts, times, strict=True)]
    middle = sum(x for x, _ in points) / len(points)
    mean = sum(y for _, y in points) / len(points)
    rise = sum((x - middle) * (y - mean) for x, y in points)
    return rise / sum((x - middle) ** 2 for x, _ in points)
