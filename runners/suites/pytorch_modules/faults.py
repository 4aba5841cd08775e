"""Known faults of modules in the half-precision types: expected, never red."""

from __future__ import annotations

from runners.suites.float64.faults import Fault

FAULTS = (
    Fault(
        ("nn.FractionalMaxPool?d*",),
        ("bfloat16", "float16"),
        0.05,
        "borders of regions are computed in the narrow type, and elements beside them change sides",
    ),
)
