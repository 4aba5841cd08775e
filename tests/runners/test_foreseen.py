"""Expected failures in a report: marked, counted for nothing, and missed where they do not come."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from matrix.expected import Expected
from matrix.status import Layer, Status
from runners.ending import Exit
from runners.ledger import Ledger
from runners.protocol import Begin, Bye, Hello, Message
from runners.work import CaseResult, Component, Report

KNOWN = Expected(
    ("mla.*",), "vllm", "<0.33", "a kernel is wrong", "ada", "2027-03-01", "https://example.org/1"
)
OVER = replace(KNOWN, is_over=True)
CLEAN = Exit()
CRASH = Exit(code=None, signal=signal.SIGSEGV, last_lines=("boom",))
FAIL, PASS = Status.FAIL, Status.PASS


def hello(version: str = "0.32.0") -> Hello:
    return Hello("serve", 0, True, (Component("vllm", version),))


def told(*messages: Message, known: Expected = KNOWN, version: str = "0.32.0") -> Report:
    ledger = Ledger(known=(known,))
    for message in (hello(version), *messages, Bye()):
        ledger.hear(message)
    ledger.close(CLEAN)
    return ledger.report(CLEAN)


def test_what_was_foreseen_stays_a_failure_and_counts_for_nothing() -> None:
    report = told(CaseResult("mla.v3", FAIL, message="wrong tokens"), CaseResult("llama", PASS))
    assert (report.status, report.layer, report.reason) == (PASS, Layer.NONE, "")
    first, second = report.cases
    assert (first.status, first.expected, second.expected) == (FAIL, True, False)
    assert first.message == (
        "wrong tokens\nexpected until 2027-03-01: a kernel is wrong (ada, https://example.org/1)"
    )


def test_where_nothing_else_was_run_it_is_no_failure_either() -> None:
    assert told(CaseResult("mla.v3", FAIL)).status is PASS


@pytest.mark.parametrize("status", [Status.ERROR, Status.MISS, Status.SKIP])
def test_only_failures_are_foreseen(status: Status) -> None:
    report = told(CaseResult("mla.v3", status, message="why"), CaseResult("llama", PASS))
    assert report.cases[0] == CaseResult("mla.v3", status, message="why")
    assert report.status is (PASS if status is Status.SKIP else status)


def test_other_cases_and_other_versions_count() -> None:
    assert told(CaseResult("llama", FAIL)).status is FAIL
    report = told(CaseResult("mla.v3", FAIL), version="0.33.0")
    assert (report.status, report.cases[0].expected) == (FAIL, False)


def test_what_passes_all_the_same_is_news() -> None:
    report = told(CaseResult("mla.v3", PASS), CaseResult("llama", PASS))
    assert report.status is PASS
    assert report.reason == "1 case passes that should fail as yet: mla.v3."
    assert report.cases[0].expected
    assert "should fail as yet: a kernel is wrong" in report.cases[0].message


def test_a_failure_is_told_before_what_passes_unexpectedly() -> None:
    report = told(CaseResult("mla.v3", PASS), CaseResult("llama", FAIL, message="off"))
    assert report.reason == "1 of 2 cases failed: llama: off."


def test_what_was_foreseen_for_too_long_counts_and_says_so() -> None:
    report = told(CaseResult("mla.v3", FAIL, message="wrong tokens"), known=OVER)
    (case,) = report.cases
    assert (report.status, case.expected) == (FAIL, False)
    assert "expected until 2027-03-01, and no longer: a kernel is wrong" in case.message
    assert told(CaseResult("mla.v3", PASS), known=OVER).reason == ""


def test_a_crash_that_was_foreseen_costs_its_case_alone() -> None:
    ledger = Ledger(known=(KNOWN,))
    ledger.hear(hello())
    ledger.hear(Begin("mla.v3"))
    (ended,) = ledger.close(CRASH)
    assert (ended.status, ended.expected) == (FAIL, True)
    assert ledger.starts_again()
    for message in (hello(), CaseResult("llama", PASS), Bye()):
        ledger.hear(message)
    ledger.close(CLEAN)
    assert ledger.report(CLEAN).status is PASS


def test_of_a_suite_that_does_not_say_the_environment_is_asked() -> None:
    ledger = Ledger(known=(KNOWN,))
    for message in (Hello("serve", 0, False, None), CaseResult("mla.v3", FAIL), Bye()):
        ledger.hear(message)
    ledger.close(CLEAN)
    ledger.installed = (Component("vllm", "0.32.0"),)
    assert ledger.report(CLEAN).status is PASS
