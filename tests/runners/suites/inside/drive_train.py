"""Runs the training suite with faults in torch: `drive_train.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. float64, in which references are computed, stays right. The
suite's children are run by this file, too, so that they have the same faults.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

import torch  # noqa: E402 - it prints while it is imported
from torch import distributed  # noqa: E402 - the same
from torch.utils.data import get_worker_info  # noqa: E402 - the same
from torch.utils.data._utils.fetch import _MapDatasetFetcher  # noqa: E402 - the same

HOW = "DRIVE_TRAIN_FAULTS"


def idle() -> None:
    """SGD never moves a weight."""
    _replace_step(torch.optim.SGD, lambda _: False)


def lapse() -> None:
    """Adam forgets its tenth step, and no other."""
    taken: dict[int, int] = {}

    def is_taken(optimizer: Any) -> bool:
        taken[id(optimizer)] = taken.get(id(optimizer), 0) + 1
        return taken[id(optimizer)] != 10

    _replace_step(torch.optim.Adam, is_taken)


def forgetful() -> None:
    """SGD's momentum is in no checkpoint."""
    right = torch.optim.SGD.state_dict
    torch.optim.SGD.state_dict = lambda self: {**right(self), "state": {}}


def repetitive() -> None:
    """The state of the generator is always the one it had at first."""
    first = torch.get_rng_state()
    torch.get_rng_state = first.clone


def shuffling() -> None:
    """Workers hand out a batch's items the other way round."""
    right = _MapDatasetFetcher.fetch

    def fetch(self: Any, indices: Sequence[int]) -> Any:
        return right(self, indices if get_worker_info() is None else indices[::-1])

    _MapDatasetFetcher.fetch = fetch


def selfish() -> None:
    """No rank hears of the other's gradients."""
    from torch.distributed.algorithms.ddp_comm_hooks.debugging_hooks import noop_hook  # noqa: PLC0415 - slow

    right = torch.nn.parallel.DistributedDataParallel.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it takes its place
        right(self, *args, **kwargs)
        self.register_comm_hook(distributed.group.WORLD, noop_hook)

    torch.nn.parallel.DistributedDataParallel.__init__ = __init__


def crashing() -> None:
    """Whoever makes a process group dies."""
    distributed.init_process_group = lambda *_, **__: os.abort()


def _replace_step(kind: Any, is_taken: Callable[[Any], bool]) -> None:
    right = kind.step

    def step(self: Any, *args: Any) -> Any:
        wide = self.param_groups[0]["params"][0].dtype is torch.float64
        return right(self, *args) if wide or is_taken(self) else None

    kind.step = step


def main(faults: str, *arguments: str) -> None:
    os.environ[HOW] = faults
    for name in faults.split(","):
        globals()[name]()
    from runners.suites.pytorch_train import children  # noqa: PLC0415 - behind the faults

    children._LAUNCHER = Path(__file__)
    launcher.main([*arguments])


if HOW in os.environ:
    main(os.environ[HOW], *sys.argv[1:])
else:
    main(sys.argv[1], "pytorch_train", *sys.argv[2:])
