"""Training: three small models to a stated loss, resumed, parted over ranks, fed by workers.

`main` carries the cases out one by one; each begins from the seed, so that after a crash the rest
can be run behind it.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/pytorch-train.md for its parameter."""
    prepare()
    from runners.suites.pytorch_train import session  # noqa: PLC0415 - torch, after the settings

    session.run()


def prepare() -> None:
    """What has to hold before torch is loaded, here and in the children."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    # Without it CUDA's matrix products have no deterministic kernel, and are refused one.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    warnings.simplefilter("ignore")  # torch advises on every layer that is not at its fastest
