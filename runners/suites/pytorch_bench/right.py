"""Whether a kernel's answer is right: against float64 on the CPU, on the very same numbers.

A sum of n products is off by about sqrt(n) roundings of the accumulator at the size of the
products' root sum of squares (N. J. Higham and T. Mary, "A new approach to probabilistic rounding
error analysis", 2019), and by one of the result's own dtype.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Optional

import torch

_OF_RESULT, _OF_SIZE, _OF_SUM = 2.0, 2.0, 4.0
EXACT = "bit-equal"


class Right(NamedTuple):
    """The answer in float64, the size of what was summed up in it, and of how many terms.

    `size` None: it has to be equal to the last bit.
    """

    answer: torch.Tensor
    size: Optional[torch.Tensor] = None  # noqa: UP045 - Python 3.9 reads it
    terms: int = 1


class Judged(NamedTuple):
    """`used` is the share of the allowance that the worst number takes; above 1 is wrong."""

    used: float
    tolerance: str
    problem: str


def judged(found: torch.Tensor, right: Callable[[], Right], dtype: torch.dtype) -> Judged:
    """How far off a kernel's answer is."""
    expected = right()
    got = found.detach().cpu().double()
    if got.shape != expected.answer.shape:
        problem = f"its shape is {tuple(got.shape)} instead of {tuple(expected.answer.shape)}"
        return Judged(float("inf"), EXACT, problem)
    if expected.size is None:
        off = int((got != expected.answer).sum())
        problem = f"{off} of {got.numel()} numbers are others" if off else ""
        return Judged(float(off > 0), EXACT, problem)
    shares = (got - expected.answer).abs() / _allowed(expected, expected.size, dtype)
    worst = int(torch.where(shares.isnan(), float("inf"), shares).argmax())
    used = float(shares.flatten()[worst])
    used = used if used == used else float("inf")  # noqa: PLR0124 - NaN is off by everything
    told = f"{got.flatten()[worst]:.6g} instead of {expected.answer.flatten()[worst]:.6g}"
    tolerance = (
        f"{_OF_RESULT:g} eps |x| + {_OF_SIZE:g} eps s + {_OF_SUM:g} sqrt({expected.terms}) e s"
    )
    problem = "" if used <= 1 else f"{told}, {used:.3g} times what is allowed"
    return Judged(round(used, 4), tolerance, problem)


def _allowed(right: Right, size: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    eps = torch.finfo(dtype).eps
    summed = min(eps, torch.finfo(torch.float32).eps)  # what is narrow is summed up in float32
    result: torch.Tensor = (
        _OF_RESULT * eps * right.answer.abs()
        + (_OF_SIZE * eps + _OF_SUM * summed * right.terms**0.5) * size
        + torch.finfo(dtype).tiny
    )
    return result
