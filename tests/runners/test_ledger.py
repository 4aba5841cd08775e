"""The crash rules, as a fold over messages and ends."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import BAD, Evidence, Layer, Status, layer, rolled_up
from runners.ending import Exit, Way, says_no_room
from runners.ledger import HANGS, RESTARTS, Ledger
from runners.protocol import Begin, Bye, Garbage, Hello, Message
from runners.work import CaseResult, Component, Fact, MetricValue, Report

CLEAN = Exit()
HELLO = Hello("s", 0, False, None)
RESUMING = Hello("s", 0, True, None)
CRASH = Exit(code=None, signal=signal.SIGSEGV, last_lines=("boom",))
HANG = Exit(Way.DEADLINE, None, signal.SIGTERM, allowed_seconds=5)
CANCEL = Exit(Way.CANCELLED, None, signal.SIGTERM)
NO_MEMORY = Exit(code=None, signal=signal.SIGKILL, trouble="The out-of-memory killer ended it.")


def case(name: str = "a", status: Status = Status.PASS, **more: Any) -> CaseResult:
    return CaseResult(name, status, **more)


def told(*messages: Message | Garbage, end: Exit = CLEAN, **known: Any) -> Report:
    ledger = Ledger(**known)
    for message in messages:
        ledger.hear(message)
    ledger.close(end)
    return ledger.report(end)


def test_cases_roll_up_to_the_worst() -> None:
    report = told(HELLO, case("a"), case("b", Status.SKIP), case("c", Status.FAIL), Bye())
    assert (report.status, report.layer) == (Status.FAIL, Layer.CODE)


def test_all_skipped_is_a_skip_that_says_why() -> None:
    report = told(HELLO, case("a", Status.SKIP, message="no bf16 here"), Bye())
    assert report.status is Status.SKIP
    assert report.reason == "1 of 1 case skipped: a: no bf16 here."


def test_failures_that_were_foreseen_do_not_count() -> None:
    foreseen = (case("a", Status.FAIL, expected=True), case("b", Status.FAIL, planted=True))
    assert told(HELLO, *foreseen, Bye()).status is Status.PASS
    assert told(HELLO, *foreseen, case("c", Status.FAIL), Bye()).status is Status.FAIL


def test_a_signal_inside_a_case_is_that_cases_failure() -> None:
    report = told(HELLO, case("a"), Begin("b"), end=CRASH)
    assert report.cases[1].status is Status.FAIL
    assert "SIGSEGV" in report.cases[1].message
    assert "boom" in report.cases[1].message
    assert report.status is Status.FAIL


def test_a_signal_outside_any_case_is_the_tests_error() -> None:
    assert told(HELLO, case("a"), end=CRASH).status is Status.ERROR
    assert told(end=CRASH).status is Status.ERROR
    assert "after its `bye`" in told(HELLO, Bye(), end=CRASH).reason


def test_an_exit_inside_a_case_is_that_cases_failure() -> None:
    report = told(HELLO, Begin("a"), end=Exit(code=3))
    assert report.cases[0].status is Status.FAIL
    assert "exit code 3" in report.reason


def test_the_machines_trouble_is_a_miss_that_may_be_tried_again() -> None:
    report = told(HELLO, case("a", Status.FAIL), Begin("b"), end=NO_MEMORY)
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason == NO_MEMORY.trouble
    assert report.cases[1].status is Status.MISS


def test_a_cancelled_attempt_carries_what_had_ended() -> None:
    report = told(HELLO, case("a"), Begin("b"), end=CANCEL)
    assert report.cancelled
    assert report.reason == "Cancelled; 1 case had ended."
    assert [one.status for one in report.cases] == [Status.PASS, Status.SKIP]


@pytest.mark.parametrize(
    "wrong",
    [
        (Bye(),),
        (HELLO, HELLO, Bye()),
        (case(), HELLO, Bye()),
        (HELLO, Bye(), case()),
        (HELLO, case(), case(), Bye()),
        (HELLO, Garbage("{x", "no JSON"), Bye()),
        (HELLO, Begin("a"), Bye()),
        (Hello("s", 2, False, None), case(), Bye()),
        (HELLO, case()),
        (),
    ],
)
def test_a_suite_that_speaks_wrongly_is_the_tests_error(wrong: tuple[Message, ...]) -> None:
    report = told(*wrong)
    assert report.status is Status.ERROR
    assert report.reason.endswith(".")
    assert not report.retry


def test_one_id_may_stand_for_several_dtypes() -> None:
    report = told(HELLO, case(dtype="fp16"), case(dtype="bf16"), Bye())
    assert (report.status, len(report.cases)) == (Status.PASS, 2)


def test_of_several_dtypes_only_the_running_one_crashes() -> None:
    report = told(HELLO, Begin("a", "fp16"), case(dtype="fp16"), Begin("a", "bf16"), end=CRASH)
    assert [(one.dtype, one.status) for one in report.cases] == [
        ("fp16", Status.PASS),
        ("bf16", Status.FAIL),
    ]


def test_a_resuming_suite_is_started_again_behind_a_crash() -> None:
    ledger = Ledger()
    for message in (RESUMING, case("a"), Begin("b")):
        ledger.hear(message)
    ledger.close(CRASH)
    assert ledger.starts_again()
    assert [one.id for one in ledger.done()] == ["a", "b"]
    for message in (RESUMING, case("c"), Bye()):
        ledger.hear(message)
    ledger.close(Exit())
    assert not ledger.starts_again()
    report = ledger.report(Exit())
    assert report.status is Status.FAIL
    assert report.reason.startswith("1 of 3 cases failed: b: it was ended by SIGSEGV")
    assert Fact("attempt.crashes", "1", "runner") in report.facts


@pytest.mark.parametrize(("end", "limit"), [(CRASH, RESTARTS), (HANG, HANGS)])
def test_it_is_started_again_only_so_often(end: Exit, limit: int) -> None:
    ledger, starts = Ledger(), 0
    while True:
        starts += 1
        ledger.hear(RESUMING)
        ledger.hear(Begin(f"c{starts}"))
        ledger.close(end)
        if not ledger.starts_again():
            break
    assert starts == limit + 1
    assert "too often" in ledger.report(end).reason


@pytest.mark.parametrize("end", [CANCEL, NO_MEMORY, Exit()])
def test_nothing_else_is_started_again(end: Exit) -> None:
    ledger = Ledger()
    for message in (RESUMING, case("a"), Bye()):
        ledger.hear(message)
    ledger.close(end)
    assert not ledger.starts_again()


def test_the_observed_stack_is_held_against_the_lock() -> None:
    hello = Hello("s", 0, False, (Component("torch", "2.13.0", "cpu"), Component("numpy", "2.4.6")))
    same = (("torch", "2.13.0+cpu"), ("numpy", "2.4.6"))
    assert told(hello, case(), Bye(), locked=same).status is Status.PASS
    assert told(hello, case(), Bye(), locked=(("torch", "2.13.0"),)).status is Status.PASS
    other = told(hello, case(), Bye(), locked=(("torch", "2.13.0+cu130"),))
    assert (other.status, other.retry) == (Status.MISS, False)
    absent = told(hello, case(), Bye(), locked=(("triton", "3.5"),))
    assert "triton 3.5 was not found" in absent.reason


@given(st.permutations([("b", "1"), ("a", "2"), ("c", "3")]), st.lists(st.sampled_from("abc")))
def test_what_differs_from_the_lock_is_named_in_the_locks_order(
    locked: list[tuple[str, str]], wrong: list[str]
) -> None:
    found = tuple(Component(n, "9" if n in wrong else v) for n, v in locked)
    report = told(HELLO, case(), Bye(), locked=tuple(locked), installed=found)
    named = [f"{n} is 9, not {v}" for n, v in locked if n in wrong]
    assert (report.status is Status.MISS) == bool(named)
    assert "; ".join(named) in report.reason


def test_what_is_installed_stands_in_for_a_suite_that_does_not_say() -> None:
    installed = (Component("torch", "2.13.0", "cpu", "environment"),)
    report = told(HELLO, case(), Bye(), locked=(("torch", "2.13.0"),), installed=installed)
    assert (report.status, report.observed) == (Status.PASS, installed)


def test_a_suite_that_died_before_its_hello_is_not_called_a_mismatch() -> None:
    report = told(end=Exit(code=1, last_lines=("ImportError: torch",)), locked=(("torch", "2"),))
    assert report.status is Status.ERROR
    assert "ImportError: torch" in report.reason


def test_simulated_is_evidence_of_nothing_else() -> None:
    hello = HELLO._replace(simulated=True)
    assert told(hello, case(), Bye()).evidence is Evidence.SIMULATED


def test_the_reports_of_one_suite_are_all_kept() -> None:
    metric, fact = MetricValue("t", "s", "lower", (1.0,)), Fact("driver", "560", "sysfs")
    report = told(HELLO, metric, fact, fact._replace(value="561"), Bye())
    assert report.metrics == (metric,)
    assert report.facts == (fact._replace(value="561"),)
    assert report.status is Status.DONE


def test_a_disk_is_full_when_the_last_lines_say_so() -> None:
    assert says_no_room(["fine", "OSError: [Errno 28] No space left on device"])
    assert not says_no_room(["there is space left"])


MESSAGES = st.lists(
    st.one_of(
        st.just(HELLO),
        st.just(RESUMING),
        st.just(Bye()),
        st.just(Garbage("{", "no JSON")),
        st.builds(Begin, st.sampled_from("abc")),
        st.builds(case, st.sampled_from("abc"), st.sampled_from(Status)),
    ),
    max_size=12,
)
ENDS = st.sampled_from([Exit(), Exit(code=1), CRASH, HANG, CANCEL, NO_MEMORY])


@given(MESSAGES, ENDS)
def test_whatever_happens_makes_one_sound_report(messages: list[Message], end: Exit) -> None:
    report = told(*messages, end=end)
    assert (report.reason == "") == (report.status in {Status.PASS, Status.DONE})
    assert report.retry <= (report.status is Status.MISS)
    if end is not CANCEL:
        assert report.layer is layer(report.status)
    marks = [(one.id, one.device, one.dtype) for one in report.cases]
    assert len(marks) == len(set(marks))


@given(MESSAGES, ENDS)
def test_every_case_that_began_has_a_result(messages: list[Message], end: Exit) -> None:
    report = told(HELLO, *[one for one in messages if isinstance(one, Begin | CaseResult)], end=end)
    begun = {one.id for one in messages if isinstance(one, Begin)}
    assert begun <= {one.id for one in report.cases}


@given(MESSAGES, ENDS)
def test_only_a_clean_conversation_is_good(messages: list[Message], end: Exit) -> None:
    report = told(*messages, end=end)
    if report.status not in BAD and end is not CANCEL:
        assert isinstance(messages[-1], Bye)
        assert end == Exit() or end == Exit(code=1)
        assert not any(isinstance(one, Garbage) for one in messages)
        statuses = [one.status for one in report.cases]
        assert report.status is (rolled_up(statuses) if statuses else Status.DONE)
