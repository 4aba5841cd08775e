"""Runs the benchmarks with faults in torch: `drive_bench.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. float64, in which references are computed, stays right. The
fresh processes are run by this file, too, so that they have the same faults.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

import torch  # noqa: E402 - it prints while it is imported
from torch.nn import functional  # noqa: E402 - the same

HOW = "DRIVE_BENCH_FAULTS"


def hasty() -> None:
    """Products of float32 are as quick as can be: nothing is multiplied."""
    right = torch.Tensor.__matmul__

    def __matmul__(self: Any, other: Any) -> Any:  # noqa: N807 - it takes its place
        return torch.zeros_like(self) if self.dtype is torch.float32 else right(self, other)

    torch.Tensor.__matmul__ = __matmul__


def coarse() -> None:
    """Convolutions of float32 round their numbers to ten bits, as TF32 does."""
    right = functional.conv2d

    def conv2d(image: Any, weight: Any, **options: Any) -> Any:
        if image.dtype is torch.float32:
            image, weight = image.half().float(), weight.half().float()
        return right(image, weight, **options)

    functional.conv2d = conv2d


def deadly() -> None:
    """Whoever takes a softmax dies."""
    torch.Tensor.softmax = lambda *_: os.abort()


def endless() -> None:
    """A sort never comes back."""
    torch.Tensor.sort = lambda *_: time.sleep(3600)


def main(faults: str, *arguments: str) -> None:
    os.environ[HOW] = faults
    for name in faults.split(","):
        globals()[name]()
    from runners.suites.pytorch_bench import rounds  # noqa: PLC0415 - behind the faults

    rounds._LAUNCHER = Path(__file__)
    if "endless" in faults:
        rounds._PATIENCE_SECONDS = 25.0
    launcher.main([*arguments])


if HOW in os.environ:
    main(os.environ[HOW], *sys.argv[1:])
else:
    main(sys.argv[1], "pytorch_bench", *sys.argv[2:])
