"""Files made to cost time or memory cost little of either."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from wrong_matrices import GOOD

BOMBS = {
    "brackets": "[" * 200_000,
    "braces": "{a: " * 60_000,
    "lists in lists": "- " * 100_000,
    "indents": "".join(" " * n + "a:\n" for n in range(700)),
    "question marks": "? " * 100_000,
    "aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n"
        for p, c in zip("abcdefghi", "bcdefghij", strict=True)
    ),
    "merge keys": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 25)),
    "anchors": "".join(f"k{n}: &a{n} 1\n" for n in range(9_000)),
    "wide list": "name: x\naxes: {site: [" + "a," * 19_000 + "]}",
    "wide mapping": "".join(f"k{n}: {n}\n" for n in range(9_900)),
    "traps": "a: [" + "3.10," * 19_000 + "]",
    "tags": "".join(f"k{n}: !t 1\n" for n in range(9_000)),
    "control characters": "\x01" * 250_000,
    "long word": "name: " + "x" * 250_000,
    "long digits": "name: " + "9" * 250_000,
    "long comment": "#" * 250_000,
    "long quote": 'name: "' + "\\x41" * 60_000 + '"',
    "blank lines": "\n" * 250_000,
    "unknown words": GOOD
    + "exclude:\n"
    + "".join(f" - {{site: {'y' * 40}{n}}}\n" for n in range(4_000)),
    "idle includes": GOOD + "include:\n" + "".join(f" - {{site: z{n}}}\n" for n in range(6_000)),
    "many axes": "name: x\naxes:\n  site: [s]\n  accelerator: [a]\n"
    + "".join(f"  a{n}: [{','.join(f'v{m}' for m in range(20))}]\n" for n in range(200))
    + "suites: {smoke: {}}\n",
}
MEASURED = """
import json, resource, sys, time
from pathlib import Path
import yaml
from matrix.errors import CoevoError
from matrix.load import default_matrix, load
default_matrix()  # what is idle has loaded its modules
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
try:
    load(Path(sys.argv[1]))
    count = 0
except CoevoError as error:
    count = len(error.mistakes)
seconds = time.process_time() - start
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle
start = time.process_time()
yaml.load("".join(f"k{n}: {n}\\n" for n in range(2_500)), yaml.SafeLoader)
honest = 4 * (time.process_time() - start)  # a file of 10,000 lines is the largest
print(json.dumps([count, seconds / honest, grown / 1024]))
"""
HONEST_READINGS = 3  # a bomb may cost as much as reading the largest honest file three times


def cost(bomb: str, folder: Path) -> tuple[int, float, float]:
    """Mistakes found, processor time in readings of an honest file, and growth in MiB."""
    file = folder / "bomb.yaml"
    file.write_text(BOMBS[bomb])
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(file)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31)),
    )
    count, readings, megabytes = json.loads(done.stdout)
    return count, readings, megabytes


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_little_time_and_memory(bomb: str, tmp_path: Path) -> None:
    count, readings, megabytes = cost(bomb, tmp_path)

    assert 1 <= count <= 51
    assert readings < HONEST_READINGS
    assert megabytes < 50
