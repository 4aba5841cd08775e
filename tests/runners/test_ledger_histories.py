"""Random histories of whole attempts, several processes each: one sound report comes of them."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import BAD, GOOD, WORST_FIRST, Layer, Status, rolled_up
from runners.ending import Exit, Way
from runners.ledger import HANGS, RESTARTS, Ledger
from runners.protocol import Begin, Bye, Garbage, Hello, Message
from runners.wording import counts
from runners.work import CaseResult, Component, Fact, MetricValue, Report

Said = Message | Garbage
CLEAN = Exit()
SEGFAULT = Exit(code=None, signal=signal.SIGSEGV, last_lines=("Fatal Python error", "boom."))
ABORT = Exit(code=None, signal=signal.SIGABRT)
EXIT_3 = Exit(code=3, last_lines=("ValueError: no",))
HANG = Exit(Way.DEADLINE, None, signal.SIGKILL, allowed_seconds=2.5)
CANCEL = Exit(Way.CANCELLED, None, signal.SIGTERM)
REFUSED = Exit(Way.REFUSED, None, refusal="no such file: suite.py")
OUT_OF_MEMORY = Exit(code=None, signal=signal.SIGKILL, trouble="The killer ended it.")
NO_DISK = Exit(code=1, trouble="The disk of the runner is full.")
ENDS = (CLEAN, SEGFAULT, ABORT, EXIT_3, HANG, CANCEL, REFUSED, OUT_OF_MEMORY, NO_DISK)


@dataclass
class History:
    """What an attempt lives through: the ledger, its processes, what it handed back on the way."""

    ledger: Ledger
    report: Report
    processes: int
    told: list[CaseResult]
    begun: set[str]


def lived(processes: list[tuple[list[Said], Exit]]) -> History:
    """Carry processes out as an attempt does: the next one only where the ledger asks for it."""
    ledger, told, begun, used, end = Ledger(device="cpu"), [], set(), 0, CLEAN
    for messages, end in processes:
        used, has_greeted = used + 1, False
        for said in messages:
            has_greeted = has_greeted or isinstance(said, Hello)
            if isinstance(said, Begin) and has_greeted and not ledger.has_said_bye:
                begun.add(said.id)
            case = ledger.hear(said)
            told += [case] if case is not None else []
        told += ledger.close(end)
        if not ledger.starts_again():
            break
    else:
        ledger.close(end)
    return History(ledger, ledger.report(end), used, told, begun)


IDS = st.sampled_from("abcdefgh")
CASES = st.builds(
    CaseResult,
    id=IDS,
    status=st.sampled_from(Status),
    dtype=st.sampled_from(["", "fp16"]),
    message=st.sampled_from(["", "off by one.", "two\nlines"]),
    expected=st.booleans(),
    planted=st.booleans(),
)
SAID = st.one_of(
    CASES,
    CASES,
    st.builds(Begin, IDS, st.sampled_from(["", "fp16"])),
    st.just(Bye()),
    st.builds(MetricValue, IDS, st.just("s"), st.just("lower"), st.just((1.0,))),
    st.builds(Fact, IDS, IDS, st.just("suite")),
    st.builds(Garbage, st.just("{oops"), st.just("no JSON")),
)
HELLOS = st.builds(Hello, st.just("s"), st.integers(0, 4), st.booleans(), st.none(), st.booleans())
TALKS = st.tuples(st.lists(HELLOS, max_size=1), st.lists(SAID, max_size=8)).map(
    lambda parts: [*parts[0], *parts[1]]
)
HISTORIES = st.lists(st.tuples(TALKS, st.sampled_from(ENDS)), min_size=1, max_size=5).map(lived)


@given(HISTORIES)
def test_a_reason_is_given_unless_it_passed_or_was_measured(history: History) -> None:
    report = history.report
    is_good = report.status in {Status.PASS, Status.DONE}
    is_news = any(case.expected and case.status in GOOD for case in report.cases)
    assert bool(report.reason) == (is_news or not is_good)
    assert report.reason == report.reason.strip()
    assert not report.reason or report.reason.endswith(".")


@given(HISTORIES)
def test_no_case_that_was_handed_on_is_missing_from_the_report(history: History) -> None:
    assert list(history.report.cases) == history.told
    assert list(history.ledger.done()) == history.told


@given(HISTORIES)
def test_no_case_is_reported_twice(history: History) -> None:
    marks = [(case.id, case.device, case.dtype) for case in history.report.cases]
    assert len(marks) == len(set(marks))


@given(HISTORIES)
def test_what_began_in_a_conversation_has_a_result(history: History) -> None:
    assert history.begun <= {case.id for case in history.report.cases}


@given(HISTORIES)
def test_the_report_is_at_least_as_bad_as_its_worst_case_unless_the_machine_decides(
    history: History,
) -> None:
    report = history.report
    worst = rolled_up(case.status for case in report.cases if counts(case))
    if report.status is Status.MISS or report.cancelled:
        return
    rank = WORST_FIRST.index
    assert not report.cases or rank(report.status) <= rank(worst)


@given(HISTORIES)
def test_only_what_passed_can_be_a_pass(history: History) -> None:
    if history.report.status is Status.PASS:
        bad = [case for case in history.report.cases if case.status in BAD and counts(case)]
        assert bad == []
        assert history.report.cases


@given(HISTORIES)
def test_infrastructure_alone_is_tried_again(history: History) -> None:
    report = history.report
    assert not report.retry or (report.status is Status.MISS and report.layer is Layer.INFRA)


@given(HISTORIES)
def test_a_cancelled_attempt_is_nobodys_fault(history: History) -> None:
    if history.report.cancelled:
        assert history.report.layer is Layer.NONE
        assert history.report.status is Status.SKIP
        assert not history.report.retry


@given(HISTORIES)
def test_a_report_can_be_asked_for_again_without_changing(history: History) -> None:
    assert history.ledger.report(CLEAN).cases == history.report.cases
    assert history.ledger.report(CLEAN).status is history.ledger.report(CLEAN).status


@given(HISTORIES)
def test_restarts_are_counted_as_a_fact(history: History) -> None:
    again = history.ledger.crashes + history.ledger.hangs
    said = [fact.value for fact in history.report.facts if fact.name == "attempt.crashes"]
    assert said == ([str(again)] if again else [])
    assert history.processes <= RESTARTS + HANGS + 1


@pytest.mark.parametrize("crashes", range(4))
@pytest.mark.parametrize("end", [SEGFAULT, ABORT, EXIT_3])
def test_every_crash_costs_one_case_and_the_rest_is_run(crashes: int, end: Exit) -> None:
    hello = Hello("s", 5, True, None)
    crashed: list[tuple[list[Said], Exit]] = [
        ([hello, Begin(f"bad{number}")], end) for number in range(crashes)
    ]
    rest: list[Said] = [hello, *(CaseResult(f"good{n}", Status.PASS) for n in range(5)), Bye()]
    history = lived([*crashed, (rest, CLEAN)])
    assert history.processes == crashes + 1
    statuses = [case.status for case in history.report.cases]
    assert statuses == [Status.FAIL] * crashes + [Status.PASS] * 5
    assert history.report.status is (Status.FAIL if crashes else Status.PASS)
    assert (history.ledger.crashes, history.ledger.hangs) == (crashes, 0)


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        (SEGFAULT, Status.ERROR, "It was ended by SIGSEGV outside any case: boom."),
        (ABORT, Status.ERROR, "It was ended by SIGABRT outside any case."),
        (EXIT_3, Status.ERROR, "It ended with exit code 3 outside any case: ValueError: no."),
        (HANG, Status.ERROR, "It did not end within 2.5 s outside any case."),
        (CANCEL, Status.SKIP, "Cancelled; no case had ended."),
        (REFUSED, Status.ERROR, "The suite could not be started: no such file: suite.py."),
        (OUT_OF_MEMORY, Status.MISS, "The killer ended it."),
        (NO_DISK, Status.MISS, "The disk of the runner is full."),
    ],
)
def test_each_end_outside_a_case_has_its_sentence(end: Exit, status: Status, reason: str) -> None:
    report = lived([([Hello("s", 0, False, None)], end)]).report
    assert (report.status, report.reason) == (status, reason)
    assert (report.exit_code, report.signal, report.last_lines) == (
        end.code,
        end.signal,
        end.last_lines,
    )


@pytest.mark.parametrize(
    ("end", "status", "message"),
    [
        (SEGFAULT, Status.FAIL, "it was ended by SIGSEGV inside this case"),
        (HANG, Status.FAIL, "it did not end within 2.5 s inside this case"),
        (EXIT_3, Status.FAIL, "it ended with exit code 3 inside this case"),
        (CANCEL, Status.SKIP, "cancelled inside this case"),
        (OUT_OF_MEMORY, Status.MISS, "The killer ended it."),
        (CLEAN, Status.FAIL, "it ended with exit code 0 inside this case"),
    ],
)
def test_each_end_inside_a_case_is_that_cases(end: Exit, status: Status, message: str) -> None:
    report = lived([([Hello("s", 0, False, None), Begin("a", "fp16", "cuda:1")], end)]).report
    (case,) = report.cases
    assert (case.status, case.dtype, case.device) == (status, "fp16", "cuda:1")
    assert case.message.partition("\n")[0] == message


def test_a_case_that_does_not_say_its_device_ran_on_the_attempts() -> None:
    report = lived([([Hello("s", 0, False, None), Begin("a")], SEGFAULT)]).report
    assert report.cases[0].device == "cpu"


def test_the_stack_of_a_second_process_stands_in_for_that_of_the_first() -> None:
    first = Hello("s", 0, True, (Component("torch", "2.12.0"),))
    second = Hello("s", 0, True, (Component("torch", "2.13.0"),))
    done: list[Said] = [second, CaseResult("b", Status.PASS), Bye()]
    report = lived([([first, Begin("a")], SEGFAULT), (done, CLEAN)]).report
    assert report.observed == (Component("torch", "2.13.0"),)
