"""Known faults of the references and limits of the narrow types: expected, never red.

An entry excuses a case only while it fails, and only as far as `share` says: an operator that
returns zeros, or is wrong everywhere, is red in spite of it. Entries hold for the torch releases
whose samples and kernels they were read from; in another release they are to be looked at anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from runners.suites.float64.faults import RELEASES
from runners.suites.pytorch_ops.tasks import EMPTY, EVERY_DTYPE, Task

if TYPE_CHECKING:  # it imports torch, and this table is to be read without it
    from runners.suites.float64.compare import Mismatch

_COMPLEX = ("complex64",)
_HALF = ("bfloat16", "float16")
_BF16 = ("bfloat16",)
_FP16 = ("float16",)
_FORWARD = (False,)
_BACKWARD = (True,)
_BOTH = (False, True)


class Fault(NamedTuple):
    """One known fault. `share`: the part of a result's elements that may be off."""

    ops: tuple[str, ...]
    dtypes: tuple[str, ...]
    backward: tuple[bool, ...]
    share: float
    reason: str
    torch: tuple[str, ...] = RELEASES


_GRID_OPS = ("nn.functional.grid_sample", "grid_sampler_2d", "grid_sampler_3d")
_GRID = "pixel coordinates are computed in the narrow type and jump at the pixels' borders"
_OVERFLOW = "an intermediate value exceeds float16's 65504 where the gradient itself does not"

FAULTS = (
    Fault(
        ("as_strided.partial_views",),
        EVERY_DTYPE,
        _BOTH,
        1.0,
        "the sample is a view into a larger storage, which an up-cast copy does not share",
    ),
    Fault(
        ("pinverse", "linalg.pinv"),
        _COMPLEX,
        _BOTH,
        1.0,
        "torch computes it wrongly while a dispatch mode looks on, as one does at the reference",
    ),
    Fault(
        ("linalg.lstsq", "linalg.lstsq.grad_oriented"),
        _COMPLEX,
        _BOTH,
        1.0,
        "torch computes residuals and gradients wrongly while a dispatch mode looks on",
    ),
    Fault(
        ("grid_sampler_3d",),
        ("float32",),
        _BACKWARD,
        1e-5,
        "the gradient jumps where a coordinate lies on a pixel's border, as some samples do",
    ),
    Fault(_GRID_OPS, _BF16, _BOTH, 0.3, _GRID),
    Fault(_GRID_OPS, _FP16, _BOTH, 0.1, _GRID),
    Fault(
        ("histc",),
        _HALF,
        _FORWARD,
        0.5,
        "borders of bins are computed in the narrow type, and elements beside them change bins",
    ),
    Fault(
        ("matrix_exp",),
        _HALF,
        _BOTH,
        1.0,
        "the CPU's half-precision kernel answers NaN for matrices of these norms",
    ),
    Fault(
        ("native_layer_norm",),
        _HALF,
        _FORWARD,
        1.0,
        "rows of one element: their zero variance leaves the rounding of the mean, times 316",
    ),
    Fault(
        ("nn.functional.soft_margin_loss",),
        _FP16,
        _BOTH,
        1.0,
        "exp(-target * input) exceeds float16's 65504 inside the operator",
    ),
    Fault(("pow", "__rpow__"), _FP16, _BACKWARD, 1.0, _OVERFLOW),
    Fault(("_segment_reduce.lengths", "_segment_reduce.offsets"), _FP16, _BACKWARD, 0.1, _OVERFLOW),
    Fault(
        ("linalg.vector_norm",),
        _FP16,
        _BACKWARD,
        1.0,
        "powers of the elements fall below float16's smallest number inside the operator",
    ),
    Fault(
        ("nn.functional.normalize",),
        _FP16,
        _BACKWARD,
        0.1,
        "its eps of 1e-12 is zero in float16, so that the norm is divided by zero",
    ),
    Fault(
        ("masked.normalize",),
        _HALF,
        _BACKWARD,
        0.04,
        "an eps far below the type's smallest number, so that small norms are divided by",
    ),
)

# What ends the process that it is asked in: on the CPU, where references are computed.
DEADLY = (
    Fault(
        ("native_batch_norm", "_native_batch_norm_legit"),
        EVERY_DTYPE,
        _BACKWARD,
        1.0,
        "the CPU's kernel divides whole numbers by zero where a batch is empty",
    ),
    Fault(
        ("nn.functional.pdist",),
        EVERY_DTYPE,
        _BACKWARD,
        1.0,
        "the CPU's kernel reads where nothing is where there are no rows",
        torch=("2.12.*", "2.13.*"),
    ),
    Fault(
        ("_segment_reduce.offsets",),
        EVERY_DTYPE,
        _BOTH,
        1.0,
        "offsets that point behind the data are not checked",
        torch=("2.12.*", "2.13.*"),
    ),
)


def deadly(task: Task, torch: str) -> str:
    """Why an operator is not asked for nothing with this release of torch; "" where it may be."""
    if task.variant != EMPTY:
        return ""
    return next((fault.reason for fault in DEADLY if _covers(fault, task, torch)), "")


def known(task: Task, mismatch: Mismatch, torch: str, faults: Iterable[Fault] = FAULTS) -> str:
    """Why this mismatch is expected with this release of torch; "" where it is not."""
    for fault in faults:
        if _covers(fault, task, torch) and mismatch.bad <= fault.share * mismatch.elements:
            return fault.reason
    return ""


def _covers(fault: Fault, task: Task, torch: str) -> bool:
    return (
        task.op in fault.ops
        and task.dtype in fault.dtypes
        and task.backward in fault.backward
        and any(fnmatchcase(torch, release) for release in fault.torch)
    )
