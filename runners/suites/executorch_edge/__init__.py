"""ExecuTorch: small models exported, lowered to files, and run by its own runtime.

`main` carries the cases out one by one and leaves behind what `executorch-pte` runs without torch:
the programs with their inputs and right answers, and the runtime with a runner that is built here.
"""

from __future__ import annotations

import os
import warnings


def main() -> None:
    """Run the suite; see docs/suites/executorch-edge.md for its parameter."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads would be lost in a fork
    warnings.simplefilter("ignore")
    from runners.suites.executorch_edge import session  # noqa: PLC0415 - torch, after the settings

    session.run()
