"""The suite's conversation: which cases are this shard's, and how each of them ended."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from runners.suites import device, harness
from runners.suites.pytorch_ops import catalog
from runners.suites.pytorch_ops.clean import CleanReference, ReferenceLostError
from runners.suites.pytorch_ops.conformance import Bench, Outcome, References, carry_out
from runners.suites.pytorch_ops.reference import Reference
from runners.suites.pytorch_ops.tasks import Asked, Task, asked, tasks

_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"


def run() -> None:
    """Carry out this shard's part of the selection."""
    torch.set_num_threads(1)  # shards lie side by side, and one thread repeats itself
    plan = harness.suite(resume=True)
    wanted = asked(plan.parameters)
    # By operator: dtypes and directions of one cost so unlike that every n-th case is no fair part.
    mine = all_tasks(plan.share(list(catalog.operators())), wanted, plan.device)
    references = _references(plan.device, wanted)
    with harness.suite(total=len(mine), resume=True) as suite:
        problem = device.opened(plan.device)
        if problem:
            suite.ended("device", "FAIL", device=plan.device, message=problem)
            return
        bench = Bench(plan.device, wanted, references, str(torch.__version__).partition("+")[0])
        statuses = Counter(_case(suite, task, bench) for task in mine if _wants(suite, task))
        _log(", ".join(f"{number} {status}" for status, number in sorted(statuses.items())))


def all_tasks(names: Sequence[str], wanted: Asked, device_name: str) -> list[Task]:
    """Every case of a selection on a device, of the operators named."""
    ops = catalog.operators()
    own = {name: catalog.own_dtype(ops[name], device_name) for name in names}
    return tasks(names, wanted, {(name, "float32"): own[name] or "float32" for name in names})


def repeat(task: Task, bench: Bench, sample: object) -> str:
    """The command that repeats one case, or one sample of it, in this very environment."""
    chosen = [f"dtypes={task.wanted}"]
    if isinstance(sample, int):
        chosen.append(f"sample={sample}")
    elif bench.asked.samples is not None:
        chosen.append(f"samples={bench.asked.samples}")
    named = ["--device", bench.device, "--case", task.id]
    return shlex.join([sys.executable, "-I", str(_LAUNCHER), "pytorch_ops", *named, *chosen])


def _references(device_name: str, wanted: Asked) -> References:
    make = Reference if catalog.device_type(device_name) == "cpu" else CleanReference
    return make(wanted.samples)


def _wants(suite: harness.Suite, task: Task) -> bool:
    return suite.wants(task.id, task.dtype)


def _case(suite: harness.Suite, task: Task, bench: Bench) -> str:
    with suite.case(task.id, dtype=task.dtype) as case:
        try:
            found = carry_out(task, bench)
        except ReferenceLostError as lost:
            found = Outcome("ERROR", str(lost), {}, expected=False)
        case.status = found.status
        case.note(message=found.message, detail=found.detail, expected=found.expected)
        if found.status == "FAIL":
            case.note(repeat=repeat(task, bench, found.detail.get("sample")))
            _log(f"{task.id} [{task.dtype}] {found.message}")
    return case.status


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - standard output is the attempt's log
