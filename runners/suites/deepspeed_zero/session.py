"""The suite's conversation: its cases one by one, and the speed of each stage."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.deepspeed_zero.plan import Check, plan
from runners.suites.deepspeed_zero.world import Fallen, World
from runners.suites.harness import Skipped
from runners.suites.pytorch_train import ranks
from runners.suites.pytorch_train.training import SEED


def run() -> None:
    """Carry out the cases that are asked for."""
    device.settle()
    asked = harness.suite()
    wanted = asked.share(chosen(plan(), asked.parameters))
    with harness.suite(total=1 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        suite.fact("training.seed", SEED, "runners/suites/pytorch_train/training.py")
        with tempfile.TemporaryDirectory(prefix="deepspeed-", dir=Path.cwd()) as made:
            os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(Path(made, "extensions")))
            _carry_out(suite, wanted, Path(made))


def _carry_out(suite: harness.Suite, wanted: Sequence[Check], folder: Path) -> None:
    world = None
    try:
        for check in wanted:
            if suite.wants(check.id, check.dtype):
                with suite.case(check.id, dtype=check.dtype) as case:
                    world = world or World(_place(suite), folder)
                    _judge(suite, case, check, world)
                print(f"{check.id} {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
    finally:
        if world is not None:
            world.end()
            print(world.log(), file=sys.stderr)  # noqa: T201 - the log


def _place(suite: harness.Suite) -> ranks.Place:
    """Where ranks run; skips where they cannot."""
    if suite.device == "cpu" and shutil.which("g++") is None:
        raise Skipped(
            "capability: on a CPU DeepSpeed compiles its collectives, and there is no g++"
        )
    return ranks.place(suite.device, suite.devices)


def _judge(suite: harness.Suite, case: harness.Case, check: Check, world: World) -> None:
    try:
        found = check.find(world)
    except Fallen as fallen:
        case.fail(str(fallen))
        return
    case.note(detail=found.detail)
    if found.problem:
        case.fail(found.problem)
    elif check.id.endswith(".loss"):
        name = f"{check.id.partition('.')[0].replace('-', '_')}_two_ranks"
        suite.metric(name, found.rates, unit="steps/s", better="higher", case=check.id)
