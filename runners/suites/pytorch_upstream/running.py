"""Runs one test as unittest does, and says how it ended in our words."""

from __future__ import annotations

import faulthandler
import traceback
import unittest
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional  # Any: what sys.exc_info() gives

from runners.suites import harness
from runners.suites.pytorch_upstream.gathering import Test

_OUTPUT = 12000


class Ended(NamedTuple):
    """`expected`: PyTorch itself expects the failure."""

    status: str
    message: str = ""
    expected: bool = False
    output: str = ""


class Classes:
    """Sets classes of tests up before the first of their tests, and down behind the last."""

    def __init__(self) -> None:
        self._open: Optional[type[unittest.TestCase]] = None  # noqa: UP045 - Python 3.9 reads it

    def enter(self, kind: Optional[type[unittest.TestCase]]) -> None:  # noqa: UP045 - the same
        """From here on tests are of this class; None at the end."""
        if kind is self._open:
            return
        if self._open is not None:
            self._open.tearDownClass()
        self._open = kind
        if kind is not None:
            kind.setUpClass()


def carry_out(suite: harness.Suite, tests: Sequence[Test], seconds: float) -> None:
    """Run those that are wanted, and tell of each."""
    classes, statuses = Classes(), Counter[str]()
    for test in tests:
        if not suite.wants(test.id, test.dtype):
            continue
        with suite.case(test.id, dtype=test.dtype) as case:
            ended = ran(test, classes, seconds)
            case.status = ended.status
            case.note(message=ended.message, expected=ended.expected, output=ended.output)
        statuses[case.status] += 1
        if case.status == "FAIL":
            print(f"{test.id} [{test.dtype}] {case.said['message']}", flush=True)  # noqa: T201 - the log
    classes.enter(None)
    print(", ".join(f"{n} {status}" for status, n in sorted(statuses.items())), flush=True)  # noqa: T201 - the log


def ran(test: Test, classes: Classes, seconds: float) -> Ended:
    """How it ended. One that takes too long ends the process, and its stacks are in the log."""
    result = _Result()
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        classes.enter(test.kind)
        test.kind(test.method).run(result)
    except unittest.SkipTest as reason:  # of all the class
        return Ended("SKIP", str(reason))
    finally:
        faulthandler.cancel_dump_traceback_later()
    return result.ended


class _Result(unittest.TestResult):
    """Keeps how the one test ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = Ended("PASS")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802 - unittest's
        super().addSkip(test, reason)
        if self.ended.status != "FAIL":  # in a part of the test
            self.ended = Ended("SKIP", reason or "PyTorch gives no reason")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802, ANN401 - the same
        super().addFailure(test, err)
        self.ended = _failed(err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802, ANN401 - the same
        super().addError(test, err)
        self.ended = _failed(err)

    def addSubTest(  # noqa: N802 - the same
        self,
        test: unittest.TestCase,
        subtest: unittest.TestCase,
        err: Any,  # noqa: ANN401 - the same
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.ended = _failed(err)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802, ANN401 - the same
        super().addExpectedFailure(test, err)
        self.ended = _failed(err)._replace(expected=True)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802 - the same
        super().addUnexpectedSuccess(test)
        self.ended = Ended("PASS", "passed, though PyTorch expects it to fail")


def _failed(problem: Any) -> Ended:  # noqa: ANN401 - what sys.exc_info() gives
    _, error, _ = problem
    lines = [line for line in str(error).splitlines() if line.strip()]
    kind = type(error.__cause__ or error).__name__  # torch wraps it to name the sample
    message = f"{kind}: {' '.join(lines[:3])[:1500]}"
    return Ended("FAIL", message, output="".join(traceback.format_exception(*problem))[-_OUTPUT:])
