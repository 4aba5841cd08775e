"""Saves a module on a device, and loads what was saved into another one."""

from __future__ import annotations

import io
from typing import Any  # Any: what torch saves and loads is untyped

import torch

from runners.suites.float64 import bits

State = dict[str, torch.Tensor]


def saved(module: torch.nn.Module) -> State:
    """The module's state, written and read again as a file would be; its tensors on the CPU."""
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    found: State = torch.load(file, map_location="cpu", weights_only=True)
    return found


def changed(found: State, wanted: State) -> str:
    """The first entry that is not bit for bit what it should be, as a sentence; "" where none."""
    if found.keys() != wanted.keys():
        return f"the state has {', '.join(found)} instead of {', '.join(wanted)}"
    wrong = (key for key in wanted if bits.differ(found[key], wanted[key]))
    return next((f"{key} is not what was saved" for key in wrong), "")


def elsewhere(items: Any, kind: str) -> str:  # noqa: ANN401 - named tensors or leaves
    """Which tensor does not lie on this kind of device, as a sentence; "" where all do."""
    for name, item in items:
        if isinstance(item, torch.Tensor) and item.device.type != kind:
            return f"{name} lies on {item.device}, not on {kind}"
    return ""
