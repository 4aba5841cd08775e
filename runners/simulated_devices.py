"""Which torch devices are no hardware, and what may not be said of them."""

from __future__ import annotations

# `lazy` compiles for the CPU, `simacc` is Coevo's own backend (runners/devices/simacc).
KINDS = ("lazy", "simacc")
# Units of time, memory, clocks and power. A rate has a slash.
_TIMES = ("s", "sec", "seconds", "ms", "us", "µs", "ns", "min", "h")
_BYTES = ("b", "bytes", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib")
_MEASURES = frozenset((*_TIMES, *_BYTES, "mfu", "hz", "mhz", "ghz", "w", "j"))


def is_simulated(device: str) -> bool:
    """Whether a torch device string such as `simacc:1` names no hardware."""
    return device.partition(":")[0] in KINDS


def is_of_hardware(unit: str) -> bool:
    """Whether a metric in this unit speaks of the speed or memory that hardware has."""
    word = unit.strip().lower()
    return "/" in word or word in _MEASURES or word.endswith("flops")
