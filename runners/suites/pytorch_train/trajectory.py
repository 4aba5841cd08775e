"""The right losses of a training, in float64 on the CPU, and what rounding could make of them.

The spread is a Monte Carlo arithmetic at the grain of a step (D. S. Parker, "Monte Carlo
Arithmetic: exploiting randomness in floating-point arithmetic", UCLA CSD-970002, 1997): the
float64 training is repeated with each weight moved at random by at most one rounding error of
its own size after each step, and each gradient by one of its tensor's largest, as sums round. How
far the losses have lain apart up to a step is what an honest training may be off by there, times
a factor; docs/suites/pytorch-train.md says how much of that is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import torch

from runners.suites.pytorch_train.recipes import Recipe
from runners.suites.pytorch_train.training import Manner, Training

STEPS = 30
REPLICATES = 3
_OF_SPREAD, _OF_LOSS = 16.0, 32.0


class Expected(NamedTuple):
    """The losses of the first steps, and how far off each may be."""

    losses: list[float]
    room: list[float]

    def __str__(self) -> str:
        return f"{_OF_LOSS:g} eps * loss + {_OF_SPREAD:g} * spread of {REPLICATES} (float32)"


class Departure(NamedTuple):
    """The step whose loss is off most, in parts of what is allowed there."""

    step: int
    actual: float
    expected: float
    allowed: float

    @property
    def share(self) -> float:
        """How much of the allowance is used; above 1 is off."""
        off = abs(self.actual - self.expected) / self.allowed
        return off if off == off else float("inf")  # noqa: PLR0124 - NaN is off by everything


def expected(recipe: Recipe, steps: int = STEPS) -> Expected:
    """The trajectory that float32 is held against."""
    eps = torch.finfo(torch.float32).eps
    exact = _wide(recipe).steps(steps)
    moved = [_moved(recipe, steps, eps, seed) for seed in range(REPLICATES)]
    apart = (max(abs(one[k] - exact[k]) for one in moved) for k in range(steps))
    spreads = accumulate(apart, max)
    room = [_OF_LOSS * eps * loss + _OF_SPREAD * s for loss, s in zip(exact, spreads)]  # noqa: B905 - Python 3.9 has no strict
    return Expected(exact, room)


def worst(losses: Sequence[float], right: Expected) -> Departure:
    """Where a trajectory is furthest from the right one."""
    told = zip(range(len(losses)), losses, right.losses, right.room)  # noqa: B905 - Python 3.9 has no strict
    return max((Departure(*one) for one in told), key=lambda one: one.share)


def _wide(recipe: Recipe) -> Training:
    return Training(recipe, Manner("cpu", torch.float64))


def _moved(recipe: Recipe, steps: int, eps: float, seed: int) -> list[float]:
    """The losses of a training whose every step is rounded at random."""
    training, noise = _wide(recipe), torch.Generator().manual_seed(seed)
    weights = list(training.model.parameters())

    def signs(of: torch.Tensor) -> torch.Tensor:
        return 2 * torch.rand(of.shape, generator=noise, dtype=of.dtype) - 1

    def round_gradients(*_: object) -> None:
        for weight in weights:
            if weight.grad is not None:
                weight.grad += eps * weight.grad.abs().max() * signs(weight.grad)

    def round_weights(*_: object) -> None:
        with torch.no_grad():
            for weight in weights:
                weight.mul_(1 + eps * signs(weight))

    round_weights()
    training.optimizer.register_step_pre_hook(round_gradients)
    training.optimizer.register_step_post_hook(round_weights)
    return training.steps(steps)
