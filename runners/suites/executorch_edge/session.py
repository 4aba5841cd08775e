"""The suite's conversation: its cases one by one, and what was measured in them."""

from __future__ import annotations

import resource
from importlib.metadata import version

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.executorch_edge import products, running
from runners.suites.executorch_edge.lowering import SEED
from runners.suites.executorch_edge.tasks import Task, tasks

_PARITY = ".parity"


def run() -> None:
    """Carry out the cases that are asked for."""
    device.settle()
    running.settle()
    plan = harness.suite()
    wanted = chosen(tasks(), plan.parameters)
    with harness.suite(total=1 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        _announce(suite, wanted)
        suite.fact("executorch.seed", SEED, "runners/suites/executorch_edge/lowering.py")
        suite.fact("executorch.backends", ", ".join(running.backends()), "executorch.runtime")
        for task in wanted:
            if suite.wants(task.id, task.dtype):
                _case(suite, task)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        suite.metric("peak_memory", peak, unit="MiB", better="lower")


def _announce(suite: harness.Suite, wanted: list[Task]) -> None:
    made = [one.id[: -len(_PARITY)] for one in wanted if one.id.endswith(_PARITY)]
    if suite.only:
        made = [one for one in made if one + _PARITY == suite.only]
    products.announce(made, {name: version(name) for name in ("executorch", "torch")})


def _case(suite: harness.Suite, task: Task) -> None:
    with suite.case(task.id, dtype=task.dtype) as case:
        if suite.device.partition(":")[0] != "cpu":
            known = ", ".join(running.backends())
            raise harness.Skipped(f"capability: of {known} none computes on {suite.device}")
        found = task.check()
        case.note(detail=found.detail)
        if found.problem:
            case.fail(found.problem)
        elif not found.is_judged:
            case.done()
        for one in found.measured:
            suite.metric(one.name, one.values, unit=one.unit, better="lower", case=task.id)
    print(f"{task.id} [{task.dtype}] {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
