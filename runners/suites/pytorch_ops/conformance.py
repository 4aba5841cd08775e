"""Carries out one case: every sample on the device, held against its reference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple  # Any: torch's samples

import torch

from runners.suites.float64 import bits, compare, outcome
from runners.suites.float64.clean import References
from runners.suites.float64.compare import Leaf, Tolerance
from runners.suites.float64.outcome import Outcome, Sample
from runners.suites.float64.rounding import Spreads
from runners.suites.pytorch_ops import catalog, execute, faults, variants
from runners.suites.pytorch_ops.tasks import DETERMINISTIC, NONCONTIGUOUS, WHOLE, Asked, Task


class Bench(NamedTuple):
    """What cases are carried out with."""

    device: str
    asked: Asked
    references: References[Task]
    torch: str


def carry_out(task: Task, bench: Bench) -> Outcome:
    """The outcome of a case: FAIL by its first failing sample, SKIP if nothing was compared."""
    reason = catalog.unsupported(task, bench.device)
    if reason:
        return outcome.skipped(reason)
    deadly = faults.deadly(task, bench.torch)
    if deadly:
        return Outcome("SKIP", f"known fault: {deadly}", {}, expected=True)
    allowed = tolerance(task)
    done = [_sample(task, index, sample, allowed, bench) for index, sample in _wanted(task, bench)]
    stated = "bit for bit" if task.variant == DETERMINISTIC else allowed
    return outcome.outcome(done, stated, "the operator has no samples here")


def tolerance(task: Task) -> Tolerance:
    """The tolerance of a case.

    What comes to almost nothing out of whole numbers, such as sin(pi n), comes of numbers of order
    one that cancel each other, and may be off by a rounding error of these.
    """
    allowed = compare.tolerance(getattr(torch, task.dtype))
    return allowed._replace(tiny=allowed.eps) if task.wanted in WHOLE else allowed


def _wanted(task: Task, bench: Bench) -> Iterator[tuple[int, Any]]:
    """The samples to run, with their numbers."""
    for index, sample in enumerate(catalog.samples(task, bench.asked.samples)):
        if bench.asked.sample in {None, index}:
            yield index, sample


def _sample(task: Task, index: int, sample: Any, allowed: Tolerance, bench: Bench) -> Sample:  # noqa: ANN401 - SampleInput
    summary = sample.summary()[:500]
    answer = bench.references.answer(task, index)
    if answer.problem:
        return Sample(index, excuse=f"reference: {answer.problem}")
    try:
        if task.variant == DETERMINISTIC:
            return _repeated(task, index, sample, bench.device)
        found = _found(task, sample, bench.device)
    except NotImplementedError as error:
        return _gap(task, index, error, summary, bench.device)
    except Exception as error:  # noqa: BLE001 - whatever it raises, it should not have
        return Sample(index, problem=outcome.raised(index, error), summary=summary)

    def spreads(replicates: int) -> Spreads:
        return bench.references.spread(task, index, allowed.eps, replicates)

    off = outcome.off(found, answer, allowed, spreads)
    excuse = faults.known(task, off, bench.torch) if off else ""
    return outcome.judged(index, off, excuse, summary)


def _found(task: Task, sample: Any, device: str) -> list[Leaf]:  # noqa: ANN401 - SampleInput
    return [compare.leaf(item) for item in _answer(task, sample, device)]


def _answer(task: Task, sample: Any, device: str) -> list[Any]:  # noqa: ANN401 - SampleInput
    call = execute.moved(execute.call_of(sample), device, keep=catalog.host_arguments(task))
    if task.variant == NONCONTIGUOUS:
        call = variants.strided(call)
    return execute.run(catalog.operators()[task.op], call, task.backward)


def _repeated(task: Task, index: int, sample: Any, device: str) -> Sample:  # noqa: ANN401 - SampleInput
    """Whether two runs come to the very same bits, where torch promises that."""
    with _deterministic():
        try:
            one, two = (_answer(task, sample, device) for _ in range(2))
        except RuntimeError as error:
            if "deterministic" not in str(error):
                raise
            return Sample(index, excuse=f"capability: {outcome.first_line(error)}")
    if len(one) == len(two) and not any(map(bits.differ, one, two)):
        return Sample(index)
    problem = f"sample {index}: two runs differ where torch promises that they are the same"
    return Sample(index, problem=problem, summary=sample.summary()[:500])


@contextmanager
def _deterministic() -> Iterator[None]:
    """While this holds, torch takes deterministic kernels, and raises where there is none."""
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


def _gap(task: Task, index: int, error: Exception, summary: str, device: str) -> Sample:
    """A missing kernel: a failure where op_db promises it for this kind of device."""
    if catalog.is_declared(device, catalog.operators()[task.op]):
        return Sample(index, problem=outcome.raised(index, error), summary=summary)
    return Sample(index, excuse=f"capability: {outcome.first_line(error)}", summary=summary)
