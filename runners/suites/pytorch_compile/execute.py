"""Runs a program eager or compiled, in any precision and on any device, and keeps what came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple  # Any: what torch.compile hands back

import torch
from torch import nn

from runners.suites.pytorch_compile.programs import Program

SEED = 11
SIZE = 8


class Place(NamedTuple):
    """On which device and in which dtype."""

    device: str
    dtype: torch.dtype


def module(program: Program, place: Place) -> nn.Module:
    """The module with weights from the seed, drawn on the CPU in float32, then moved."""
    torch.manual_seed(SEED)
    return program.build().to(place.dtype).to(place.device)


def inputs(program: Program, place: Place, size: int = SIZE) -> list[torch.Tensor]:
    """The same numbers everywhere, rounded to float32 before they are widened or narrowed."""
    made = program.inputs(torch.Generator().manual_seed(SEED + size), size)
    return [_rounded(one, place.dtype).to(place.device) for one in made]


def answers(run: Callable[..., Any], given: list[torch.Tensor]) -> list[torch.Tensor]:
    """What comes out, and what has become of the arguments, on the CPU."""
    with torch.no_grad():
        found = run(*given)
    return [one.detach().cpu() for one in [*_leaves(found), *given]]


def gradients(
    run: Callable[..., Any], of: nn.Module, given: list[torch.Tensor]
) -> list[torch.Tensor]:
    """What comes out, and the gradients of weights and inputs, on the CPU."""
    wide = [one.requires_grad_() if one.is_floating_point() else one for one in given]
    found = _leaves(run(*wide))
    # Cotangents that are exact in every type: quarters between -1 and 1.
    for_each = [(torch.arange(one.numel()) % 9 / 4 - 1).view(one.shape) for one in found]
    torch.autograd.backward(found, [c.to(one) for c, one in zip(for_each, found)])  # noqa: B905 - Python 3.9 has no strict
    graded = [*of.parameters(), *(one for one in wide if one.requires_grad)]
    return [one.detach().cpu() for one in [*found, *(one.grad for one in graded)]]


def _rounded(made: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return made.float().to(dtype) if made.is_floating_point() else made.clone()


def _leaves(found: Any) -> list[torch.Tensor]:  # noqa: ANN401 - a tensor or several
    return [found] if isinstance(found, torch.Tensor) else list(found)
