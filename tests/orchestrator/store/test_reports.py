from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text
from worlds import World, report_of

from matrix.status import Status
from matrix.verdict import Counts
from orchestrator.store import caseflags
from orchestrator.store.months import case_table
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases, report
from orchestrator.views import CaseFilter
from runners.work import CaseResult, Component, Ended, Fact, LogChunk, MetricValue

ALL = CaseFilter()
NASTY = ("plain", "nul\0inside", "lone \ud800 surrogate", "tab\tand\nline", "⚡ é", "", "%_\\")


def recorded(world: World, *results: CaseResult, **changes: object) -> int:
    world.start("lab/cpu:quick")
    (ticket,) = world.claim()
    world.end([ticket], report_of(Status.PASS, *results, **changes))
    return ticket.key.job


def test_cases_come_back_as_they_were_reported(small: World) -> None:
    given_case = CaseResult(
        "add.grad", Status.FAIL, 0.25, "cpu", "bfloat16", "off by 3", '{"x": 1}', "coevo suite run"
    )
    job = recorded(small, given_case)
    assert cases(small.store, job, ALL, 0, 10).cases == (given_case,)


def test_cases_come_worst_first(small: World) -> None:
    results = [CaseResult(status.value, status) for status in reversed(Status)]
    job = recorded(small, *results)
    order = [case.status for case in cases(small.store, job, ALL, 0, 10).cases]
    assert order == list(Status)


def test_cases_are_found_by_status_and_by_text(small: World) -> None:
    job = recorded(
        small,
        CaseResult("matmul", Status.PASS),
        CaseResult("Matmul.grad", Status.FAIL),
        CaseResult("add", Status.PASS),
        CaseResult("add_%", Status.PASS),
    )
    found = cases(small.store, job, CaseFilter(text="MATMUL"), 0, 10)
    assert (found.total, [case.id for case in found.cases]) == (2, ["Matmul.grad", "matmul"])
    only = CaseFilter(frozenset({Status.PASS}), "matmul")
    assert [case.id for case in cases(small.store, job, only, 0, 10).cases] == ["matmul"]
    assert cases(small.store, job, CaseFilter(text="_%"), 0, 10).total == 1


def test_cases_come_by_page(small: World) -> None:
    job = recorded(small, *(CaseResult(f"c{n:02}", Status.PASS) for n in range(25)))
    page = cases(small.store, job, ALL, 20, 10)
    assert page.total == 25
    assert [case.id for case in page.cases] == ["c20", "c21", "c22", "c23", "c24"]


def test_two_reports_do_not_mix_their_cases(small: World) -> None:
    first = recorded(small, CaseResult("a", Status.PASS), CaseResult("b", Status.FAIL))
    second = recorded(small, CaseResult("b", Status.PASS))
    assert [c.id for c in cases(small.store, first, ALL, 0, 9).cases] == ["b", "a"]
    assert [c.id for c in cases(small.store, second, ALL, 0, 9).cases] == ["b"]


def test_an_expected_failure_is_counted_apart(small: World) -> None:
    job = recorded(
        small,
        CaseResult("a", Status.FAIL, expected=True),
        CaseResult("b", Status.FAIL),
        CaseResult("c", Status.PASS, planted=True),
    )
    found = report(small.store, job)
    assert found is not None
    assert found.counts == Counts(fail=1, passed=1, expected=1)
    flags = {c.id: (c.expected, c.planted) for c in cases(small.store, job, ALL, 0, 9).cases}
    assert flags == {"a": (True, False), "b": (False, False), "c": (False, True)}


def test_everything_else_of_a_report_comes_back(small: World) -> None:
    metric = MetricValue("step", "s", "lower", (0.5, 0.25), "resnet")
    fact = Fact("cpu", "x86", "platform")
    seen = Component("torch", "2.13.0", "cpu")
    job = recorded(small, metrics=(metric,), facts=(fact,), observed=(seen,))
    found = report(small.store, job)
    assert found is not None
    assert (found.metrics, found.facts, found.observed) == ((metric,), (fact,), (seen,))


def test_a_job_without_a_report_has_none_and_no_cases(small: World) -> None:
    small.start("lab/cpu:quick")
    assert report(small.store, 1) is None
    assert cases(small.store, 1, ALL, 0, 10).total == 0


@pytest.mark.parametrize("words", NASTY)
def test_whatever_a_suite_prints_can_be_kept(small: World, words: str) -> None:
    case = CaseResult(words, Status.FAIL, message=words, repeat=words)
    job = recorded(small, case, CaseResult("other", Status.PASS), reason=words)
    again = recorded(small, case)
    (first, *_) = cases(small.store, job, ALL, 0, 10).cases
    assert cases(small.store, again, ALL, 0, 10).cases == (first,)
    assert "\0" not in first.id


def test_a_passing_case_takes_at_most_twenty_five_bytes_in_sqlite(small: World) -> None:
    if not small.store.is_sqlite:
        pytest.skip("the figure is of SQLite")
    many = tuple(CaseResult(f"op_{n:05}", Status.PASS, n / 997, "cpu", "f") for n in range(20_000))
    recorded(small, *many)
    with small.store.read() as connection:
        size = connection.execute(
            text("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'case_result_%'")
        ).scalar_one()
    assert size / 20_000 <= 25


def test_only_cases_that_have_something_to_say_get_a_detail(small: World) -> None:
    recorded(small, CaseResult("a", Status.PASS), CaseResult("b", Status.SKIP, message="known"))
    with small.store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM case_detail")).scalar_one() == 1


def test_each_month_has_a_table_of_its_own(small: World) -> None:
    recorded(small, CaseResult("a", Status.PASS))
    with small.store.read() as connection:
        assert len(connection.execute(case_table(202611).select()).all()) == 1


def test_a_report_costs_few_statements_whatever_its_length(small: World) -> None:
    recorded(small, CaseResult("a", Status.PASS))
    costs = []
    for length in (10, 1000):
        small.start("lab/cpu:quick")
        (ticket,) = small.claim()
        results = tuple(CaseResult("a", Status.PASS) for _ in range(length))
        statements: list[str] = []

        def count(*words: object, into: list[str] = statements) -> None:
            into.append(str(words[2]))

        event.listen(small.store.engine, "before_cursor_execute", count)
        small.queue.record(small.runner, [Ended(ticket.key, report_of(Status.PASS, *results))])
        event.remove(small.store.engine, "before_cursor_execute", count)
        costs.append(len(statements))
    assert costs[1] <= costs[0] <= 40


def test_log_bytes_are_read_from_any_offset(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    chunks = [LogChunk(ticket.key, 0, b"hello "), LogChunk(ticket.key, 6, b"world")]
    small.queue.note(small.runner, [], chunks)
    small.queue.note(small.runner, [], chunks)  # a repeat changes nothing
    assert log(small.store, 1, 0, 100) == (0, b"hello world", 11, False)
    assert log(small.store, 1, 3, 5) == (3, b"lo wo", 11, False)
    assert log(small.store, 1, 11, 5) == (11, b"", 11, False)


def test_lost_log_bytes_show_as_a_later_offset(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    kept = [LogChunk(ticket.key, 0, b"head"), LogChunk(ticket.key, 100, b"tail")]
    small.queue.note(small.runner, [], kept)
    assert log(small.store, 1, 0, 50) == (0, b"head", 104, False)
    assert log(small.store, 1, 4, 50) == (100, b"tail", 104, False)


def test_a_log_is_closed_when_its_attempt_has_ended(small: World) -> None:
    job = recorded(small)
    piece = log(small.store, job, 0, 10)
    assert piece is not None
    assert piece.closed
    assert log(small.store, 99, 0, 10) is None


@given(st.sampled_from(Status), st.booleans(), st.booleans())
def test_a_status_survives_its_code(status: Status, expected: bool, planted: bool) -> None:
    code = caseflags.code(status, expected=expected, planted=planted)
    assert caseflags.status_of(code) is status
    assert bool(code & caseflags.EXPECTED) == expected
    assert bool(code & caseflags.PLANTED) == planted
    assert code < 128


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_duration_that_is_none_is_unknown_and_loses_no_report(
    small: World, seconds: float
) -> None:
    job = recorded(small, CaseResult("a", Status.FAIL, seconds))
    (found,) = cases(small.store, job, ALL, 0, 9).cases
    assert (found.status, found.seconds) == (Status.FAIL, None)
