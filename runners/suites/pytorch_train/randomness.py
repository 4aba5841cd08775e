"""The generators that dropout draws from: the CPU's, and that of the device where it has one."""

from __future__ import annotations

from typing import Any  # what torch calls a device module is untyped

import torch


def seed(device: str, number: int) -> None:
    """Begin all of them anew."""
    torch.manual_seed(number)
    own = _own(device)
    if own is not None:
        own.manual_seed(number)


def states(device: str) -> dict[str, torch.Tensor]:
    """Where each of them stands."""
    own = _own(device)
    found = {"cpu": torch.get_rng_state()}
    return found if own is None else {**found, "device": own.get_rng_state(device).cpu()}


def restore(device: str, said: dict[str, torch.Tensor]) -> None:
    """Set each of them to where it stood."""
    torch.set_rng_state(said["cpu"])
    own = _own(device)
    if own is not None:
        own.set_rng_state(said["device"], device)


def _own(device: str) -> Any:  # noqa: ANN401 - torch.cuda, torch.xpu, … or None
    """The device's module where it has a generator of its own."""
    kind = torch.device(device).type
    if kind == "cpu":
        return None
    module = getattr(torch, kind, None)
    return module if hasattr(module, "get_rng_state") else None
