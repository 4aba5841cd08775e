"""One of the ranks: loads DeepSpeed, meets the other, and carries out the jobs it reads."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from runners.suites.deepspeed_zero import prepare


def main() -> None:
    """Carry out jobs, a line of standard input each; answers are files of `folder`."""
    prepare()
    asked = json.loads(os.environ["COEVO_PARAMETERS"])
    folder, rank = Path(asked["folder"]), int(asked["rank"])
    # DeepSpeed looks for MPI where one of these is missing; nothing listens at the port.
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", LOCAL_WORLD_SIZE="2")
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="1")
    import deepspeed  # noqa: PLC0415 - after the settings

    from runners.suites import device  # noqa: PLC0415 - torch
    from runners.suites.deepspeed_zero import jobs  # noqa: PLC0415 - torch and DeepSpeed

    device.settle()
    problem = device.opened(os.environ["COEVO_DEVICE"])
    if problem:
        raise SystemExit(problem)
    meeting = f"file://{folder / asked['meeting']}"
    deepspeed.init_distributed(asked["backend"], init_method=meeting, rank=rank, world_size=2)
    for line in sys.stdin:
        _answer(folder, rank, json.loads(line), jobs)


def _answer(folder: Path, rank: int, said: dict[str, object], jobs: object) -> None:
    name, number = said.pop("job"), said.pop("number")
    try:
        found = getattr(jobs, str(name))(folder=folder, **said)
    except Exception as error:
        told = (str(error).strip().splitlines() or [""])[0][:500]
        _write(folder, rank, number, {"error": f"{type(error).__name__}: {told}"})
        raise  # the other rank waits for this one: both are begun anew
    _write(folder, rank, number, found)


def _write(folder: Path, rank: int, number: object, found: dict[str, object]) -> None:
    path = folder / f"answer-{number}-{rank}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(found))
    new.replace(path)
