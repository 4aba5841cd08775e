"""Runs the Helion suite with faults in Helion: `drive_helion.py FAULT,FAULT… [ARGUMENT …]`.

What it generates is made wrong on its way to the backend, in the suite's children only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

HOW = "DRIVE_HELION_FAULTS"
REPLACED = {
    "adding": ("tl.sum(", "tl.max("),  # a sum is lowered to a maximum
    "unmasked": ("float('-inf')", "0.0"),  # what lies behind the end is a zero for a maximum, too
    "doubling": ("jnp.exp(", "jnp.exp2("),  # powers of two for those of e
}


def plant(faults: str) -> None:
    from helion.runtime.kernel import BoundKernel  # noqa: PLC0415 - behind its settings

    right = BoundKernel.to_triton_code

    def to_triton_code(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "crashing" in faults and self.kernel.name == "sum_outer":
            os.abort()
        code = right(self, *args, **kwargs)
        for fault in faults.split(","):
            code = code.replace(*REPLACED.get(fault, ("", ""))) if fault in REPLACED else code
        return code

    BoundKernel.to_triton_code = to_triton_code


if HOW in os.environ:  # a child
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"
    plant(os.environ[HOW])
    launcher.main(sys.argv[1:])
else:
    os.environ[HOW] = sys.argv[1]
    from runners.suites.helion_kernels import children

    children._LAUNCHER = Path(__file__)
    launcher.main(["helion_kernels", *sys.argv[2:]])
