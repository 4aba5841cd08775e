"""Tries of a case before its last one: kept with it, and what they make of it."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import BAD, Status
from runners.ending import Exit, Way
from runners.ledger import Ledger
from runners.protocol import Again, Begin, Bye, Garbage, Hello, parse
from runners.retried import KEPT, Tries
from runners.work import CaseResult

HELLO = Hello("s", 0, resume=False, observed=None)


def try_(status: Status = Status.FAIL, message: str = "no", seconds: float = 0.5) -> Again:
    return Again(CaseResult("a", status, seconds, message=message))


def attempts(case: CaseResult) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(case.detail)["attempts"]
    return found


class Story(NamedTuple):
    """What a case went through, and what it is then."""

    what: str
    tries: tuple[Status, ...]
    end: Status
    is_flaky: bool


STORIES = (
    Story(
        what="passed at once",
        tries=(),
        end=Status.PASS,
        is_flaky=False,
    ),
    Story(
        what="passed at last",
        tries=(Status.FAIL, Status.FAIL),
        end=Status.PASS,
        is_flaky=True,
    ),
    Story(
        what="the test was wrong, then right",
        tries=(Status.ERROR,),
        end=Status.PASS,
        is_flaky=True,
    ),
    Story(
        what="never passed",
        tries=(Status.FAIL, Status.FAIL),
        end=Status.FAIL,
        is_flaky=False,
    ),
    Story(
        what="passed twice",
        tries=(Status.PASS,),
        end=Status.PASS,
        is_flaky=False,
    ),
    Story(
        what="was skipped at last",
        tries=(Status.FAIL,),
        end=Status.SKIP,
        is_flaky=False,
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=[one.what for one in STORIES])
def test_what_a_case_is_after_its_tries(story: Story) -> None:
    ledger = Ledger()
    ledger.hear(HELLO)
    for status in story.tries:
        ledger.hear(Begin("a"))
        assert ledger.hear(try_(status)) is None
    case = ledger.hear(CaseResult("a", story.end))

    assert case is not None
    assert (case.status, case.flaky) == (story.end, story.is_flaky)
    if story.tries:
        assert [one["status"] for one in attempts(case)] == list(story.tries)


def test_a_flaky_case_says_at_which_try_it_passed_and_why_not_before() -> None:
    tries = Tries()
    tries.add(try_(message="first\nmore").case)
    tries.add(try_(message="second").case)
    case = tries.told(CaseResult("a", Status.PASS))

    assert case.message == "passed at try 3: first"
    assert attempts(case) == [
        {"status": "FAIL", "seconds": 0.5, "message": "first\nmore"},
        {"status": "FAIL", "seconds": 0.5, "message": "second"},
    ]


def test_what_the_case_says_itself_stays() -> None:
    tries = Tries()
    tries.add(try_().case)
    case = tries.told(CaseResult("a", Status.PASS, message="own", detail='{"k": 1}'))

    assert case.message == "own"
    assert json.loads(case.detail)["k"] == 1


def test_a_detail_that_is_no_object_stands_beside_the_tries() -> None:
    tries = Tries()
    tries.add(try_().case)
    case = tries.told(CaseResult("a", Status.PASS, detail="[1, 2]"))

    assert json.loads(case.detail)["detail"] == [1, 2]


def test_tries_of_another_dtype_are_another_cases() -> None:
    tries = Tries()
    tries.add(CaseResult("a", Status.FAIL, dtype="float32"))

    assert tries.told(CaseResult("a", Status.PASS, dtype="bfloat16")).detail == ""
    assert tries.told(CaseResult("a", Status.PASS, dtype="float32")).flaky


def test_of_many_tries_some_are_kept_and_all_are_counted() -> None:
    tries = Tries()
    for _ in range(KEPT + 5):
        tries.add(try_().case)
    case = tries.told(CaseResult("a", Status.FAIL))

    assert len(attempts(case)) == KEPT
    assert json.loads(case.detail)["tries"] == KEPT + 5


def test_a_long_message_is_cut() -> None:
    tries = Tries()
    tries.add(try_(message="x" * 9000).case)

    (one,) = attempts(tries.told(CaseResult("a", Status.FAIL)))
    assert len(str(one["message"])) == 2000


def test_a_crash_in_a_later_try_is_the_cases_end() -> None:
    ledger = Ledger()
    ledger.hear(HELLO)
    ledger.hear(Begin("a"))
    ledger.hear(try_())
    ledger.hear(Begin("a"))
    (case,) = ledger.close(Exit(Way.ENDED, None, signal=6))

    assert case.status is Status.FAIL
    assert len(attempts(case)) == 1


def test_between_two_tries_nothing_happens_inside_the_case() -> None:
    ledger = Ledger()
    ledger.hear(HELLO)
    ledger.hear(Begin("a"))
    ledger.hear(try_())

    assert ledger.close(Exit(Way.ENDED, None, signal=6)) == ()


def test_a_try_that_no_end_follows_leaves_no_case() -> None:
    ledger = Ledger()
    ledger.hear(HELLO)
    ledger.hear(try_())
    ledger.hear(Bye())
    ledger.close(end := Exit(Way.ENDED, 0))

    assert ledger.report(end).cases == ()


def test_a_flaky_pass_is_a_pass() -> None:
    ledger = Ledger()
    ledger.hear(HELLO)
    ledger.hear(try_())
    ledger.hear(CaseResult("a", Status.PASS))
    ledger.hear(Bye())
    ledger.close(end := Exit(Way.ENDED, 0))

    assert ledger.report(end).status is Status.PASS


@pytest.mark.parametrize(
    ("line", "is_again"),
    [
        ('{"type": "case", "id": "a", "status": "FAIL", "again": true}', True),
        ('{"type": "case", "id": "a", "status": "FAIL", "again": false}', False),
        ('{"type": "case", "id": "a", "status": "FAIL"}', False),
    ],
)
def test_a_line_says_whether_another_try_follows(line: str, is_again: bool) -> None:
    assert isinstance(parse(line.encode()), Again) is is_again


@pytest.mark.parametrize("value", ['"yes"', "1", "null", "[]"])
def test_again_is_true_or_false(value: str) -> None:
    line = f'{{"type": "case", "id": "a", "status": "FAIL", "again": {value}}}'

    assert isinstance(parse(line.encode()), Garbage)


@given(
    st.lists(st.sampled_from(Status), max_size=20),
    st.sampled_from(Status),
)
def test_only_a_pass_behind_something_bad_is_flaky(tries: list[Status], end: Status) -> None:
    held = Tries()
    for status in tries:
        held.add(CaseResult("a", status))
    case = held.told(CaseResult("a", end))

    assert case.flaky == (end is Status.PASS and bool(BAD & set(tries)))
    assert held.count == len(tries)
    if tries:
        assert len(attempts(case)) == min(len(tries), KEPT)
