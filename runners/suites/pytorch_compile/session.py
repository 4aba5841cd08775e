"""The suite's conversation: its cases one by one, and what compiling took."""

from __future__ import annotations

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.pytorch_compile.execute import SEED
from runners.suites.pytorch_compile.tasks import Task, tasks


def run() -> None:
    """Carry out the cases that are asked for."""
    device.settle()
    plan = harness.suite()
    wanted = plan.share(chosen(tasks(), plan.parameters))
    with harness.suite(total=1 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        suite.fact("compile.seed", SEED, "runners/suites/pytorch_compile/execute.py")
        for task in wanted:
            if suite.wants(task.id, task.dtype):
                _case(suite, task)


def _case(suite: harness.Suite, task: Task) -> None:
    with suite.case(task.id, dtype=task.dtype) as case:
        found = task.check(suite.device)
        case.note(detail=found.detail)
        if found.problem:
            case.fail(found.problem)
        elif found.seconds is not None:
            name = f"compile_{task.id.partition('.')[0]}_{task.dtype}"
            suite.metric(name, found.seconds, unit="s", better="lower", case=task.id)
    print(f"{task.id} [{task.dtype}] {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
