"""What a device could do at its best, by its vendor or by whoever runs it; unknown for most.

A CPU's is not here: it would take the clock that it runs at under load, which neither the kernel
nor a virtual machine tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Optional

from runners.suites.pytorch_bench.kernels import BYTES, FLOPS, Kernel


class Peak(NamedTuple):
    """So many FLOP or bytes a second, dense, and who says so."""

    per_second: float
    source: str


class Card(NamedTuple):
    """A device by a part of the name that torch has for it; FLOP/s by dtype, and `bytes`."""

    name: str
    source: str
    peaks: Mapping[str, float]


# float32 without TF32; float64 and the narrow types by tensor or matrix units, without sparsity.
CARDS = (
    Card(
        "H200",
        "https://www.nvidia.com/en-us/data-center/h200/",
        {"float64": 67e12, "float32": 67e12, **dict.fromkeys(("bfloat16", "float16"), 989e12)}
        | {"bytes": 4.8e12},
    ),
    Card(
        "H100 80GB HBM3",
        "https://www.nvidia.com/en-us/data-center/h100/",
        {"float64": 67e12, "float32": 67e12, **dict.fromkeys(("bfloat16", "float16"), 989e12)}
        | {"bytes": 3.35e12},
    ),
    Card(
        "A100-SXM4-80GB",
        "https://www.nvidia.com/en-us/data-center/a100/",
        {"float64": 19.5e12, "float32": 19.5e12}
        | dict.fromkeys(("bfloat16", "float16"), 312e12)
        | {"bytes": 2.039e12},
    ),
    Card(
        "MI300X",
        "https://www.amd.com/en/products/accelerators/instinct/mi300/mi300x.html",
        {"float64": 163.4e12, "float32": 163.4e12}
        | dict.fromkeys(("bfloat16", "float16"), 1307.4e12)
        | {"bytes": 5.3e12},
    ),
)


def peak(kernel: Kernel, device_name: str, declared: Mapping[str, float]) -> Optional[Peak]:  # noqa: UP045 - Python 3.9 reads it
    """What a kernel's device could do at best; None where nobody knows."""
    key = {FLOPS: kernel.dtype, BYTES: "bytes"}.get(kernel.unit, "")
    if key in declared:
        return Peak(declared[key], "the parameter `peaks`")
    for card in CARDS:
        if card.name in device_name and key in card.peaks and not _is_over_the_bus(kernel):
            return Peak(card.peaks[key], card.source)
    return None


def _is_over_the_bus(kernel: Kernel) -> bool:
    """Whether it is the host's bus that bears it, and not the device's memory."""
    return "host" in kernel.id
