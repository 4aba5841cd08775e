"""A job's results as CTRF, the Common Test Report Format."""

from __future__ import annotations

import json
from collections import Counter

from matrix.status import Status
from runners.reports.told import Told, detail, tries
from runners.work import CaseResult

SPEC = "0.0.0"
TOOL = "coevo"
_STATUSES = {
    Status.PASS: "passed",
    Status.DONE: "passed",
    Status.FAIL: "failed",
    Status.SKIP: "skipped",
    Status.ERROR: "other",
    Status.MISS: "other",
}
_ENDED = ("passed", "failed", "skipped", "pending", "other")


def write(told: Told) -> str:
    """One report; what the format has no word for stands in `rawStatus` and `extra`."""
    tests = [_test(case) for case in told.cases]
    counts = Counter(str(test["status"]) for test in tests)
    stop = int(told.ended_at.timestamp() * 1000)
    summary = {
        "tests": len(tests),
        **{word: counts[word] for word in _ENDED},
        "flaky": sum(case.flaky for case in told.cases),
        "start": stop - int(told.seconds * 1000),
        "stop": stop,
        "extra": {"status": told.status.value, "reason": told.reason},
    }
    environment = {
        "testEnvironment": told.device,
        "extra": {
            "job": told.job,
            "runner": told.runner,
            "components": {one.name: one.version for one in told.observed},
        },
    }
    report = {
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "results": {
            "tool": {"name": TOOL},
            "summary": summary,
            "tests": tests,
            "environment": environment,
        },
    }
    return json.dumps(report, indent=2) + "\n"


def _test(case: CaseResult) -> dict[str, object]:
    *above, name = case.id.split("::")
    more = {key: value for key, value in detail(case).items() if key != "attempts"}
    said = {"device": case.device, "dtype": case.dtype, "seconds": case.seconds, "detail": more}
    said |= {"expected": case.expected}
    test: dict[str, object] = {
        "name": name,
        **({"suite": above} if above else {}),
        "status": _STATUSES[case.status],
        "rawStatus": case.status.value,
        "duration": _milliseconds(case.seconds),
        **({"message": case.message} if case.message else {}),
        "flaky": case.flaky,
        "extra": {key: value for key, value in said.items() if _says(value)},
    }
    earlier = tries(case)
    if earlier:
        test["retries"] = len(earlier)
        test["retryAttempts"] = [
            {
                "attempt": number,
                "status": _word(one.status),
                "rawStatus": one.status,
                "duration": _milliseconds(one.seconds),
                "message": one.message,
                "extra": {} if one.seconds is None else {"seconds": one.seconds},
            }
            for number, one in enumerate(earlier, 1)
        ]
    return test


def _says(value: object) -> bool:
    """Whether it is worth a line: a duration of 0 is one, an absent flag is none."""
    return bool(value) or type(value) is float


def _word(status: str) -> str:
    return _STATUSES[Status(status)] if status in set(Status) else "other"


def _milliseconds(seconds: float | None) -> int:
    """Whole ones, as the format wants them; a duration that is not known is 0."""
    return round((seconds or 0.0) * 1000)
