"""The suite's conversation: which cases are this shard's, and what repeats one of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from runners.suites import harness
from runners.suites.float64 import clean, session
from runners.suites.pytorch_ops import catalog
from runners.suites.pytorch_ops.conformance import Bench, carry_out
from runners.suites.pytorch_ops.reference import Reference
from runners.suites.pytorch_ops.tasks import PLAIN, Asked, Task, asked, tasks


def run() -> None:
    """Carry out this shard's part of the selection."""
    torch.set_num_threads(1)  # shards lie side by side, and one thread repeats itself
    plan = harness.suite(resume=True)
    wanted = asked(plan.parameters)
    # By operator: dtypes and directions of one cost so unlike that every n-th case is no fair part.
    mine = all_tasks(plan.share(list(catalog.operators())), wanted, plan.device)
    references = clean.references(plan.device, lambda: Reference(wanted.samples))
    bench = Bench(plan.device, wanted, references, session.version())
    session.converse(
        session.Work(
            "pytorch_ops",
            mine,
            lambda task: carry_out(task, bench),
            lambda task, sample: repeated(task, wanted, sample),
        )
    )


def all_tasks(names: Sequence[str], wanted: Asked, device_name: str) -> list[Task]:
    """Every case of a selection on a device, of the operators named."""
    ops = catalog.operators()
    own = {name: catalog.own_dtype(ops[name], device_name) for name in names}
    return tasks(names, wanted, {(name, "float32"): own[name] or "float32" for name in names})


def repeated(task: Task, wanted: Asked, sample: object) -> list[str]:
    """The parameters that choose one case again, or one sample of it."""
    chosen = [f"dtypes={task.wanted}"]
    if task.variant != PLAIN:
        chosen.append(f"variants={task.variant}")
    if isinstance(sample, int):
        chosen.append(f"sample={sample}")
    elif wanted.samples is not None:
        chosen.append(f"samples={wanted.samples}")
    return chosen
