"""Helion: kernels in its language, compiled or interpreted, against torch in float64.

`main` starts one child a mode, since Helion reads its backend when it is imported, and tells of
each case what the child found; one that dies or hangs is that case's failure.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/helion-kernels.md for its parameters."""
    prepare()
    from runners.suites.helion_kernels import session  # noqa: PLC0415 - torch, after the settings

    session.run()


def prepare() -> None:
    """What has to hold before torch is loaded, here and in the children."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    warnings.simplefilter("ignore")
