"""Whether two ranks, each with half of a batch, train as one process with all of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple  # Any: what a rank leaves in its file

import torch
from torch import distributed

from runners.suites.harness import Skipped
from runners.suites.pytorch_train.children import Child
from runners.suites.pytorch_train.found import Found
from runners.suites.pytorch_train.recipes import named
from runners.suites.pytorch_train.resuming import differences, loaded
from runners.suites.pytorch_train.training import Manner, Training

RANKS, STEPS = 2, 5
RECIPE = named("transformer")  # its batches halve evenly, and it has no statistics over a batch
_FACTOR = 32.0


class Place(NamedTuple):
    """Where ranks run: a device for each, and what they speak through."""

    devices: tuple[str, ...]
    backend: str


def place(device: str, allowed_devices: int) -> Place:
    """Two places of the device's kind; skips where there are fewer.

    `allowed_devices`: how many accelerators the suite may use (0: nobody has said).
    """
    if not distributed.is_available():
        raise Skipped("capability: this torch was built without torch.distributed")
    kind = torch.device(device).type
    if kind == "cpu":
        return Place(("cpu",) * RANKS, "gloo")
    there = _count(kind)
    may = min(there, allowed_devices or there)
    if may < RANKS:
        raise Skipped(f"capability: two ranks need two devices, and {may} of {kind} may be used")
    try:
        backend = distributed.get_default_backend_for_device(kind)
    except ValueError as error:  # torch's answer for a device that nobody made one for
        raise Skipped(f"capability: {error}") from error
    return Place(tuple(f"{kind}:{rank}" for rank in range(RANKS)), backend)


def two_ranks(device: str, allowed_devices: int) -> Found:
    """Whether gradients are averaged right, and weights of both ranks stay the same.

    `allowed_devices`: how many accelerators the suite may use (0: nobody has said).
    """
    there = place(device, allowed_devices)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        children = [
            Child("rank", one, folder, rank=rank, backend=there.backend)
            for rank, one in enumerate(there.devices)
        ]
        problems = [problem for problem in [one.problem() for one in children] if problem]
        if problems:
            return Found(problems[0], {"backend": there.backend})
        found = [loaded(folder / f"{rank}.pt") for rank in range(RANKS)]
    return _judged(found, alone(device), there)


def alone(device: str) -> dict[str, Any]:
    """Gradients of the first batch, as one process has them."""
    training = Training(RECIPE, Manner(device))
    training.gradients(training.batch())
    return gradients(training)


def gradients(training: Training) -> dict[str, Any]:
    """The gradients that lie with the weights, by name, on the CPU."""
    named_weights = training.model.named_parameters()
    return {
        name.removeprefix("module."): weight.grad.cpu()
        for name, weight in named_weights
        if weight.grad is not None
    }


def _judged(found: list[dict[str, Any]], right: dict[str, Any], place: Place) -> Found:
    eps = torch.finfo(torch.float32).eps
    shares = {name: _off(found[0]["gradients"][name], right[name], eps) for name in right}
    worst = max(shares, key=lambda name: shares[name])
    apart = [
        f"{what} of the ranks: {off}"
        for what in ("gradients", "weights")
        for off in differences(found[1][what], found[0][what])
    ]
    if shares[worst] > 1:
        apart.insert(0, f"the gradient of {worst} is off by {shares[worst]:.3g} tolerances")
    tolerance = f"{_FACTOR:g} eps * max|gradient| of each tensor; ranks bit-equal"
    detail = {"backend": place.backend, "devices": place.devices, "steps": STEPS}
    return Found("; ".join(apart[:3]), {**detail, "tolerance": tolerance, "used": shares[worst]})


def _off(found: torch.Tensor, right: torch.Tensor, eps: float) -> float:
    """How much of the tolerance the worst element uses; infinite where it is no number."""
    room = _FACTOR * eps * right.abs().max() + torch.finfo(torch.float32).tiny
    return float(torch.nan_to_num((found - right).abs() / room, nan=torch.inf).max())


def _count(kind: str) -> int:
    module: Any = getattr(torch, kind, None)
    return int(module.device_count()) if hasattr(module, "device_count") else 1
