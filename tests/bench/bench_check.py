"""How long and how much memory the worst file takes that a person can have checked."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figure import Figure
from tests.matrix.test_bombs import BOMBS

SECONDS_GOAL, MEGABYTES_GOAL = 1.0, 50.0
MEASURED = """
import resource, sys, time
from pathlib import Path
from matrix.errors import CoevoError
from matrix.load import default_matrix, load
default_matrix()  # what is idle has loaded its modules
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.perf_counter()
try:
    load(Path(sys.argv[1]))
except CoevoError:
    pass
took = time.perf_counter() - begun
print(took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) / 1024)
"""


def measure() -> list[Figure]:
    """The slowest of all bombs and the largest, each in a process of its own."""
    costs = {name: cost(text) for name, text in BOMBS.items()}
    slowest = max(costs, key=lambda name: costs[name][0])
    largest = max(costs, key=lambda name: costs[name][1])
    seconds, megabytes = costs[slowest][0], costs[largest][1]
    return [
        Figure(
            f"the slowest wrong file ({slowest})",
            f"{seconds:.2f} s",
            f"< {SECONDS_GOAL:.0f} s",
            seconds < SECONDS_GOAL,
        ),
        Figure(
            f"the wrong file that takes most memory ({largest})",
            f"{megabytes:.0f} MB",
            f"< {MEGABYTES_GOAL:.0f} MB",
            megabytes < MEGABYTES_GOAL,
        ),
    ]


def cost(text: str) -> tuple[float, float]:
    """Seconds by the clock and MiB above idle that reading one file takes."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(Path(file.name))],
            check=True,
            capture_output=True,
            text=True,
        )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)
