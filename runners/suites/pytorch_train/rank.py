"""One of two ranks: its half of each batch, gradients averaged over both by torch."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

from runners.suites.pytorch_train import prepare

_TIMEOUT = timedelta(seconds=60)


def main() -> None:
    """Train with the other rank, and leave gradients and weights in `folder`/RANK.pt."""
    prepare()
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # both ranks are here, whatever the network
    import torch  # noqa: PLC0415 - after the settings
    from torch import distributed  # noqa: PLC0415 - the same

    from runners.suites import device  # noqa: PLC0415 - torch

    device.settle()
    asked, name = json.loads(os.environ["COEVO_PARAMETERS"]), os.environ["COEVO_DEVICE"]
    problem = device.opened(name)
    if problem:
        raise SystemExit(problem)
    folder, rank = Path(asked["folder"]), int(asked["rank"])
    distributed.init_process_group(
        asked["backend"],
        init_method=f"file://{folder / 'meeting'}",
        rank=rank,
        world_size=2,
        timeout=_TIMEOUT,
    )
    torch.save(_trained(name, rank), folder / f"{rank}.pt")
    distributed.destroy_process_group()


def _trained(name: str, rank: int) -> dict[str, object]:
    """The first step's gradients, and the weights after all steps."""
    import torch  # noqa: PLC0415 - after the settings

    from runners.suites.pytorch_train import ranks  # noqa: PLC0415 - torch
    from runners.suites.pytorch_train.training import Manner, Training  # noqa: PLC0415 - torch

    training = Training(ranks.RECIPE, Manner(name))
    if name != "cpu":
        torch.get_device_module(name).set_device(name)
    training.model = torch.nn.parallel.DistributedDataParallel(training.model)
    first: dict[str, object] = {}
    for _ in range(ranks.STEPS):
        training.optimizer.zero_grad()
        given, wanted = training.batch()
        training.gradients((given.chunk(2)[rank], wanted.chunk(2)[rank]))
        first = first or ranks.gradients(training)
        training.optimizer.step()
    weights = {k: v.detach().cpu() for k, v in training.model.module.state_dict().items()}
    return {"gradients": first, "weights": weights}
