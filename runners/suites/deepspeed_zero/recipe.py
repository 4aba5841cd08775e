"""What is trained: the transformer of `pytorch_train`, by AdamW, or by SGD that is clipped."""

from __future__ import annotations

import torch
from torch import nn, optim

from runners.suites.pytorch_train.recipes import Recipe, named

CLIP = 0.5  # the gradient's norm is above it in each of the first steps


def recipe(*, clipped: bool, plain: bool) -> Recipe:
    """The recipe; `plain` takes SGD, whose steps are as long as the gradients that it is given.

    Adam divides by their size, so that it would not show whether they were clipped. `clipped` has
    torch clip them.
    """
    whole = named("transformer")
    if not plain:
        return whole

    def optimizer(model: nn.Module) -> optim.Optimizer:
        made = optim.SGD(model.parameters(), lr=0.1)
        if clipped:
            weights = list(model.parameters())
            made.register_step_pre_hook(lambda *_: _clip(weights))
        return made

    return whole._replace(optimizer=optimizer)


def _clip(weights: list[torch.Tensor]) -> None:
    nn.utils.clip_grad_norm_(weights, CLIP)
