"""Runs the compiler's suite with faults in torch: `drive_compile.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. Eager stays right.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

import torch  # noqa: E402 - it prints while it is imported


def kernel() -> None:
    """Inductor's tanh is a thousandth too large."""
    from torch._inductor import lowering  # noqa: PLC0415 - slow

    right = lowering.lowerings[torch.ops.aten.tanh.default]

    def wrong(*args: Any, **kwargs: Any) -> Any:
        return lowering.mul(right(*args, **kwargs), 1.001)

    lowering.lowerings[torch.ops.aten.tanh.default] = wrong


def torn() -> None:
    """No graph goes through a choice by element."""
    torch._dynamo.disallow_in_graph(torch.where)


def rigid() -> None:
    """Each size is compiled anew."""
    import torch._dynamo.config as dynamo  # noqa: PLC0415 - slow

    dynamo.automatic_dynamic_shapes = False


def main(faults: str, *arguments: str) -> None:
    for name in faults.split(","):
        globals()[name]()
    launcher.main(["pytorch_compile", *arguments])


main(*sys.argv[1:])
