"""A case's status in one small integer, worst first, with its three flags."""

from __future__ import annotations

from matrix.status import WORST_FIRST, Status

EXPECTED = 8
PLANTED = 16
FLAKY = 32
STATUS_BITS = 7

_CODES = {status: code for code, status in enumerate(WORST_FIRST)}


def code(status: Status, *, expected: bool, planted: bool, flaky: bool = False) -> int:
    """0 FAIL … 5 SKIP; plus 8 for an expected failure, 16 for a planted one, 32 for flaky."""
    return _CODES[status] + EXPECTED * expected + PLANTED * planted + FLAKY * flaky


def status_of(value: int) -> Status:
    """The status in a code."""
    return WORST_FIRST[value & STATUS_BITS]


def codes_of(statuses: frozenset[Status]) -> tuple[int, ...]:
    """The codes of these statuses, without flags."""
    return tuple(sorted(_CODES[status] for status in statuses))
