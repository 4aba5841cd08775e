"""A training of `pytorch_train`, as a rank of DeepSpeed has it: its half of each batch."""

from __future__ import annotations

import hashlib
import time
from typing import Any  # DeepSpeed's own

import deepspeed
import torch
from torch import distributed

from runners.suites.deepspeed_zero.recipe import recipe
from runners.suites.deepspeed_zero.way import Way
from runners.suites.pytorch_train.training import Manner, Training

_BATCH, _BLOCK = 32, 5


class Engine:
    """DeepSpeed's engine around model, optimizer, schedule and batches of a training."""

    def __init__(self, way: Way, device: str) -> None:
        self.way, self.rank = way, distributed.get_rank()
        self.training = Training(recipe(clipped=False, plain=bool(way.clip)), Manner(device))
        self.inner: Any = deepspeed.initialize(
            model=self.training.model,
            optimizer=self.training.optimizer,
            lr_scheduler=self._schedule,
            config=_configuration(way),
        )[0]

    def steps(self, count: int) -> tuple[list[float], list[float]]:
        """The loss of each of the next steps, over both ranks; steps a second of each five."""
        losses: list[float] = []
        rates = []
        while len(losses) < count:
            many, began = min(_BLOCK, count - len(losses)), time.perf_counter()
            losses += [self._step() for _ in range(many)]
            rates.append(many / (time.perf_counter() - began))
        return losses, rates

    def skip(self, count: int) -> None:
        """Leave out the next batches."""
        for _ in range(count):
            self.training.batch()

    def weights(self) -> dict[str, torch.Tensor]:
        """Every weight as a whole, on the CPU."""
        named = dict(self.inner.module.named_parameters())
        if self.way.stage < 3:  # noqa: PLR2004 - ZeRO's last stage
            return {name: weight.detach().cpu().clone() for name, weight in named.items()}
        with deepspeed.zero.GatheredParameters(list(named.values())):
            return {name: weight.detach().cpu().clone() for name, weight in named.items()}

    def digests(self) -> dict[str, str]:
        """A digest of the bits of each weight."""
        found = self.weights()
        return {
            name: hashlib.sha256(one.float().numpy().tobytes()).hexdigest()
            for name, one in found.items()
        }

    def holdings(self) -> dict[str, int]:
        """How many numbers this rank holds: of weights, and of one moment of the optimizer."""
        weights = [getattr(w, "ds_tensor", w).numel() for w in self.inner.module.parameters()]
        inner = getattr(self.inner.optimizer, "optimizer", self.inner.optimizer)
        moments = [state["exp_avg"].numel() for state in inner.state.values()]
        return {"weights": sum(weights), "moments": sum(moments)}

    def _step(self) -> float:
        given, wanted = (one.chunk(2)[self.rank] for one in self.training.batch())
        many = self.way.accumulate
        losses = []
        for part, right in zip(given.chunk(many), wanted.chunk(many)):  # noqa: B905 - Python 3.9 has no strict
            loss = self.training.recipe.loss(self.inner(part).float(), right.flatten())
            self.inner.backward(loss)
            self.inner.step()
            losses.append(loss.detach().double())
        mean = torch.stack(losses).mean() / distributed.get_world_size()
        distributed.all_reduce(mean)
        return float(mean.item())

    def _schedule(self, optimizer: torch.optim.Optimizer) -> object:
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.training.recipe.steps)


def _configuration(way: Way) -> dict[str, object]:
    return {
        "train_micro_batch_size_per_gpu": _BATCH // 2 // way.accumulate,
        "gradient_accumulation_steps": way.accumulate,
        "gradient_clipping": way.clip,
        "bf16": {"enabled": way.bf16},
        # By default stage 3 leaves weights whole that are as small as all of ours.
        "zero_optimization": {"stage": way.stage, "stage3_param_persistence_threshold": 0},
        "zero_allow_untested_optimizer": True,
        "steps_per_print": 10**9,
    }
