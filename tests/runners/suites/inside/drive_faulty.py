"""Runs a suite with a fault planted: `drive_faulty.py PROGRAM FAULT NAME [ARGUMENT …]`.

FAULT is a function of `faulty_optimizers.py` or `faulty_modules.py`, NAME what it breaks; the
arguments are the launcher's.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()  # torch prints while it is imported


def main(program: str, fault: str, name: str, *arguments: str) -> None:
    faulty = importlib.import_module(program.replace("pytorch", "faulty"))
    with faulty.broken(name, faulty.FAULTS[fault]):
        launcher.main([program, *arguments])


main(*sys.argv[1:])
