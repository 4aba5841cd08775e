"""Carries out one case: a module with every input on the device, held against its reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple  # Any: torch's ModuleInput is untyped

import torch

from runners.suites.float64 import compare, faults, outcome
from runners.suites.float64.clean import References
from runners.suites.float64.compare import Leaf, Tolerance
from runners.suites.float64.outcome import Outcome, Sample
from runners.suites.float64.rounding import REPLICATES
from runners.suites.pytorch_modules import catalog, execute, state
from runners.suites.pytorch_modules.execute import Example
from runners.suites.pytorch_modules.faults import FAULTS
from runners.suites.pytorch_modules.tasks import Asked, Task

_OTHER_SEED = catalog.SEED + 1
_OF_SPREAD = 2.0
# Where rounding turns a ReLU on or off, a gradient jumps; six repetitions often do not see it.
_MANY = 48


class Bench(NamedTuple):
    """What cases are carried out with."""

    device: str
    asked: Asked
    references: References[Task]
    torch: str


class WrongError(Exception):
    """What a module did that needs no reference to be wrong; the message says it."""


def carry_out(task: Task, bench: Bench) -> Outcome:
    """The outcome of a case: FAIL by its first failing sample, SKIP if nothing was compared."""
    reason = catalog.unsupported(task, bench.device)
    if reason:
        return outcome.skipped(reason)
    allowed = tolerance(task)
    done = [_sample(task, index, made, allowed, bench) for index, made in _wanted(task, bench)]
    return outcome.outcome(done, allowed, "the module has no inputs here")


def tolerance(task: Task) -> Tolerance:
    """The tolerance of a case.

    A module is many operators, each of which rounds: twice the estimate of what that does is
    allowed at the least.
    """
    allowed = compare.tolerance(getattr(torch, task.dtype))
    return allowed._replace(of_spread=max(allowed.of_spread, _OF_SPREAD))


def _wanted(task: Task, bench: Bench) -> Iterator[tuple[int, Any]]:
    """The inputs to run, with their numbers."""
    for index, made in enumerate(catalog.inputs(task, bench.asked.samples)):
        if bench.asked.sample in {None, index}:
            yield index, made


def _sample(task: Task, index: int, made: Any, allowed: Tolerance, bench: Bench) -> Sample:  # noqa: ANN401 - ModuleInput
    answer = bench.references.answer(task, index)
    if answer.problem:
        return Sample(index, excuse=f"reference: {answer.problem}")
    one = execute.example(task, made)
    summary = f"{made.desc or 'no description'}: {one.module}"[:500]
    if task.look == "state" and not one.module.state_dict():
        return Sample(index, excuse="nothing to save: it has no parameters and no buffers")
    try:
        found = _found(task, made, one, bench.device)
    except WrongError as wrong:
        return Sample(index, problem=f"sample {index}: {wrong}", summary=summary)
    except Exception as error:  # noqa: BLE001 - whatever it raises, it should not have
        return _raised(task, index, error, summary, bench.device)
    off = outcome.off(
        found,
        answer,
        allowed,
        lambda replicates: bench.references.spread(task, index, allowed.eps, replicates),
        (REPLICATES, _MANY),
    )
    excuse = faults.known(task.id, task.dtype, off, bench.torch, FAULTS) if off else ""
    return outcome.judged(index, off, excuse, summary)


def _found(task: Task, made: Any, one: Example, device: str) -> list[Leaf]:  # noqa: ANN401 - ModuleInput
    there = execute.moved(one, device)
    if task.look == "state":
        there = there._replace(module=_restored(task, made, there.module, one.module, device))
    found = execute.run(there, backward=task.is_backward)
    named = ((f"result {number}", item) for number, item in enumerate(found))
    _expect(state.elsewhere(named, catalog.device_type(device)))
    return [compare.leaf(item) for item in found]


def _restored(
    task: Task,
    made: Any,  # noqa: ANN401 - ModuleInput
    there: torch.nn.Module,
    here: torch.nn.Module,
    device: str,
) -> torch.nn.Module:
    """Another module on the device that was given the state of the one there, which is right.

    `here` is the same module, still on the CPU: its state is what must be found again.
    """
    kind = catalog.device_type(device)
    _expect(state.elsewhere(there.named_parameters(), kind))
    _expect(state.elsewhere(there.named_buffers(), kind))
    kept = state.saved(there)
    _expect(state.changed(kept, here.state_dict()))
    other = execute.constructed(task, made, _OTHER_SEED).to(device)
    other.load_state_dict(kept)
    _expect(state.changed(state.saved(other), here.state_dict()))
    return other


def _expect(wrong: str) -> None:
    if wrong:
        raise WrongError(wrong)


def _raised(task: Task, index: int, error: Exception, summary: str, device: str) -> Sample:
    """An error: a failure, but where it says that there is no kernel which nobody promised."""
    if catalog.is_refusal(task, device, error):
        return Sample(index, excuse=f"capability: {outcome.first_line(error)}")
    return Sample(index, problem=outcome.raised(index, error), summary=summary)
