"""Micro-benchmarks: how fast single kernels are, in fresh processes, and whether they are right.

`main` starts the processes and tells each case when all of them have measured it.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/pytorch-bench.md for its parameters."""
    prepare()
    from runners.suites.pytorch_bench import session  # noqa: PLC0415 - torch, after the settings

    session.run()


def prepare() -> None:
    """What has to hold before torch is loaded, here and in the children."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # two threads on a shared machine wander thirtyfold, one a little
    warnings.simplefilter("ignore")
