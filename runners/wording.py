"""The sentences of a report: why it is no pass, and which cases say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matrix.names import canonical
from matrix.status import BAD, GOOD, Status
from runners.work import CaseResult, Component


def sentence(status: Status, reason: str, cases: Iterable[CaseResult]) -> str:
    """Why it is no pass, in one sentence: what the processes' end said, or the first such case.

    Of a pass there is something to say where it was not expected.
    """
    every = list(cases)
    if reason:
        return reason
    if status in GOOD:
        return _unforeseen([case for case in every if case.status in GOOD and case.expected])
    same = [case for case in every if case.status is status and counts(case)]
    if not same:
        return ""
    verb = {Status.SKIP: "skipped", Status.FAIL: "failed"}.get(status, f"ended as {status}")
    head = f"{len(same)} of {_cases(len(every))} {verb}: {same[0].id}"
    first = same[0].message.partition("\n")[0].strip().rstrip(".")
    return f"{head}: {first}." if first else f"{head}."


def _unforeseen(cases: Sequence[CaseResult]) -> str:
    """What passes and was expected to fail: a defect is mended, and its entry out of date."""
    if not cases:
        return ""
    verb = "passes" if len(cases) == 1 else "pass"
    return f"{_cases(len(cases))} {verb} that should fail as yet: {cases[0].id}."


def has_failed(case: CaseResult) -> bool:
    """Whether a case is news for a reader of the log."""
    return case.status in BAD and counts(case)


def counts(case: CaseResult) -> bool:
    """Whether a case's status enters the roll-up: failures that were foreseen do not."""
    return not (case.status is Status.FAIL and (case.expected or case.planted))


def differs(name: str, version: str, found: Mapping[str, Component]) -> str:
    """How a component differs from its locked version; "" where it does not."""
    one = found.get(canonical(name))
    if one is None:
        return f"{name} {version} was not found"
    public, _, build = version.partition("+")
    if one.version == public and build in ("", one.build):
        return ""
    tag = f"+{one.build}" if one.build else ""
    return f"{name} is {one.version}{tag}, not {version}"


def counted(count: int) -> str:
    """How far an attempt had come."""
    return f"{_cases(count)} had ended" if count else "no case had ended"


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"
