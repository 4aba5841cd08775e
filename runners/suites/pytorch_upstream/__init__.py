"""PyTorch's own device-generic tests: those that the wheel holds the parts of, or a checkout's.

`main` carries the tests out one by one; a crash or a hang costs the test it happens in, for the
runner starts the rest behind it.
"""

from __future__ import annotations

import os
import sys
import warnings


def main() -> None:
    """Run the suite; see docs/suites/pytorch-upstream.md for its parameters."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    sys.argv[1:] = []  # torch's tests read the command line as theirs
    warnings.simplefilter("ignore")
    from runners.suites.pytorch_upstream import session  # noqa: PLC0415 - torch, after the settings

    session.run()
