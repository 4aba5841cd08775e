"""What module_db knows: modules, their dtypes, and what each is constructed and called with."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any, Optional  # Any: torch's ModuleInfo and ModuleInput are untyped

import torch

from runners.suites.pytorch_modules.tasks import Task

SEED = 0
# Kinds of devices for which module_db's dtypes are meant; of others it knows nothing.
_DECLARED = {"cpu", "cuda", "mps", "hpu", "xpu"}
# What a kernel says that is not there, and cuDNN of what it does not do.
_REFUSALS = ("not implemented for", "backward can only be called in training mode")


@lru_cache(maxsize=1)
def modules() -> dict[str, Any]:
    """Name (`nn.Linear`) → ModuleInfo, in module_db's order. The first call takes seconds."""
    from torch.testing._internal.common_modules import module_db  # noqa: PLC0415 - slow

    return {info.name: info for info in module_db}


def unsupported(task: Task, device: str) -> str:
    """Why a case is not run at all; "" where it is."""
    if task.dtype.startswith("complex") and not _states(task, device):
        return f"capability: the module takes no {task.dtype}"
    return ""


def is_refusal(task: Task, device: str, error: Exception) -> bool:
    """Whether an error says that something is not offered which module_db does not promise."""
    said = str(error)
    if "training mode" in said and _REFUSALS[1] in said:
        return True
    missing = isinstance(error, NotImplementedError) or _REFUSALS[0] in said
    return missing and not (device_type(device) in _DECLARED and _states(task, device))


def inputs(task: Task, limit: Optional[int]) -> list[Any]:  # noqa: UP045 - Python 3.9
    """The first inputs of a case on the CPU, the same numbers every time."""
    info = modules()[task.module]
    torch.manual_seed(SEED)
    made = info.module_inputs_func(
        info,
        device="cpu",
        dtype=getattr(torch, task.dtype),
        requires_grad=task.is_backward,
        training=task.mode == "train",
    )
    return list(itertools.islice(made, limit))


def device_type(device: str) -> str:
    """The device's kind without its number."""
    return device.partition(":")[0]


def _states(task: Task, device: str) -> bool:
    offered = modules()[task.module].supported_dtypes(device_type(device))
    return getattr(torch, task.dtype) in offered
