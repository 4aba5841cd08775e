"""The suite's conversation: its cases one by one, and what was measured in them."""

from __future__ import annotations

from runners.suites import harness
from runners.suites.choosing import chosen
from runners.suites.executorch_pte.given import Given, given
from runners.suites.executorch_pte.tasks import Task, tasks


def run() -> None:
    """Carry out the cases that are asked for, with what another job has made."""
    try:
        made = given()
    except ValueError as error:
        with harness.suite(total=1) as suite, suite.case("given") as case:
            case.error(f"{error}; executorch-edge makes them, in a matrix that has both suites")
        return
    _run(made)


def _run(made: Given) -> None:
    plan = harness.suite()
    wanted = plan.share(chosen(tasks(made), plan.parameters))
    if made.runner.exists():
        made.runner.chmod(0o755)  # only what is in a file comes from job to job
    with harness.suite(total=len(wanted), resume=True) as suite:
        for name, version in made.versions.items():
            suite.fact(f"made.{name}", version, "made.json")
        for task in wanted:
            if suite.wants(task.id, task.dtype):
                _case(suite, task)


def _case(suite: harness.Suite, task: Task) -> None:
    with suite.case(task.id, dtype=task.dtype) as case:
        if suite.device.partition(":")[0] != "cpu":
            raise harness.Skipped(f"capability: the runner computes on the CPU, not {suite.device}")
        found = task.check()
        case.note(detail=found.detail)
        if found.problem:
            case.fail(found.problem)
        elif not found.is_judged:
            case.done()
        for one in found.measured:
            suite.metric(one.name, one.values, unit=one.unit, better="lower", case=task.id)
    print(f"{task.id} [{task.dtype}] {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
