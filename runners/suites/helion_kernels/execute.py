"""Runs a kernel on numbers of every size that a case has, and judges it against float64."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any  # Any: tensors and numbers

import helion
import torch

from runners.suites.helion_kernels import compare
from runners.suites.helion_kernels.catalog import KERNELS, SEED, Kernel
from runners.suites.helion_kernels.found import Found

BY_NAME = {kernel.name: kernel for kernel in KERNELS}
_PACKAGE = "runners.suites.helion_kernels.kernels"


def correct(name: str, dtype: str, device: str) -> Found:
    """Whether a case's kernel is right at each of its sizes; the worst is told."""
    kernel = BY_NAME[name.removesuffix(".tail")]  # the suite's Python has this: Helion wants 3.10
    sizes = kernel.tail if name.endswith(".tail") else kernel.even
    run, worst, at = made(kernel), compare.Verdict("", -1.0), sizes[0]
    for size in sizes:
        given = inputs(kernel, size, dtype)
        verdict = judged(kernel, run(*moved(given, device)), given)
        if verdict.used > worst.used:
            worst, at = verdict, size
    detail = {
        "tolerance": compare.tolerance(is_exact=kernel.is_exact, dtype=dtype),
        "used": round(worst.used, 4),
        "sizes": sizes,
    }
    return Found(worst.problem and f"size {at}: {worst.problem}", detail=detail)


def backend(device: str) -> Found:
    """Whether Helion has the mode here at all."""
    run = helion.kernel(importlib.import_module(f"{_PACKAGE}.elements").plus_one)
    found = run(torch.zeros(32, 64, device=device)).cpu()
    off = "" if torch.equal(found, torch.ones(32, 64)) else "0 + 1 is not 1"
    return Found(off, detail={"tolerance": "bit-equal"})


def made(kernel: Kernel, **settings: Any) -> Callable[..., Any]:  # noqa: ANN401 - Helion's
    """The kernel of Helion, with settings beside those that its environment says."""
    module, _, function = kernel.function.partition(".")
    made: Callable[..., Any] = helion.kernel(
        getattr(importlib.import_module(f"{_PACKAGE}.{module}"), function), **settings
    )
    return made


def inputs(kernel: Kernel, size: tuple[int, ...], dtype: str) -> list[Any]:
    """The same numbers everywhere, rounded to the dtype; what is float32 or whole stays so."""
    given = kernel.inputs(torch.Generator().manual_seed(SEED), size)
    narrow = getattr(torch, dtype)
    return [one.to(narrow) if _is_wide(one) else one for one in given]


def moved(given: Sequence[Any], device: str) -> list[Any]:
    """The numbers on the device; tensors are copied, so that no kernel changes them."""
    return [one.clone().to(device) if isinstance(one, torch.Tensor) else one for one in given]


def judged(kernel: Kernel, answer: Any, given: Sequence[Any]) -> compare.Verdict:  # noqa: ANN401 - a tensor or several
    """The verdict on what came out, against the reference in float64 on the CPU."""
    wide = [one.double() if _is_number(one) else one for one in given]
    right = _several(kernel.reference(*wide))
    sizes = _several(kernel.magnitude(*wide)) if kernel.magnitude else right
    found = [one.detach().cpu() for one in _several(answer)]
    return compare.verdict(found, right, sizes, is_exact=kernel.is_exact)


def _is_wide(one: Any) -> bool:  # noqa: ANN401 - a tensor or a number
    return isinstance(one, torch.Tensor) and one.dtype is torch.float64


def _is_number(one: Any) -> bool:  # noqa: ANN401 - a tensor or a number
    return isinstance(one, torch.Tensor) and one.is_floating_point()


def _several(found: Any) -> list[torch.Tensor]:  # noqa: ANN401 - a tensor or several
    return [found] if isinstance(found, torch.Tensor) else list(found)
