"""Op conformance: every sample of every operator of the installed torch, against float64.

`main` says hello, carries the shard's cases out one by one and says how each ended. A crash costs
the case it happens in: the runner starts the rest behind it.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/pytorch-ops.md for its parameters."""
    # A device's plug-in is loaded by us, after the references have a process of their own.
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"
    # Without it CUDA's matrix products are never deterministic; it must be said before they begin.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    warnings.simplefilter("ignore")  # operators warn of their deprecation in every sample
    from runners.suites.pytorch_ops import session  # noqa: PLC0415 - torch, after the setting

    session.run()
