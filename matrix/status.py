"""What can be said of a case, a job and a cell, and how the first rolls up to the last."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """The status of a case; jobs and verdicts take the worst of theirs.

    Each names the layer that is responsible (KCIDB's model).
    """

    FAIL = "FAIL"  # the code under test is wrong
    ERROR = "ERROR"  # the test is wrong
    MISS = "MISS"  # the harness or the runner failed; nothing is known of the code
    PASS = "PASS"  # noqa: S105 - a status, no password
    DONE = "DONE"  # measured, no verdict
    SKIP = "SKIP"  # not run, with a reason


class Layer(StrEnum):
    """Who is asked first."""

    CODE = "code"
    TEST = "test"
    INFRA = "infra"
    CAPACITY = "capacity"
    NONE = "none"


class Role(StrEnum):
    """How a suite on a stack counts for its cell's face."""

    HEADLINE = "headline"
    WATCH = "watch"
    SHADOW = "shadow"


class Evidence(StrEnum):
    """How far a report can be believed."""

    SIMULATED = "simulated"
    SELF_REPORTED = "self-reported"
    SIGNED = "signed"
    VERIFIED = "verified"


WORST_FIRST = (Status.FAIL, Status.ERROR, Status.MISS, Status.PASS, Status.DONE, Status.SKIP)
GOOD = frozenset({Status.PASS, Status.DONE})
WRONG = frozenset({Status.FAIL, Status.ERROR})  # the code is, or the test
BAD = WRONG | {Status.MISS}
TELLING = GOOD | WRONG  # something is known of the code
_RANK = {status: rank for rank, status in enumerate(WORST_FIRST)}
_LAYER = {Status.FAIL: Layer.CODE, Status.ERROR: Layer.TEST, Status.MISS: Layer.INFRA}


def rolled_up(statuses: Iterable[Status]) -> Status:
    """The worst of them; of nothing, SKIP."""
    return min(statuses, key=_RANK.__getitem__, default=Status.SKIP)


def layer(status: Status) -> Layer:
    """Who answers for a status."""
    return _LAYER.get(status, Layer.NONE)
