"""The suite's conversation: which cases are this shard's, and how each of them ended."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import torch
import transformers

from runners.suites import device, harness
from runners.suites.transformers_architectures import checks, model, registry, special, weights
from runners.suites.transformers_architectures.inputs import NoInputsError
from runners.suites.transformers_architectures.model import UnsuitedError
from runners.suites.transformers_architectures.specimen import NoReferenceError, Specimen
from runners.suites.transformers_architectures.tasks import Architecture, Task, asked, tasks


class UnbuiltError(Exception):
    """The tiny model could not be built, which says nothing of the device."""


def run() -> None:
    """Carry out this shard's part of the selection."""
    torch.set_num_threads(1)  # shards lie side by side, and one thread repeats itself
    plan = harness.suite(resume=True)
    wanted = asked(plan.parameters)
    known = registry.architectures()
    mine = tasks(plan.share([one for one in known if wanted.selects(one)]), wanted)
    with harness.suite(total=len(mine), resume=True) as suite:
        problem = device.opened(plan.device)
        if problem:
            suite.ended("device", "FAIL", device=plan.device, message=problem)
            return
        _facts(suite, len(known))
        statuses = Counter(_case(suite, one) for one in mine if suite.wants(one.id, one.dtype))
        _log(", ".join(f"{number} {status}" for status, number in sorted(statuses.items())))


def _facts(suite: harness.Suite, known: int) -> None:
    source = f"transformers {transformers.__version__}"
    suite.fact("architectures.known", known, source)
    suite.fact("architectures.parts", len(registry.parts()), source)
    suite.fact("seed", weights.SEED, "this suite")


def _case(suite: harness.Suite, task: Task) -> str:
    with suite.case(task.id, dtype=task.dtype) as case:
        try:
            found = _outcome(task, suite.device)
        except (UnsuitedError, NoInputsError) as reason:
            case.skip(str(reason))
        except (UnbuiltError, NoReferenceError) as problem:
            case.error(str(problem))
        else:
            case.note(detail=found.detail)
            if found.problem:
                case.fail(found.problem)
    if case.status in {"FAIL", "ERROR"}:
        _log(f"{task.id} [{task.dtype}] {case.status} {case.said['message']}")
    return case.status


def _outcome(task: Task, on: str) -> checks.Outcome:
    reason = special.LEFT_OUT_CHECKS.get((task.architecture.name, task.check))
    if reason:
        raise UnsuitedError(reason)
    return checks.CHECKS[task.check](_specimen(task.architecture, task.dtype, on))


@lru_cache(maxsize=1)
def _specimen(architecture: Architecture, dtype: str, on: str) -> Specimen:
    try:
        kind = getattr(torch, dtype)
        return Specimen(model.built(architecture, kind), kind, on)
    except (UnsuitedError, NoInputsError):
        raise
    except Exception as error:
        raise UnbuiltError(f"no tiny model: {type(error).__name__}: {error}") from error


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - standard output is the attempt's log
