"""Whether a training gets to its loss: in float32, as float64 does, and where torch narrows it."""

from __future__ import annotations

import time
import warnings

import torch

from runners.suites.harness import Skipped
from runners.suites.pytorch_train import trajectory
from runners.suites.pytorch_train.found import Found
from runners.suites.pytorch_train.recipes import Recipe
from runners.suites.pytorch_train.training import Manner, Training

_BLOCK = 10


def loss(recipe: Recipe, device: str) -> Found:
    """Whether the last ten steps' mean loss is the recipe's goal or better; and how quick it is."""
    training = Training(recipe, Manner(device))
    losses, rates = [], []
    for _ in range(recipe.steps // _BLOCK):
        start = time.perf_counter()
        losses += training.steps(_BLOCK)
        rates.append(_BLOCK / (time.perf_counter() - start))
    # The first steps warm up: kernels are chosen, memory is taken.
    return _reached(recipe, losses)._replace(rates=tuple(rates[1:]))


def follows(recipe: Recipe, device: str) -> Found:
    """Whether the first steps' losses are those of float64 on the CPU."""
    right = trajectory.expected(recipe)
    losses = Training(recipe, Manner(device)).steps(trajectory.STEPS)
    off = trajectory.worst(losses, right)
    said = f"step {off.step}: loss {off.actual:.9g} instead of {off.expected:.9g}"
    allowed = f"where {off.allowed:.3g} is allowed"
    return Found(
        "" if off.share <= 1 else f"{said}, off by {abs(off.actual - off.expected):.3g} {allowed}",
        {
            "steps": len(losses),
            "tolerance": str(right),
            "used": round(off.share, 4),
            **off._asdict(),
        },
    )


def narrowed(recipe: Recipe, device: str, dtype: str) -> Found:
    """Whether it learns under autocast in bfloat16, or float16 with scaled gradients."""
    narrow = getattr(torch, dtype)
    offered(device, narrow)
    training = Training(recipe, Manner(device, autocast=narrow))
    seen: set[str] = set()
    for layer in training.model.modules():
        layer.register_forward_hook(lambda _, __, out: seen.update(_dtypes(out)))
    found = _reached(recipe, training.steps(recipe.steps))
    detail = {**found.detail, "dtypes": sorted(seen), "scale": training.scaler.get_scale()}
    if not found.problem and dtype not in seen:
        return Found(f"nothing was computed in {dtype}: {', '.join(sorted(seen))}", detail)
    return found._replace(detail=detail)


def offered(device: str, dtype: torch.dtype) -> None:
    """Skip where torch itself says that the device has no autocast in a dtype."""
    kind = torch.device(device).type
    if not torch.amp.is_autocast_available(kind):
        raise Skipped(f"capability: torch offers no autocast on {kind}")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        context = torch.autocast(kind, dtype)
    refused = [str(one.message) for one in said if "not supported" in str(one.message)]
    if refused or context.fast_dtype is not dtype:
        raise Skipped(f"capability: {(refused or ['autocast chose another dtype'])[0]}")


def overflow(device: str) -> Found:
    """Whether gradients that overflow cost a step: no weight moves, and the scale is halved."""
    offered(device, torch.float16)
    scaler = torch.amp.GradScaler(torch.device(device).type, init_scale=1024.0)
    weight = torch.ones(4, device=device, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    seen = []
    for size in (2.0**-4, 1e38):
        optimizer.zero_grad()
        scaler.scale((weight * size).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        seen.append((weight.detach().cpu().tolist(), scaler.get_scale()))
    right = [([1 - 2.0**-4] * 4, 1024.0), ([1 - 2.0**-4] * 4, 512.0)]
    said = f"weights and scale after a step, and after one that overflows: {seen}, not {right}"
    return Found("" if seen == right else said, {"tolerance": "none", "seen": seen})


def _reached(recipe: Recipe, losses: list[float]) -> Found:
    last = sum(losses[-_BLOCK:]) / _BLOCK
    goal = f"mean loss of the last {_BLOCK} of {len(losses)} steps <= {recipe.goal:g}"
    detail = {"loss": last, "first": losses[0], "untrained": recipe.untrained, "tolerance": goal}
    problem = "" if last <= recipe.goal else f"loss {last:.4g} after {len(losses)} steps"
    return Found(problem and f"{problem}, where {recipe.goal:g} is the goal", detail)


def _dtypes(out: object) -> set[str]:
    leaves = out if isinstance(out, tuple) else (out,)
    return {str(leaf.dtype)[6:] for leaf in leaves if isinstance(leaf, torch.Tensor)}
