"""A training from a seed: model, optimizer, schedule and data, stepped, saved and loaded."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, NamedTuple, Optional  # Any: what torch hands out as a state

import torch
from torch import nn

from runners.suites.pytorch_train import randomness
from runners.suites.pytorch_train.recipes import Recipe

SEED = 20  # any number does; the same one everywhere makes columns comparable


class Manner(NamedTuple):
    """How a recipe is trained.

    `dtype` is that of weights and data, `autocast` what torch may narrow them to (None: nothing).
    """

    device: str
    dtype: torch.dtype = torch.float32
    autocast: Optional[torch.dtype] = None  # noqa: UP045 - Python 3.9 reads it
    dropout: float = 0.0


class Training:
    """Steps of a recipe on a device.

    Weights and data are drawn on the CPU, in float64 and from the seed, then rounded and moved, so
    that they are the same in every column.
    """

    def __init__(self, recipe: Recipe, manner: Manner) -> None:
        self.recipe, self.manner = recipe, manner
        self.source = torch.Generator().manual_seed(SEED)
        self.model = _model(recipe, manner)
        self.optimizer = recipe.optimizer(self.model)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, recipe.steps)
        kind = torch.device(manner.device).type
        needs_scale = manner.autocast is torch.float16
        self.scaler = torch.amp.GradScaler(kind, enabled=needs_scale)
        randomness.seed(manner.device, SEED)

    def steps(self, count: int) -> list[float]:
        """The losses of the next steps."""
        return [self.step() for _ in range(count)]

    def step(self) -> float:
        """One step; its loss, before the weights move."""
        self.optimizer.zero_grad()
        loss = self.gradients(self.batch())
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.schedule.step()
        return loss

    def gradients(self, batch: tuple[torch.Tensor, torch.Tensor]) -> float:
        """Leave a batch's gradients with the weights; its loss."""
        loss = self.loss(batch)
        self.scaler.scale(loss).backward()
        return float(loss.item())

    def loss(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """The loss of a batch that lies on the device."""
        given, wanted = batch
        with self._autocast():
            found = self.model(given)
        if not wanted.is_floating_point():
            wanted = wanted.flatten()
        return self.recipe.loss(found.to(self.manner.dtype), wanted)

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The next batch, on the device."""
        given, wanted = self.recipe.batch(self.source)
        return self.there(given), self.there(wanted)

    def there(self, made: torch.Tensor) -> torch.Tensor:
        """What was made on the CPU, rounded where it is no whole number, on the device."""
        narrow = made.to(self.manner.dtype) if made.is_floating_point() else made
        return narrow.to(self.manner.device)

    def state(self) -> dict[str, Any]:
        """All that the rest of the training depends on, as tensors, numbers and texts."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "source": self.source.get_state(),
            "random": randomness.states(self.manner.device),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])
        self.source.set_state(state["source"])
        randomness.restore(self.manner.device, state["random"])

    def _autocast(self) -> Any:  # noqa: ANN401 - a context of torch's or of nothing
        if self.manner.autocast is None:
            return nullcontext()
        return torch.autocast(torch.device(self.manner.device).type, self.manner.autocast)


def _model(recipe: Recipe, manner: Manner) -> nn.Module:
    torch.manual_seed(SEED)
    return recipe.build(manner.dropout).double().to(manner.dtype).to(manner.device)
