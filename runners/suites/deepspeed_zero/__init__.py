"""DeepSpeed's ZeRO: two ranks in each stage, against one process of plain torch in float64.

The parent never loads DeepSpeed: ranks and builds are children, which may crash and hang.
"""

from __future__ import annotations

import os
import sys

from runners.suites import pytorch_train


def main() -> None:
    """Run the suite; see docs/suites/deepspeed-zero.md for its parameter."""
    prepare()
    from runners.suites.deepspeed_zero import session  # noqa: PLC0415 - torch, after the settings

    session.run()


def prepare() -> None:
    """What has to hold before torch and DeepSpeed are loaded, here and in the children."""
    pytorch_train.prepare()
    # DeepSpeed compiles with ninja, which lies beside Python, and looks for it by name.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120 - the folder alone
    kind = os.environ.get("COEVO_DEVICE", "cpu").partition(":")[0]
    os.environ.setdefault("DS_ACCELERATOR", kind)  # else DeepSpeed takes what it finds first
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # both ranks are here
    os.environ.setdefault("OMP_NUM_THREADS", "1")
