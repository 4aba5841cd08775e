"""What optimizers are set to work on: parameters, and a gradient for each step, always the same.

Gradients are given, not computed, so that a step's rounding shows in what it leaves behind and not
in all that follows. Only LBFGS, which asks for gradients as it goes, gets a function: a bowl.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from runners.suites.float64 import leaves

SEED = 0
STEPS = 6
# The last is longer than the vectors of any CPU, and no multiple of them.
_SHAPES = ((3,), (4, 2, 3), (6, 5), (67,))
_MATRICES = ((4, 3), (6, 5), (3, 8), (9, 9))
_SCALES = (0.01, 1.0, 0.1, 1.0)  # weights and their decay count differently at each size
_SECOND_RATE = 0.003  # the learning rate of the second half of the parameters


class Problem(NamedTuple):
    """Parameters, and for each step a gradient for each of them; a bowl's width and middle."""

    parameters: tuple[torch.Tensor, ...]
    gradients: tuple[tuple[torch.Tensor, ...], ...]
    widths: tuple[torch.Tensor, ...]
    middles: tuple[torch.Tensor, ...]


def problem(dtype: torch.dtype, *, matrices: bool, sparse: bool) -> Problem:
    """A problem on the CPU, in a dtype; `matrices` alone, or with gradients that are sparse."""
    source = torch.Generator().manual_seed(SEED)
    shapes = _MATRICES if matrices else _SHAPES

    def numbers() -> tuple[torch.Tensor, ...]:
        return tuple(_numbers(shape, dtype, source) for shape in shapes)

    scaled = tuple(item * scale for item, scale in zip(numbers(), _SCALES))  # noqa: B905 - Python 3.9 has no strict
    steps = tuple(numbers() for _ in range(STEPS))
    if sparse:
        steps = tuple(tuple(map(_sparse, step)) for step in steps)
    widths = tuple(item.abs() + 0.5 for item in numbers())
    return Problem(scaled, steps, widths, numbers())


def widened(one: Problem) -> Problem:
    """The same numbers in float64 (complex128)."""
    return _mapped(one, leaves.wide)


def moved(one: Problem, device: str) -> Problem:
    """The same numbers on a device."""
    return _mapped(one, lambda item: leaves.moved(item, device))


def groups(parameters: Sequence[torch.Tensor]) -> list[dict[str, Any]]:
    """The parameters in two groups, the second of which has a learning rate of its own."""
    half = len(parameters) // 2
    return [
        {"params": list(parameters[:half])},
        {"params": list(parameters[half:]), "lr": _SECOND_RATE},
    ]


def _mapped(one: Problem, change: Any) -> Problem:  # noqa: ANN401 - a function of tensors
    return Problem(
        tuple(map(change, one.parameters)),
        tuple(tuple(map(change, step)) for step in one.gradients),
        tuple(map(change, one.widths)),
        tuple(map(change, one.middles)),
    )


def _numbers(shape: tuple[int, ...], dtype: torch.dtype, source: torch.Generator) -> torch.Tensor:
    wide = torch.complex128 if dtype.is_complex else torch.float64
    return torch.randn(shape, generator=source, dtype=wide).to(dtype)


def _sparse(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient with every second row of nothing, as a sparse tensor."""
    kept = gradient.clone()
    kept[::2] = 0
    return kept.to_sparse(1)
