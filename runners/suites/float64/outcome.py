"""How a case of several samples came out, told so that a person can follow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Optional

from runners.suites.float64 import compare
from runners.suites.float64.compare import Leaf, Mismatch, Tolerance
from runners.suites.float64.rounding import REPLICATES, Answer, Spreads


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


def skipped(reason: str) -> Outcome:
    """The outcome of a case that is not run."""
    return Outcome("SKIP", reason, {}, expected=False)


def outcome(done: Sequence[Sample], allowed: object, none: str) -> Outcome:
    """What the samples of a case come to: FAIL by the first that fails, SKIP if none was compared.

    `allowed` is the tolerance as it is told, `none` what to say where there are no samples.
    """
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
        reason = excused[0].excuse if excused else none
        return Outcome("SKIP", reason, detail, expected=False)
    return Outcome("PASS", "", detail, expected=False)


def off(
    found: list[Leaf],
    answer: Answer,
    allowed: Tolerance,
    spreads: Callable[[int], Spreads],
    replicates: Sequence[int] = (REPLICATES,),
) -> Optional[Mismatch]:  # noqa: UP045 - Python 3.9 reads it
    """What is off. What rounding does to the computation is only estimated where it matters.

    `spreads` does so by as many repetitions as it is asked for; more of them where few do not do.
    """
    wrong = compare.mismatch(found, answer.leaves, allowed)
    for number in replicates:
        if not wrong:
            return None
        wrong = compare.mismatch(found, answer.leaves, allowed, spreads(number))
    return wrong


def judged(
    index: int,
    off: Optional[Mismatch],  # noqa: UP045 - Python 3.9 reads it
    excuse: str,
    summary: str,
) -> Sample:
    """How a sample came out by what is off in it; `excuse` is why that was expected, if it was."""
    if not off:
        return Sample(index)
    if excuse:
        return Sample(index, excuse=excuse, mismatch=off, summary=summary, is_expected=True)
    return Sample(index, problem=differs(index, off), mismatch=off, summary=summary)


def differs(index: int, off: Mismatch) -> str:
    """The sentence about a sample that is off."""
    if not off.elements:
        return f"sample {index}: {off.what}"
    return (
        f"sample {index}: {off.actual} instead of {off.expected} at {list(off.at)}, off by "
        f"{off.off_by:.3g} where {off.allowed:.3g} is allowed; {off.bad} of {off.elements} are off"
    )


def raised(index: int, error: Exception) -> str:
    """The sentence about a sample that raised."""
    return f"sample {index}: {type(error).__name__}: {first_line(error)}"


def first_line(error: Exception) -> str:
    """What an exception says, as far as a line of a report holds it."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def _counts(
    done: Sequence[Sample], excused: Sequence[Sample], allowed: object
) -> dict[str, object]:
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
