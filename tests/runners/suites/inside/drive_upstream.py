"""Runs PyTorch's own tests with faults in torch: `drive_upstream.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. Each fault is one operator's, so that its neighbours stay right.
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
FAULTS, *ARGUMENTS = sys.argv[1:]
sys.argv[1:] = []  # torch's tests read the command line as theirs

import torch  # noqa: E402 - it prints while it is imported
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402 - the same


def steep() -> None:
    """The backward formula of `expm1` is a thousandth too large."""
    right = torch.expm1

    def expm1(value: Any, **options: Any) -> Any:
        out = right(value, **options)
        if out.requires_grad and out.dtype is torch.float64:
            out.register_hook(lambda gradient: gradient * 1.001)
        return out

    _replace("expm1", expm1)


def mixing() -> None:
    """The batching rule of `erf` hands the first member's answer to every other one."""
    right, functorch = torch.erf, torch._C._functorch

    def erf(value: Any, **options: Any) -> Any:
        if value.dtype is not torch.float32 or not functorch.is_batchedtensor(value):
            return right(value, **options)
        whole, level = functorch.get_unwrapped(value), functorch.maybe_get_level(value)
        return functorch._add_batch_dim(right(whole[:1].expand_as(whole)), 0, level)

    _replace("erf", erf)


def careless() -> None:
    """`sign` writes its answer into its argument, too."""
    right = torch.sign

    def sign(value: Any, **options: Any) -> Any:
        out = right(value, **options)
        if type(value) is torch.Tensor and not value.requires_grad:
            value.copy_(out)
        return out

    _replace("sign", sign)


def deadly() -> None:
    """Whoever asks for shapes of `trunc` without numbers dies."""
    right = torch.trunc

    def trunc(value: Any, **options: Any) -> Any:
        if isinstance(value, torch._subclasses.FakeTensor):
            os.abort()
        return right(value, **options)

    _replace("trunc", trunc)


def endless() -> None:
    """The same of `frac`, which never comes back."""
    right = torch.frac

    def frac(value: Any, **options: Any) -> Any:
        if isinstance(value, torch._subclasses.FakeTensor):
            time.sleep(3600)
        return right(value, **options)

    _replace("frac", frac)


def _replace(name: str, fault: Any) -> None:
    (op,) = (one for one in op_db if one.name == name)
    op.op = fault


def main(faults: str, *arguments: str) -> None:
    for name in faults.split(","):
        globals()[name]()
    launcher.main(["pytorch_upstream", *arguments])


main(FAULTS, *ARGUMENTS)
