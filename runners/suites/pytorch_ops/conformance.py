"""Carries out one case: every sample on the device, held against its reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Optional, Protocol  # Any: torch's samples

import torch

from runners.suites.pytorch_ops import catalog, compare, execute, faults
from runners.suites.pytorch_ops.compare import Leaf, Mismatch, Tolerance
from runners.suites.pytorch_ops.reference import Answer, Spreads
from runners.suites.pytorch_ops.tasks import Asked, Task


class References(Protocol):
    """What a case asks for the right answers."""

    def answer(self, task: Task, index: int) -> Answer:
        """The right answer to a sample."""
        ...

    def spread(self, task: Task, index: int, eps: float) -> Spreads:
        """What rounding may make of it."""
        ...


class Sample(NamedTuple):
    """How a sample came out.

    `excuse` says why it does not count, `problem` why it fails.
    """

    number: int
    excuse: str = ""
    problem: str = ""
    mismatch: Optional[Mismatch] = None  # noqa: UP045 - Python 3.9 reads it
    summary: str = ""
    is_expected: bool = False


class Outcome(NamedTuple):
    """How a case came out, in the protocol's words."""

    status: str
    message: str
    detail: dict[str, object]
    expected: bool


class Bench(NamedTuple):
    """What cases are carried out with."""

    device: str
    asked: Asked
    references: References
    torch: str


def carry_out(task: Task, bench: Bench) -> Outcome:
    """The outcome of a case: FAIL by its first failing sample, SKIP if nothing was compared."""
    reason = catalog.unsupported(task, bench.device)
    if reason:
        return Outcome("SKIP", reason, {}, expected=False)
    allowed = compare.tolerance(getattr(torch, task.dtype))
    done = [_sample(task, index, sample, allowed, bench) for index, sample in _wanted(task, bench)]
    return outcome(done, allowed)


def outcome(done: list[Sample], allowed: Tolerance) -> Outcome:
    """What the samples of a case come to."""
    failed = next((sample for sample in done if sample.problem), None)
    expected = next((sample for sample in done if sample.is_expected), None)
    excused = [sample for sample in done if sample.excuse]
    detail = _counts(done, excused, allowed)
    if failed:
        return Outcome("FAIL", failed.problem, {**detail, **_account(failed)}, expected=False)
    if expected:
        message = f"known fault: {expected.excuse}"
        return Outcome("SKIP", message, {**detail, **_account(expected)}, expected=True)
    if len(excused) == len(done):
        reason = excused[0].excuse if excused else "the operator has no samples here"
        return Outcome("SKIP", reason, detail, expected=False)
    return Outcome("PASS", "", detail, expected=False)


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
        found = _found(task, sample, bench.device)
    except NotImplementedError as error:
        return _gap(task, index, error, summary, bench.device)
    except Exception as error:  # noqa: BLE001 - whatever it raises, it should not have
        return Sample(index, problem=_raised(index, error), summary=summary)

    def spreads() -> Spreads:
        return bench.references.spread(task, index, allowed.eps)

    off = _off(found, answer, allowed, spreads)
    return _judged(task, index, off, summary, bench.torch) if off else Sample(index)


def _found(task: Task, sample: Any, device: str) -> list[Leaf]:  # noqa: ANN401 - SampleInput
    call = execute.moved(execute.call_of(sample), device, keep=catalog.host_arguments(task))
    found = execute.run(catalog.operators()[task.op], call, task.backward)
    return [compare.leaf(item) for item in found]


def _off(
    found: list[Leaf], answer: Answer, allowed: Tolerance, spreads: Callable[[], Spreads]
) -> Optional[Mismatch]:  # noqa: UP045 - Python 3.9 reads it
    """What is off. What rounding does to the computation is only estimated where it matters."""
    if not compare.mismatch(found, answer.leaves, allowed):
        return None
    return compare.mismatch(found, answer.leaves, allowed, spreads())


def _judged(task: Task, index: int, off: Mismatch, summary: str, version: str) -> Sample:
    reason = faults.known(task, off, version)
    if reason:
        return Sample(index, excuse=reason, mismatch=off, summary=summary, is_expected=True)
    return Sample(index, problem=_said(index, off), mismatch=off, summary=summary)


def _gap(task: Task, index: int, error: Exception, summary: str, device: str) -> Sample:
    """A missing kernel: a failure where op_db promises it for this kind of device."""
    if catalog.is_declared(device, catalog.operators()[task.op]):
        return Sample(index, problem=_raised(index, error), summary=summary)
    return Sample(index, excuse=f"capability: {_first_line(error)}", summary=summary)


def _said(index: int, off: Mismatch) -> str:
    if not off.elements:
        return f"sample {index}: {off.what}"
    return (
        f"sample {index}: {off.actual} instead of {off.expected} at {list(off.at)}, off by "
        f"{off.off_by:.3g} where {off.allowed:.3g} is allowed; {off.bad} of {off.elements} are off"
    )


def _raised(index: int, error: Exception) -> str:
    return f"sample {index}: {type(error).__name__}: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _counts(done: list[Sample], excused: list[Sample], allowed: Tolerance) -> dict[str, object]:
    """How many samples were compared, and why others were not."""
    reasons = sorted({sample.excuse for sample in excused})
    return {
        "samples": len(done),
        "failed": sum(bool(sample.problem) for sample in done),
        "tolerance": str(allowed),
        **({"not compared": len(excused), "reasons": reasons[:5]} if excused else {}),
    }


def _account(sample: Sample) -> dict[str, object]:
    """Everything about one sample that failed."""
    mismatch = sample.mismatch._asdict() if sample.mismatch else {}
    return {"sample": sample.number, "input": sample.summary, **mismatch}
