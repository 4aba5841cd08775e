"""Runs the suite of ExecuTorch with faults in it: `drive_executorch.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

from executorch.backends.xnnpack.partition.xnnpack_partitioner import (  # noqa: E402 - it prints
    XnnpackPartitioner,
)
from executorch.exir import ExecutorchProgramManager  # noqa: E402 - the same
from executorch.exir.backend.partitioner import PartitionResult  # noqa: E402 - the same
from executorch.runtime import Runtime  # noqa: E402 - the same


def nothing() -> None:
    """XNNPACK's partitioner takes nothing."""
    XnnpackPartitioner.partition = lambda _, program: PartitionResult(program, {})
    XnnpackPartitioner.ops_to_not_decompose = lambda *_: ([], None)


def restless() -> None:
    """No two programs are written with the same bytes."""
    right, numbers = ExecutorchProgramManager.buffer.fget, count(1)

    def buffer(self: Any) -> bytes:
        return right(self) + bytes(next(numbers))

    ExecutorchProgramManager.buffer = property(buffer)


def trusting() -> None:
    """Whatever cannot be loaded is taken for the last program that could."""
    right, good = Runtime.load_program, []

    def load_program(self: Any, data: Any) -> Any:
        try:
            good.append(right(self, data))
        except RuntimeError:
            if not good:
                raise
        return good[-1]

    Runtime.load_program = load_program


def main(faults: str, *arguments: str) -> None:
    for name in filter(None, faults.split(",")):
        globals()[name]()
    launcher.main(["executorch_edge", *arguments])


main(*sys.argv[1:])
