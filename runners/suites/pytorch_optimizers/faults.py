"""Known faults of optimizers in the half-precision types: expected, never red."""

from __future__ import annotations

from runners.suites.float64.faults import Fault

FAULTS = (
    Fault(
        ("LBFGS",),
        ("float16",),
        1.0,
        "squares of small differences fall below float16's smallest number, and are divided by",
    ),
)
