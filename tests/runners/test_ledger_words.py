"""What a person reads whose suite forgot a line of the protocol."""

from __future__ import annotations

import pytest

from matrix.status import Status
from runners.ending import Exit
from runners.ledger import Ledger
from runners.protocol import Bye, Hello, Message

HELLO = Hello("s", 0, False, None)


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        ((), 0, "It ended with exit code 0 without having said `hello`."),
        ((HELLO,), 0, "It ended with exit code 0 without having said `bye`."),
        ((HELLO,), 3, "It ended with exit code 3 outside any case."),
        ((), 3, "It ended with exit code 3 outside any case."),
    ],
)
def test_the_line_that_is_missing_is_named(
    messages: tuple[Message, ...], code: int, reason: str
) -> None:
    ledger = Ledger()
    for message in messages:
        ledger.hear(message)
    end = Exit(code=code)
    ledger.close(end)
    report = ledger.report(end)
    assert (report.status, report.reason) == (Status.ERROR, reason)


def test_a_suite_that_said_both_has_nothing_to_explain() -> None:
    ledger = Ledger()
    for message in (HELLO, Bye()):
        ledger.hear(message)
    ledger.close(Exit())
    assert ledger.report(Exit()).status is Status.DONE
