"""What is wrong with a suite, told from two runs of it: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from matrix.model import Suite
from matrix.names import canonical
from matrix.status import Status
from runners.work import CaseResult, Report

MISTAKE, ADVICE = "mistake", "advice"
_NAMED = 5
# Words of ids that tell a device or a dtype, as torch and others append them.
_VARIANTS = re.compile(
    r"(?:^|[^a-z0-9])(cpu|cuda|xpu|mps|hpu|npu|float(?:16|32|64)|bfloat16|int(?:8|16|32|64))"
    r"(?:$|[^a-z0-9])",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """Something to be said of a suite: a mistake, or advice, and what to do about it."""

    kind: str
    problem: str
    hint: str


def found(suite: Suite, first: Report, second: Report) -> tuple[Found, ...]:
    """What is wrong; a case that fails is no mistake of the suite's."""
    return (
        *_spoken(first),
        *(_spoken(second) if second.status is not first.status else ()),
        *_unstable(first, second),
        *_measured(suite, first),
        *_foreseen(suite, first),
        *_variants(first),
    )


def _spoken(report: Report) -> Iterator[Found]:
    """Whether it could be run, and spoke as the protocol or its format wants."""
    if report.status is Status.MISS:
        hint = "nothing is known of the suite: see to the machine, then check again"
        yield Found(MISTAKE, f"it did not come to run: {report.reason}", hint)
    elif report.status is Status.ERROR:
        hint = "docs/suites/protocol.md has the lines, docs/suites.md the formats"
        yield Found(MISTAKE, report.reason, hint)
    elif not report.cases and not report.metrics:
        hint = "say a `case` for each thing that is tested"
        yield Found(MISTAKE, "it has no case and no metric", hint)


def _unstable(first: Report, second: Report) -> Iterator[Found]:
    """Cases that only one of two runs has: their history would break with every run."""
    one, other = ({(case.id, case.dtype) for case in report.cases} for report in (first, second))
    names = sorted(id_ for id_, _ in one ^ other)
    if names and first.status is not Status.MISS and second.status is not Status.MISS:
        hint = "leave out of ids what changes: addresses, times, random numbers, order"
        yield Found(MISTAKE, f"two runs have different cases: {_some(names)}", hint)


def _measured(suite: Suite, report: Report) -> Iterator[Found]:
    """Metrics that nobody can read, or that say other than the declaration."""
    declared = {metric.name: metric for metric in suite.metrics}
    told = {metric.name: metric for metric in report.metrics}
    for name, metric in sorted(told.items()):
        hint = f"declare it: metrics: {{{name}: {{unit: …, better: higher}}}}"
        if not metric.unit:
            yield Found(MISTAKE, f"the metric {name} has no unit", hint)
        if not metric.better:
            yield Found(MISTAKE, f"nobody knows if {name} is better higher or lower", hint)
        own = declared.get(name)
        if own and metric.unit and (own.unit, own.better) != (metric.unit, metric.better):
            problem = f"{name} is declared in {own.unit} ({own.better}), and told in "
            problem += f"{metric.unit} ({metric.better})"
            yield Found(MISTAKE, problem, "let both say the same")
    for name in sorted(declared.keys() - told.keys()):
        yield Found(ADVICE, f"the declared metric {name} was not measured", "is it spelt alike?")


def _foreseen(suite: Suite, report: Report) -> Iterator[Found]:
    """Expected failures that nothing can come of: of a component or a case that is not there."""
    seen = {canonical(one.name) for one in report.observed}
    there = [(one.name, one.version) for one in report.observed]
    for one in suite.expected if seen else ():
        if canonical(one.component) not in seen:
            problem = f"failures of {one.component} are expected, which was not observed"
            yield Found(ADVICE, problem, "is it spelt as its distribution is called?")
        elif any(one.holds_for(*component) for component in there):
            lost = sorted(glob for glob in one.cases if not _is_met(glob, report))
            if lost:
                problem = f"expected failures have no case: {_some(lost)}"
                yield Found(ADVICE, problem, "are they spelt alike? `*` stands for any letters")


def _is_met(glob: str, report: Report) -> bool:
    return any(fnmatchcase(case.id, glob) for case in report.cases)


def _variants(report: Report) -> Iterator[Found]:
    names = sorted({case.id for case in report.cases if _tells_variant(case)})
    if names:
        hint = "say them as `device` and `dtype`, so that cells can be compared"
        yield Found(ADVICE, f"ids tell a device or a dtype: {_some(names)}", hint)


def _tells_variant(case: CaseResult) -> bool:
    return _VARIANTS.search(case.id) is not None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
