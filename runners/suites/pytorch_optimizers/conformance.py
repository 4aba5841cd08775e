"""Carries out one case: every configuration of an optimizer on the device, held against float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import Tensor

from runners.suites.float64 import bits, compare, faults, outcome
from runners.suites.float64.clean import References
from runners.suites.float64.compare import Leaf
from runners.suites.float64.outcome import Outcome, Sample
from runners.suites.pytorch_optimizers import catalog, execute, problem
from runners.suites.pytorch_optimizers.catalog import Configuration
from runners.suites.pytorch_optimizers.execute import HALF
from runners.suites.pytorch_optimizers.faults import FAULTS
from runners.suites.pytorch_optimizers.problem import STEPS
from runners.suites.pytorch_optimizers.tasks import Asked, Task


class Bench(NamedTuple):
    """What cases are carried out with."""

    device: str
    asked: Asked
    references: References[Task]
    torch: str


class One(NamedTuple):
    """A configuration of a case, with its number."""

    task: Task
    number: int
    configuration: Configuration

    @property
    def summary(self) -> str:
        """What a person is told of it."""
        return f"{self.configuration.text}: {self.configuration.arguments}"[:500]


def carry_out(task: Task, bench: Bench) -> Outcome:
    """The outcome of a case: FAIL by its first failing sample, SKIP if nothing was compared."""
    reason = catalog.unsupported(task, bench.device)
    if reason:
        return outcome.skipped(reason)
    done = [_sample(one, bench) for one in _wanted(task, bench)]
    allowed = catalog.tolerance(task) if task.look == "steps" else "bit for bit"
    return outcome.outcome(done, allowed, "the optimizer has no configurations here")


def _wanted(task: Task, bench: Bench) -> Iterator[One]:
    """The configurations to run."""
    given = catalog.configurations(task, bench.device, bench.asked.samples)
    for index, configuration in enumerate(given):
        if bench.asked.sample in {None, index}:
            yield One(task, index, configuration)


def _sample(one: One, bench: Bench) -> Sample:
    """How a configuration came out; one that the constructor does not take does not count."""
    task, given = one.task, one.configuration
    try:
        run = execute.begun(task, given, problem.moved(catalog.work(task), bench.device))
        if task.look == "resume":
            return _resumed(one, run)
        found = execute.compared(execute.stepped(run, range(STEPS)))
    except Exception as error:  # noqa: BLE001 - whatever it raises, it should not have
        return _raised(one, error, bench.device)
    return _held(one, [compare.leaf(item) for item in found], bench)


def _held(one: One, found: list[Leaf], bench: Bench) -> Sample:
    answer = bench.references.answer(one.task, one.number)
    if answer.problem:
        return Sample(one.number, excuse=f"reference: {answer.problem}")
    allowed = catalog.tolerance(one.task)
    off = outcome.off(
        found,
        answer,
        allowed,
        lambda replicates: bench.references.spread(one.task, one.number, allowed.eps, replicates),
    )
    excuse = faults.known(one.task.id, one.task.dtype, off, bench.torch, FAULTS) if off else ""
    return outcome.judged(one.number, off, excuse, one.summary)


def _resumed(one: One, run: execute.Run) -> Sample:
    """Whether an optimizer that was loaded half-way ends with the very bits of one that was not."""
    execute.stepped(run, range(HALF))
    other = execute.resumed(one.task, one.configuration, run)
    straight, again = (
        execute.left_behind(execute.stepped(each, range(HALF, STEPS))) for each in (run, other)
    )
    wrong = _first_difference(again, straight)
    problem = wrong and f"sample {one.number}: loaded after {HALF} steps, {wrong} at the end"
    return Sample(one.number, problem=problem, summary=one.summary)


def _first_difference(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    if found.keys() != wanted.keys():
        return f"it remembers {', '.join(found)} instead of {', '.join(wanted)}"
    wrong = (name for name in wanted if bits.differ(found[name], wanted[name]))
    return next((f"{name} is another" for name in wrong), "")


def _raised(one: One, error: Exception, device: str) -> Sample:
    """An error: a failure, but where it says what nobody promised."""
    missing = isinstance(error, NotImplementedError) and not catalog.is_declared(device)
    if missing or catalog.is_refusal(error):
        return Sample(one.number, excuse=f"capability: {outcome.first_line(error)}")
    return Sample(one.number, problem=outcome.raised(one.number, error), summary=one.summary)
