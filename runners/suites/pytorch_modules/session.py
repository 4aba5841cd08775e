"""The suite's conversation: which cases are this shard's, and what repeats one of them."""

from __future__ import annotations

import torch

from runners.suites import harness
from runners.suites.float64 import clean, session
from runners.suites.pytorch_modules import catalog
from runners.suites.pytorch_modules.conformance import Bench, carry_out
from runners.suites.pytorch_modules.reference import Reference
from runners.suites.pytorch_modules.tasks import Asked, Task, asked, tasks


def run() -> None:
    """Carry out this shard's part of the selection."""
    torch.set_num_threads(1)  # shards lie side by side, and one thread repeats itself
    plan = harness.suite(resume=True)
    wanted = asked(plan.parameters)
    mine = tasks(plan.share(list(catalog.modules())), wanted)
    references = clean.references(plan.device, lambda: Reference(wanted.samples))
    bench = Bench(plan.device, wanted, references, session.version())
    session.converse(
        session.Work(
            "pytorch_modules",
            mine,
            lambda task: carry_out(task, bench),
            lambda task, sample: repeated(task, wanted, sample),
            seed=catalog.SEED,
        )
    )


def repeated(task: Task, wanted: Asked, sample: object) -> list[str]:
    """The parameters that choose one case again, or one sample of it."""
    chosen = [f"dtypes={task.dtype}"]
    if isinstance(sample, int):
        chosen.append(f"sample={sample}")
    elif wanted.samples is not None:
        chosen.append(f"samples={wanted.samples}")
    return chosen
