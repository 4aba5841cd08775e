"""A job's results as JUnit XML, in the dialect that Maven Surefire and pytest share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from matrix.status import GOOD, Status
from runners.reports.told import Told, detail, tries
from runners.work import CaseResult

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(told: Told) -> str:
    """One `<testsuite>`; what ended the whole job stands there as a case of its own."""
    kinds = Counter(map(_kind, told.cases))
    broken = not any(_kind(case) in {"failure", "error"} for case in told.cases) and told.reason
    is_bad = told.status in {Status.FAIL, Status.ERROR, Status.MISS}
    extra = [_whole(told)] if broken and is_bad else []
    counts = {
        "name": told.suite,
        "tests": len(told.cases) + len(extra),
        "failures": kinds["failure"],
        "errors": kinds["error"] + len(extra),
        "skipped": kinds["skipped"],
        "time": f"{told.seconds:.6f}",
        "timestamp": told.ended_at.isoformat(timespec="seconds"),
        "hostname": told.runner,
    }
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<testsuites>",
        f"<testsuite{_attributes(counts)}>",
        *_properties(told),
        *(line for case in (*told.cases, *extra) for line in _case(case)),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _whole(told: Told) -> CaseResult:
    """The job's own end, where no case tells it."""
    return CaseResult("coevo.job", told.status, message=told.reason)


def _properties(told: Told) -> Iterator[str]:
    said = [("coevo.job", told.job), ("coevo.device", told.device)]
    said += [(f"coevo.component.{one.name}", one.version) for one in told.observed]
    said += [
        (f"coevo.metric.{m.name}", f"{','.join(map(repr, m.values))} {m.unit}")
        for m in told.metrics
    ]
    yield "<properties>"
    yield from (f"<property{_attributes({'name': n, 'value': v})}/>" for n, v in said)
    yield "</properties>"


def _case(case: CaseResult) -> Iterator[str]:
    group, _, name = case.id.rpartition("::")
    told: dict[str, object] = {"classname": group, "name": name}
    if case.seconds is not None:
        told["time"] = f"{case.seconds:.6f}"
    yield f"<testcase{_attributes(told)}>"
    own = {"device": case.device, "dtype": case.dtype}
    own |= {"status": case.status.value} if case.status is Status.DONE else {}
    if any(own.values()):
        yield "<properties>"
        for key, value in own.items():
            if value:
                yield f"<property{_attributes({'name': f'coevo.{key}', 'value': value})}/>"
        yield "</properties>"
    yield from _end(case)
    again = "flakyFailure" if case.status in GOOD else "rerunFailure"
    for one in tries(case):
        yield f"<{again}{_attributes({'message': one.message})}/>"
    more = {key: value for key, value in detail(case).items() if key != "attempts"}
    if more:
        yield f"<system-out>{_text(_shown(more))}</system-out>"
    yield "</testcase>"


def _end(case: CaseResult) -> Iterator[str]:
    """What is no pass. MISS and expected failures have no element: their `type` tells them."""
    kind = _kind(case)
    if not kind:
        return
    said: dict[str, object] = {"message": case.message.partition("\n")[0]}
    if case.status is Status.MISS:
        said["type"] = "coevo.MISS"
    elif case.expected and kind == "skipped":
        said["type"] = "coevo.expected"
    yield f"<{kind}{_attributes(said)}>{_text(case.message)}</{kind}>"


def _kind(case: CaseResult) -> str:
    if case.status is Status.SKIP or (case.expected and case.status is Status.FAIL):
        return "skipped"
    if case.status in GOOD:
        return ""
    return "failure" if case.status is Status.FAIL else "error"


def _shown(more: dict[str, object]) -> str:
    return "\n".join(f"{key}: {value}" for key, value in more.items())


def _attributes(said: dict[str, object]) -> str:
    return "".join(f" {key}={quoteattr(_legal(str(value)))}" for key, value in said.items())


def _text(text: str) -> str:
    return escape(_legal(text))


def _legal(text: str) -> str:
    """The text without what no XML document may hold."""
    return _ILLEGAL.sub("\ufffd", text)
