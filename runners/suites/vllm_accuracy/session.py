"""The suite's conversation: its cases one by one, and the share of tasks that is solved."""

from __future__ import annotations

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.tiny_models.architectures import ARCHITECTURES
from runners.suites.vllm_accuracy.bench import Bench, ChangedWeightsError
from runners.suites.vllm_accuracy.tasks import Task, tasks
from runners.suites.vllm_engine.asking import EngineError, Engines


def run() -> None:
    """Carry out the cases that are asked for."""
    device.settle()
    plan = harness.suite()
    wanted = plan.share(chosen(tasks(), plan.parameters))
    with harness.suite(total=1 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        suite.fact("models.seed", ARCHITECTURES[0].seed, "runners/suites/tiny_models/models.json")
        with Engines(suite.device) as engines:
            bench = Bench(engines)
            for task in wanted:
                if suite.wants(task.id, task.dtype):
                    _case(suite, task, bench)


def _case(suite: harness.Suite, task: Task, bench: Bench) -> None:
    with suite.case(task.id, dtype=task.dtype) as case:
        try:
            found = task.check(bench)
        except EngineError as error:
            case.fail(str(error))
        except ChangedWeightsError as error:
            case.error(str(error))
        else:
            case.note(detail=found.detail)
            if found.problem:
                case.fail(found.problem)
            if found.exact is not None:
                name = f"copied_words_{task.dtype}"
                suite.metric(name, found.exact, unit="%", better="higher", case=task.id)
    print(f"{task.id} [{task.dtype}] {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
