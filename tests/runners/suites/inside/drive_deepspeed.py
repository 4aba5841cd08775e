"""Runs the DeepSpeed suite with faults in it: `drive_deepspeed.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. The ranks are run by this file, too, and have the faults; the
parent, which computes references, never loads DeepSpeed.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

HOW = "DRIVE_DEEPSPEED_FAULTS"


def uncompiled() -> None:
    """No fault: collectives through shared memory, which gloo stands for, are not compiled."""
    # `from deepspeed.comm import torch` would be torch itself.
    importlib.import_module("deepspeed.comm.torch").build_shm_op = lambda: None


def selfish() -> None:
    """No rank of stages 1 and 2 hears of the other's gradients."""
    from deepspeed.runtime.zero.stage_1_and_2 import DeepSpeedZeroOptimizer  # noqa: PLC0415 - slow

    DeepSpeedZeroOptimizer.average_tensor = lambda *_, **__: None


def forgetful() -> None:
    """A checkpoint of stage 3 is loaded without the optimizer's moments."""
    from deepspeed.runtime.engine import DeepSpeedEngine  # noqa: PLC0415 - slow

    right = DeepSpeedEngine.load_checkpoint

    def load_checkpoint(self: Any, *args: Any, **options: Any) -> Any:
        return right(self, *args, **{**options, "load_optimizer_states": False})

    DeepSpeedEngine.load_checkpoint = load_checkpoint


def scrambling() -> None:
    """Whole weights are made of a checkpoint's parts with one number off."""
    from deepspeed.utils import zero_to_fp32  # noqa: PLC0415 - slow

    right = zero_to_fp32.get_fp32_state_dict_from_zero_checkpoint

    def get(*args: Any, **options: Any) -> Any:
        found = dict(right(*args, **options))
        name = min(found)
        found[name] = found[name].clone()
        found[name].view(-1)[0] += 1e-3
        return found

    zero_to_fp32.get_fp32_state_dict_from_zero_checkpoint = get


def unclipped() -> None:
    """Gradients are never clipped in stages 1 and 2."""
    from deepspeed.runtime.zero.stage_1_and_2 import DeepSpeedZeroOptimizer  # noqa: PLC0415 - slow

    right = DeepSpeedZeroOptimizer.unscale_and_clip_grads

    def unscale(self: Any, groups: Any, norm: Any) -> Any:
        self.clip_grad = 0.0
        return right(self, groups, norm)

    DeepSpeedZeroOptimizer.unscale_and_clip_grads = unscale


def crashing() -> None:
    """A rank of stage 1 dies where its engine is made."""
    import deepspeed  # noqa: PLC0415 - slow

    right = deepspeed.initialize

    def initialize(*args: Any, config: Any, **options: Any) -> Any:
        if config["zero_optimization"]["stage"] == 1 and os.environ["RANK"] == "1":
            os.abort()
        return right(*args, config=config, **options)

    deepspeed.initialize = initialize


def main(faults: str, *arguments: str) -> None:
    os.environ[HOW] = faults
    if "deepspeed_zero.rank" in arguments:
        from runners.suites.deepspeed_zero import prepare  # noqa: PLC0415 - of ranks alone

        prepare()
        for name in faults.split(","):
            globals()[name]()
    else:
        from runners.suites.deepspeed_zero import world  # noqa: PLC0415 - of the parent alone

        world._LAUNCHER = Path(__file__)
    launcher.main([*arguments])


if HOW in os.environ:
    main(os.environ[HOW], *sys.argv[1:])
else:
    main(sys.argv[1], "deepspeed_zero", *sys.argv[2:])
