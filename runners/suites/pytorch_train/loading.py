"""Whether data loaders with workers, and with pinned memory, hand out what one process does."""

from __future__ import annotations

import multiprocessing
from typing import Any  # DataLoader's options

import torch
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from runners.suites.harness import Skipped
from runners.suites.pytorch_train.data import waves
from runners.suites.pytorch_train.found import Found

WORKERS, EPOCHS = 2, 2
_BATCH = 10  # of 96, so that the last one is smaller


def workers(device: str) -> Found:
    """Whether two workers hand out the same batches, in the same order, in each epoch."""
    if "fork" not in multiprocessing.get_all_start_methods():
        raise Skipped("capability: this system cannot fork workers")
    parted = {"num_workers": WORKERS, "persistent_workers": True, "timeout": 60}
    found = _batches(device, multiprocessing_context="fork", **parted)
    return _same(found, f"{WORKERS} workers", {"workers": WORKERS})


def pinned(device: str) -> Found:
    """Whether batches go through pinned memory, without waiting, unharmed."""
    kind = torch.device(device).type
    if not torch.accelerator.is_available() or torch.accelerator.current_accelerator().type != kind:
        raise Skipped(f"capability: memory is pinned for accelerators, and {kind} is none here")
    return _same(_batches(device, pin_memory=True), "pinned memory", {})


def _same(found: list[torch.Tensor], how: str, more: dict[str, object]) -> Found:
    right = _batches("cpu")
    detail = {"batches": len(right), "epochs": EPOCHS, "tolerance": "bit-equal", **more}
    if len(found) != len(right):
        return Found(f"{len(found)} batches with {how} instead of {len(right)}", detail)
    off = [k for k, (one, other) in enumerate(zip(found, right)) if not torch.equal(one, other)]  # noqa: B905 - Python 3.9 has no strict
    return Found(f"with {how}, batches {off[:10]} are others" if off else "", detail)


def _batches(device: str, **options: Any) -> list[torch.Tensor]:  # noqa: ANN401 - DataLoader's
    """The batches of all epochs, as they come back from the device.

    The sampler has a generator to itself: a loader draws from its own for workers as well, and
    less where they persist.
    """
    source = torch.Generator().manual_seed(0)
    items = TensorDataset(torch.cat([waves(source)[0].float() for _ in range(3)]))
    sampler = RandomSampler(items, generator=source)
    loader = DataLoader(items, batch_size=_BATCH, sampler=sampler, **options)
    there = [one.to(device, non_blocking=True) for _ in range(EPOCHS) for (one,) in loader]
    return [one.cpu() for one in there]
