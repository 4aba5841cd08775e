"""What is trained, how, for how many steps, and to which loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn, optim

from runners.suites.pytorch_train import data, models


class Recipe(NamedTuple):
    """A model and its training. `goal`: what the mean loss of the last ten steps must not exceed.

    `untrained` is about the loss of who has learned nothing, to compare the goal with.
    """

    name: str
    build: Callable[[float], nn.Module]
    batch: Callable[[torch.Generator], data.Batch]
    loss: nn.Module
    optimizer: Callable[[nn.Module], optim.Optimizer]
    steps: int
    goal: float
    untrained: float


RECIPES = (
    Recipe(
        name="transformer",
        build=models.Transformer,
        batch=data.copies,
        loss=nn.CrossEntropyLoss(),
        optimizer=lambda model: optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01),
        steps=80,
        goal=0.05,
        untrained=2.48,
    ),
    Recipe(
        name="convnet",
        build=models.Convnet,
        batch=data.gratings,
        loss=nn.CrossEntropyLoss(),
        optimizer=lambda model: optim.SGD(model.parameters(), lr=0.05, momentum=0.9),
        steps=80,
        goal=0.1,
        untrained=2.08,
    ),
    Recipe(
        name="lstm",
        build=models.Recurrent,
        batch=data.waves,
        loss=nn.MSELoss(),
        optimizer=lambda model: optim.Adam(model.parameters(), lr=1e-2),
        steps=120,
        goal=0.02,
        untrained=0.5,
    ),
)


def named(name: str) -> Recipe:
    """The recipe of that name."""
    return next(recipe for recipe in RECIPES if recipe.name == name)
