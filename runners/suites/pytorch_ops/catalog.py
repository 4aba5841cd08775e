"""What op_db knows: its operators, their dtypes, and their samples, the same ones every time."""

from __future__ import annotations

import itertools
import unittest
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Optional  # Any: torch's OpInfo and SampleInput are untyped

import torch

from runners.suites.pytorch_ops import variants
from runners.suites.pytorch_ops.tasks import EMPTY, NONCONTIGUOUS, Task

_GROWING = {"resize_", "resize_as_"}
# As torch 2.13 marks them; before it, op_db says nothing of it.
_UNINITIALISED = {
    "empty",
    "empty_like",
    "empty_permuted",
    "empty_strided",
    "new_empty",
    "new_empty_strided",
    "torch.ops.aten._efficient_attention_forward",
    "torch.ops.aten._flash_attention_forward",
}
_OWN = (torch.complex64, torch.int64, torch.bool, torch.float8_e4m3fn)


@lru_cache(maxsize=1)
def operators() -> dict[str, Any]:
    """Full name → OpInfo, in op_db's order. The first call takes seconds."""
    from torch.testing._internal.common_methods_invocations import op_db  # noqa: PLC0415 - slow

    return {op.full_name: op for op in op_db}


def own_dtype(op: Any, device: str) -> Optional[str]:  # noqa: ANN401, UP045 - OpInfo; Python 3.9
    """The dtype an operator without float32 is run in among the float32 cases; None where none."""
    offered = _offered(op, device_type(device))
    if torch.float32 in offered:
        return "float32"
    return next((str(dtype)[6:] for dtype in _OWN if dtype in offered), None)


def unsupported(task: Task, device: str) -> str:
    """Why op_db has nothing to compare for a case; "" where it has."""
    op = operators()[task.op]
    kind = device_type(device)
    dtype = getattr(torch, task.dtype)
    if op.name.startswith("jiterator") and kind != "cuda":
        return "capability: jiterator is CUDA's alone"
    if getattr(op, "has_nondeterministic_output", task.op in _UNINITIALISED):
        return "reference: the output is uninitialised memory or random"
    if dtype not in _offered(op, kind):
        return f"capability: the operator takes no {task.dtype} on {kind}"
    if task.backward and dtype not in op.supported_backward_dtypes(kind):
        return f"capability: no gradient in {task.dtype} on {kind}"
    return _unchanged_only(task, device)


def is_declared(device: str, op: Any) -> bool:  # noqa: ANN401 - OpInfo
    """Whether op_db states dtypes for this very kind of device, so that a gap is a failure."""
    kind = device_type(device)
    return kind == "cpu" or kind in op.dtypesIf


def samples(task: Task, limit: Optional[int]) -> list[Any]:  # noqa: UP045 - Python 3.9
    """The first samples of a case on the CPU; torch seeds its generators before each of them.

    All at once, since some operators change a sample's tensors while they make the next.
    """
    dtype = getattr(torch, task.dtype)
    op = operators()[task.op]

    def made() -> Iterator[Any]:
        return iter(op.sample_inputs("cpu", dtype, requires_grad=task.backward))

    if task.variant == EMPTY:
        return variants.empty(made, limit)
    return list(itertools.islice(made(), limit))


def host_arguments(task: Task) -> bool:
    """Whether the arguments behind the first are to stay on the CPU, wherever the rest goes."""
    return task.op == "tensor_split"  # its indices say how many results there are


def device_type(device: str) -> str:
    """The device's kind without its number."""
    return device.partition(":")[0]


def _offered(op: Any, kind: str) -> Any:  # noqa: ANN401 - OpInfo and its set of dtypes
    """The dtypes that op_db states, also for a device whose name torch does not know as yet."""
    return op.supported_dtypes(kind) if kind in op.dtypesIf else op.dtypes


def _unchanged_only(task: Task, device: str) -> str:
    """Why the samples of an operator cannot be changed as a case wants; "" where they can."""
    op, dtype = operators()[task.op], getattr(torch, task.dtype)
    if task.variant == NONCONTIGUOUS and _needs_contiguous(op, device_type(device), dtype):
        return "reference: op_db does not take the operator's samples apart in memory"
    if task.variant == EMPTY and op.name in _GROWING:
        return "reference: what grows out of nothing is uninitialised memory"
    return ""


def _needs_contiguous(op: Any, kind: str, dtype: torch.dtype) -> bool:  # noqa: ANN401 - OpInfo
    """Whether op_db keeps an operator from torch's own test of samples that are not contiguous."""
    name = "test_noncontiguous_samples"
    about_it = (one for one in op.decorators if getattr(one, "test_name", None) == name)
    active = (one for one in about_it if one.is_active("TestCommon", name, kind, dtype, {}))
    return any(
        found is unittest.expectedFailure or "skip" in getattr(found, "__qualname__", "").lower()
        for one in active
        for found in one.decorators
    )
