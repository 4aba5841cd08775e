"""Inductor: what `torch.compile` makes of models and graphs, against eager and against float64.

`main` carries the cases out one by one; each compiles anew, so that after a crash the rest can be
run behind it.
"""

from __future__ import annotations

import os
import tempfile
import warnings


def main() -> None:
    """Run the suite; see docs/suites/pytorch-compile.md for its parameter."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # no pool that outlives us, one thread's time
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        # Nothing that was compiled another day is found: its time is what is measured.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        from runners.suites.pytorch_compile import session  # noqa: PLC0415 - torch, after all this

        session.run()
