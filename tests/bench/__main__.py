"""Runs the benchmarks and prints one table; its last line says how many goals are met."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from tests.bench.figure import Figure

HERE = Path(__file__).parent
SUPPORT = HERE.parent / "support"
Measure = Callable[[], list[Figure]]


def benchmarks(kind: str, name: str) -> list[tuple[str, Measure]]:
    """Name and `measure` of each `KIND_NAME.py` beside this file, in the order of their names."""
    found = []
    for path in sorted(HERE.glob(f"{kind}_{name}.py")):
        module = importlib.import_module(f"tests.bench.{path.stem}")
        found.append((path.stem, cast("Measure", module.measure)))
    return found


def measured(name: str, measure: Measure) -> list[Figure]:
    """The figures of one benchmark; one that breaks is a goal missed, and the rest go on."""
    print(f"{name} …", file=sys.stderr, flush=True)
    begun = time.monotonic()
    try:
        figures = measure()
    except Exception as error:  # noqa: BLE001 - whatever breaks in one must not hide the others
        figures = [Figure(name, f"broke: {type(error).__name__}: {error}", "runs", met=False)]
    print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return figures


def print_table(figures: list[Figure]) -> None:
    """The figures in columns."""
    rows = [("", "what", "measured", "goal")]
    rows += [("✓" if f.met else "✕", f.what, f.measured, f.goal) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))


def main(kind: str = "bench", name: str = "*") -> int:
    """Run all benchmarks of a kind, or one of them: 0 when each goal is met, 1 otherwise."""
    found = benchmarks(kind, name)
    figures = [figure for title, run in found for figure in measured(title, run)]
    met = sum(figure.met for figure in figures)
    print_table(figures)
    print(f"{met} of {len(figures)}")
    return 0 if figures and met == len(figures) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(SUPPORT))
    sys.exit(main(*sys.argv[1:]))
