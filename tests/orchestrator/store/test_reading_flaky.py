"""A case that passed behind a failed try is stored as what it is: a pass, and flaky."""

from __future__ import annotations

import json
from itertools import product

import pytest
from worlds import World, report_of

from matrix.status import Status
from orchestrator.store import caseflags
from orchestrator.store.read_reports import cases, report
from orchestrator.views import CaseFilter
from runners.work import CaseResult

QUICK_JOB = "lab/cpu:quick"
TRIES = json.dumps({"attempts": [{"status": "FAIL", "seconds": 0.5, "message": "once"}]})
FLAKY = CaseResult(
    id="flaky",
    status=Status.PASS,
    seconds=1.0,
    device="cpu",
    message="passed at try 2: once",
    detail=TRIES,
    flaky=True,
)
QUIET = CaseResult("quiet", Status.PASS, 1.0, device="cpu", flaky=True)
STEADY = CaseResult("steady", Status.PASS, 1.0, device="cpu")


def recorded(world: World, *told: CaseResult, status: Status = Status.PASS) -> int:
    world.start(QUICK_JOB)
    (ticket,) = world.claim()
    world.end([ticket], report_of(status, *told))
    return ticket.key.job


def test_it_comes_back_with_its_tries(small: World) -> None:
    job = recorded(small, FLAKY, STEADY)
    found = {one.id: one for one in cases(small.store, job, CaseFilter(), 0, 10).cases}

    assert found["flaky"] == FLAKY
    assert not found["steady"].flaky


def test_it_is_flaky_without_a_word_too(small: World) -> None:
    job = recorded(small, QUIET)
    (found,) = cases(small.store, job, CaseFilter(), 0, 10).cases

    assert found.flaky


def test_it_counts_and_is_found_as_a_pass(small: World) -> None:
    job = recorded(small, FLAKY, STEADY)
    passed = cases(small.store, job, CaseFilter(frozenset({Status.PASS})), 0, 10)
    failed = cases(small.store, job, CaseFilter(frozenset({Status.FAIL})), 0, 10)
    view = report(small.store, job)

    assert (passed.total, failed.total) == (2, 0)
    assert view is not None
    assert view.counts.passed == 2


@pytest.mark.parametrize(
    ("status", "expected", "planted", "flaky"),
    list(product(Status, (False, True), (False, True), (False, True))),
)
def test_a_code_keeps_status_and_flags_apart(
    status: Status, expected: bool, planted: bool, flaky: bool
) -> None:
    code = caseflags.code(status, expected=expected, planted=planted, flaky=flaky)

    assert caseflags.status_of(code) is status
    assert bool(code & caseflags.EXPECTED) is expected
    assert bool(code & caseflags.PLANTED) is planted
    assert bool(code & caseflags.FLAKY) is flaky


def test_codes_are_as_they_were_stored_before() -> None:
    old = [caseflags.code(status, expected=False, planted=False) for status in Status]

    assert sorted(old) == [0, 1, 2, 3, 4, 5]
    assert caseflags.code(Status.FAIL, expected=True, planted=True) == 24
