"""Runs the operators' suite with one operator broken: `drive.py HOW OP [ARGUMENT …]`.

The arguments are the launcher's. HOW is `abort` or `segfault` (the process dies by that signal)
or `double` (twice what is right).
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

from faulty import replaced, scaled  # noqa: E402 - torch prints while it is imported

from runners.suites.pytorch_ops import catalog  # noqa: E402 - the same


def _aborting(*_: Any, **__: Any) -> None:
    os.abort()


def _segfaulting(*_: Any, **__: Any) -> None:
    ctypes.string_at(0)


def main(how: str, op: str, *arguments: str) -> None:
    right = catalog.operators()[op].op

    def doubled(*args: Any, **kwargs: Any) -> Any:
        return scaled(2.0)(right(*args, **kwargs))

    wrong = {"abort": _aborting, "segfault": _segfaulting, "double": doubled}[how]
    with replaced(op, wrong):
        launcher.main(["pytorch_ops", *arguments])


main(*sys.argv[1:])
