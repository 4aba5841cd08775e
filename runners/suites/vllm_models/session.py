"""The suite's conversation: its cases one by one, over engines that several of them may share."""

from __future__ import annotations

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.tiny_models import declared, fetching
from runners.suites.tiny_models.architectures import ARCHITECTURES
from runners.suites.tiny_models.checkpoint import RefusedError
from runners.suites.tiny_models.fetching import UnreachableError
from runners.suites.vllm_engine.asking import EngineError, Engines
from runners.suites.vllm_models.bench import Bench
from runners.suites.vllm_models.tasks import Task, tasks


def run() -> None:
    """Carry out the cases that are asked for."""
    device.settle()
    plan = harness.suite()
    said = plan.parameters
    every = tasks(declared.given(said))
    wanted = plan.share(chosen(every, said, declared.PARAMETER, fetching.LEAVE))
    may_fetch = fetching.leave(said)
    with harness.suite(total=1 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        suite.fact("models.seed", ARCHITECTURES[0].seed, "runners/suites/tiny_models/models.json")
        with Engines(suite.device) as engines:
            bench = Bench(engines, suite.device, suite.devices, may_fetch=may_fetch)
            for task in wanted:
                if suite.wants(task.id, task.dtype):
                    _case(suite, task, bench)


def _case(suite: harness.Suite, task: Task, bench: Bench) -> None:
    with suite.case(task.id, dtype=task.dtype) as case:
        try:
            found = task.check(bench)
        except EngineError as error:
            case.fail(str(error))
        except RefusedError as error:
            case.error(str(error))
        except UnreachableError as error:
            case.miss(str(error))
        else:
            case.note(detail=found.detail)
            if found.problem:
                case.fail(found.problem)
    print(f"{task.id} [{task.dtype}] {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log
