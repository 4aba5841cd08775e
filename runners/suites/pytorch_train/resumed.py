"""The process in which a training is resumed: reads a checkpoint, goes on, leaves its end."""

from __future__ import annotations

import json
import os
from pathlib import Path

from runners.suites.pytorch_train import prepare


def main() -> None:
    """Resume `folder`/checkpoint.pt of the named recipe on COEVO_DEVICE; end in `folder`/end.pt."""
    prepare()
    import torch  # noqa: PLC0415 - after the settings

    from runners.suites import device  # noqa: PLC0415 - torch
    from runners.suites.pytorch_train import recipes, resuming  # noqa: PLC0415 - torch

    device.settle()
    asked, name = json.loads(os.environ["COEVO_PARAMETERS"]), os.environ["COEVO_DEVICE"]
    problem = device.opened(name)
    if problem:
        raise SystemExit(problem)
    folder = Path(asked["folder"])
    with resuming.deterministic():
        training = resuming.begun(recipes.named(asked["recipe"]), name)
        training.load(resuming.loaded(folder / "checkpoint.pt"))
        torch.save(resuming.ended(training), folder / "end.pt")
