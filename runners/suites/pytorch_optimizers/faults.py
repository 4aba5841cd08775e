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
    Fault(
        ("LBFGS",),
        ("bfloat16",),
        1.0,
        "asked to go up in a bowl, which has no top, the line search multiplies what is rounded",
        torch=("2.14.*",),  # whose optim_db was the first to ask it
    ),
)
