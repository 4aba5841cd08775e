"""Module conformance: every module that the installed torch describes, against float64.

`main` says hello, carries the shard's cases out one by one and says how each ended. A crash costs
the case it happens in: the runner starts the rest behind it.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/pytorch-modules.md for its parameters."""
    # A device's plug-in is loaded by us, after the references have a process of their own.
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"
    warnings.simplefilter("ignore")  # lazy and complex modules warn of themselves in every sample
    from runners.suites.pytorch_modules import session  # noqa: PLC0415 - torch, after the setting

    session.run()
