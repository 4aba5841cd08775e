"""Earlier tries of a case are shown line by line; any other detail as it is."""

from __future__ import annotations

import json

import pytest

from dashboard.web import marks
from dashboard.web.case_context import cases_context, detail_pairs
from dashboard.web.paging import CaseQuery
from matrix.status import Status
from orchestrator.views import CasePage
from runners.work import CaseResult


def shown(detail: object) -> dict[str, str]:
    return dict(detail_pairs(json.dumps(detail)))


def test_tries_are_numbered_lines() -> None:
    tries = [
        {"status": "FAIL", "seconds": 0.5, "message": "first"},
        {"status": "ERROR", "seconds": None, "message": "second"},
    ]

    assert shown({"attempts": tries})["attempts"] == "1: FAIL first\n2: ERROR second"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "[]"),
        ([1, 2], "[1, 2]"),
        ([{"status": "FAIL"}], '[{"status": "FAIL"}]'),
        ([{"status": "FAIL", "message": "m"}, 3], '[{"status": "FAIL", "message": "m"}, 3]'),
        ({"k": "v"}, '{"k": "v"}'),
        ("plain", "plain"),
        (0.5, "0.5"),
    ],
)
def test_what_are_no_tries_stays_as_it_is(value: object, text: str) -> None:
    assert shown({"other": value})["other"] == text


@pytest.mark.parametrize(
    ("case", "look", "is_bad"),
    [
        (
            CaseResult("a", Status.PASS, flaky=True),
            marks.FLAKY,
            False,
        ),
        (
            CaseResult("a", Status.FAIL, expected=True),
            marks.EXPECTED,
            False,
        ),
        (
            CaseResult("a", Status.PASS, expected=True),
            marks.UNEXPECTED,
            False,
        ),
        (
            CaseResult("a", Status.FAIL),
            marks.of_status(Status.FAIL),
            True,
        ),
        (
            CaseResult("a", Status.PASS),
            marks.of_status(Status.PASS),
            False,
        ),
    ],
    ids=["flaky", "expected", "unexpected", "failed", "passed"],
)
def test_each_case_has_its_look(case: CaseResult, look: marks.Look, is_bad: bool) -> None:
    (row,) = cases_context("/here", CasePage(1, (case,)), CaseQuery()).rows

    assert (row.look, row.is_bad) == (look, is_bad)
