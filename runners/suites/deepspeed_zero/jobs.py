"""What ranks are asked to do; each job answers with numbers and digests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any  # answers

import torch
from torch import distributed

from runners.suites.deepspeed_zero.engine import Engine
from runners.suites.deepspeed_zero.way import Way
from runners.suites.pytorch_train.training import SEED

Answer = dict[str, Any]
_SHAPES = ((129,), (64, 33))  # neither is a multiple of what a vector register holds
_ADAM = {"lr": 1e-2, "weight_decay": 1e-2}


def train(folder: Path, way: list[Any], steps: int) -> Answer:  # noqa: ARG001 - every job has it
    """Train from the seed; losses, speeds, and what this rank holds."""
    engine = _engine(way)
    losses, rates = engine.steps(steps)
    holdings = {} if engine.way.clip else engine.holdings()
    norm = engine.inner.get_global_grad_norm()
    return {
        "losses": losses,
        "rates": rates,
        "holdings": holdings,
        "norm": float(norm) if norm is not None else None,
        "dtype": str(next(engine.inner.module.parameters()).dtype),
    }


def save(folder: Path, way: list[Any], steps: int) -> Answer:
    """Train, leave a checkpoint, train on; what came after it, and the weights at it."""
    engine = _engine(way)
    engine.steps(steps)
    engine.inner.save_checkpoint(str(_place(folder, way)), tag="half")
    at = engine.digests()
    losses, _ = engine.steps(steps)
    return {"losses": losses, "at": at, "end": engine.digests()}


def resume(folder: Path, way: list[Any], steps: int) -> Answer:
    """Go on from the checkpoint."""
    engine = _engine(way)
    path, _ = engine.inner.load_checkpoint(str(_place(folder, way)), tag="half")
    if path is None:
        raise RuntimeError("DeepSpeed loaded no checkpoint")
    engine.skip(steps)
    losses, _ = engine.steps(steps)
    return {"losses": losses, "end": engine.digests()}


def consolidate(folder: Path, way: list[Any]) -> Answer:
    """Make whole float32 weights of a checkpoint, as `zero_to_fp32.py` does."""
    import hashlib  # noqa: PLC0415 - of this job alone

    from deepspeed.utils import zero_to_fp32  # noqa: PLC0415 - of this job alone

    place = str(_place(folder, way))
    found = zero_to_fp32.get_fp32_state_dict_from_zero_checkpoint(place, tag="half")
    return {
        name: hashlib.sha256(one.detach().float().numpy().tobytes()).hexdigest()
        for name, one in found.items()
    }


def cpu_adam(folder: Path, steps: int) -> Answer:  # noqa: ARG001 - every job has it
    """How far DeepSpeed's compiled Adam is from torch's AdamW in float64, in parts of the room."""
    if distributed.get_rank():
        return {}
    from deepspeed.ops.adam import DeepSpeedCPUAdam  # noqa: PLC0415 - its kernel is compiled then

    source = torch.Generator().manual_seed(SEED)
    wide = [torch.randn(*shape, generator=source, dtype=torch.float64) for shape in _SHAPES]
    wide = [one.float().double().requires_grad_() for one in wide]
    weights = [one.detach().float().requires_grad_() for one in wide]
    right = torch.optim.AdamW(wide, **_ADAM)
    found = DeepSpeedCPUAdam(weights, adamw_mode=True, **_ADAM)
    for _ in range(steps):
        for one, other in zip(wide, weights):  # noqa: B905 - Python 3.9 has no strict
            one.grad = torch.randn(one.shape, generator=source, dtype=torch.float64)
            other.grad = one.grad.float()
        right.step()
        found.step()
    eps = torch.finfo(torch.float32).eps
    used = [
        float(((other.double() - one).abs() / (steps * eps * (one.abs() + _ADAM["lr"]))).max())
        for one, other in zip(wide, weights)  # noqa: B905 - Python 3.9 has no strict
    ]
    moved = float((weights[0] - wide[0].detach().float()).abs().max())
    return {"used": max(used), "steps": steps, "apart": moved}


def _engine(way: list[Any]) -> Engine:
    return Engine(Way(*way), os.environ["COEVO_DEVICE"])


def _place(folder: Path, way: list[Any]) -> Path:
    return folder / f"checkpoint-{way[0]}"
