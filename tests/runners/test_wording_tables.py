"""The sentences of a report and the words for an end, one by one."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.names import canonical
from matrix.status import BAD, Status
from runners.ending import Exit, Way, because, how, says_no_room
from runners.wording import counted, counts, differs, has_failed, sentence
from runners.work import CaseResult, Component


def case(status: Status, message: str = "", name: str = "a", **more: Any) -> CaseResult:
    return CaseResult(name, status, message=message, **more)


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        (Status.FAIL, "failed"),
        (Status.ERROR, "ended as ERROR"),
        (Status.MISS, "ended as MISS"),
        (Status.SKIP, "skipped"),
    ],
)
def test_the_first_such_case_is_named(status: Status, verb: str) -> None:
    cases = [case(Status.PASS, name="p"), case(status, "why", "x"), case(status, "other", "y")]
    assert sentence(status, "", cases) == f"2 of 3 cases {verb}: x: why."


@pytest.mark.parametrize("status", [Status.PASS, Status.DONE])
def test_what_is_fine_needs_no_words(status: Status) -> None:
    assert sentence(status, "", [case(status, "all good")]) == ""


def test_a_reason_that_is_there_is_kept() -> None:
    assert sentence(Status.FAIL, "It hung.", [case(Status.FAIL, "no")]) == "It hung."


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("", "1 of 1 case failed: a."),
        ("off by one", "1 of 1 case failed: a: off by one."),
        ("off by one.", "1 of 1 case failed: a: off by one."),
        ("first\nsecond", "1 of 1 case failed: a: first."),
        ("\nsecond", "1 of 1 case failed: a."),
        ("  blanks  ", "1 of 1 case failed: a: blanks."),
        ("wait...", "1 of 1 case failed: a: wait."),
    ],
)
def test_only_a_messages_first_line_is_told(message: str, told: str) -> None:
    assert sentence(Status.FAIL, "", [case(Status.FAIL, message)]) == told


def test_a_failure_that_was_foreseen_is_not_the_one_named() -> None:
    cases = [case(Status.FAIL, "known", "k", expected=True), case(Status.FAIL, "new", "n")]
    assert sentence(Status.FAIL, "", cases) == "1 of 2 cases failed: n: new."


@given(
    st.sampled_from(Status),
    st.lists(st.builds(case, st.sampled_from(Status), st.text(max_size=20)), max_size=6),
)
def test_a_sentence_is_one_line_with_an_end(status: Status, cases: list[CaseResult]) -> None:
    told = sentence(status, "", cases)
    assert "\n" not in told
    assert not told or told.endswith(".")
    assert bool(told) == (
        status not in {Status.PASS, Status.DONE} and any(one.status is status for one in cases)
    )


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("foreseen", ["", "expected", "planted"])
def test_only_a_foreseen_failure_is_left_out_of_the_roll_up(status: Status, foreseen: str) -> None:
    one = case(status, **({foreseen: True} if foreseen else {}))
    assert counts(one) == (not (foreseen and status is Status.FAIL))
    assert has_failed(one) == (status in BAD and counts(one))


@pytest.mark.parametrize(
    ("locked", "found", "told"),
    [
        ("2.13.0", Component("torch", "2.13.0"), ""),
        ("2.13.0", Component("torch", "2.13.0", "cu130"), ""),
        ("2.13.0+cpu", Component("torch", "2.13.0", "cpu"), ""),
        ("2.13.0+cpu", Component("torch", "2.13.0"), "torch is 2.13.0, not 2.13.0+cpu"),
        (
            "2.13.0+cpu",
            Component("torch", "2.13.0", "cu130"),
            "torch is 2.13.0+cu130, not 2.13.0+cpu",
        ),
        ("2.13.0", Component("torch", "2.13.1", "cpu"), "torch is 2.13.1+cpu, not 2.13.0"),
        ("2.13", Component("torch", "2.13.0"), "torch is 2.13.0, not 2.13"),
        ("2.13.0", None, "torch 2.13.0 was not found"),
    ],
)
def test_a_difference_from_the_lock_is_told_exactly(
    locked: str, found: Component | None, told: str
) -> None:
    assert differs("torch", locked, {"torch": found} if found else {}) == told


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Flask-SQLAlchemy", "flask-sqlalchemy"),
        ("ruamel.yaml", "ruamel-yaml"),
        ("typing_extensions", "typing-extensions"),
        ("a-_.b", "a-b"),
    ],
)
def test_a_distribution_is_found_however_it_is_written(name: str, same: str) -> None:
    assert canonical(name) == same
    assert differs(name, "1", {same: Component(same, "1")}) == ""


@given(st.text("abAB-_.", max_size=20))
def test_the_canonical_name_is_its_own(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "no case had ended"), (1, "1 case had ended"), (20000, "20000 cases had ended")],
)
def test_how_far_it_had_come_is_counted(count: int, told: str) -> None:
    assert counted(count) == told


@pytest.mark.parametrize(
    ("end", "verb"),
    [
        (Exit(code=0), "ended with exit code 0"),
        (Exit(code=1), "ended with exit code 1"),
        (Exit(code=None, signal=signal.SIGSEGV), "was ended by SIGSEGV"),
        (Exit(code=None, signal=signal.SIGKILL), "was ended by SIGKILL"),
        (Exit(code=None, signal=63), "was ended by signal 63"),
        (
            Exit(code=None, signal=signal.SIGABRT, memory_bytes=1024),
            "was ended by SIGABRT under its memory limit of 1024 bytes",
        ),
        (Exit(code=1, memory_bytes=1024), "ended with exit code 1"),
        (Exit(Way.DEADLINE, None, 9, allowed_seconds=30.0), "did not end within 30 s"),
        (Exit(Way.DEADLINE, None, 9, allowed_seconds=0.25), "did not end within 0.25 s"),
    ],
)
def test_how_a_process_ended_is_told(end: Exit, verb: str) -> None:
    assert how(end) == verb


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), ""),
        (("",), ""),
        (("   ", "\t"), ""),
        (("Traceback", "ValueError: no"), ": ValueError: no"),
        (("ValueError: no.", "", " "), ": ValueError: no"),
        (("  indented  ",), ": indented"),
    ],
)
def test_the_last_words_are_the_cause(lines: tuple[str, ...], told: str) -> None:
    assert because(Exit(code=1, last_lines=lines)) == told


@pytest.mark.parametrize(
    ("line", "full"),
    [
        ("OSError: [Errno 28] No space left on device", True),
        ("write error: No space left on device", True),
        ("Errno 28", True),
        ("Disk quota exceeded", True),
        ("Errno 280", False),
        ("no space left on device", True),
        ("there is space left", False),
        ("", False),
    ],
)
def test_a_full_disk_is_told_by_the_systems_own_words(line: str, full: bool) -> None:
    assert says_no_room(["before", line, "after"]) == full
