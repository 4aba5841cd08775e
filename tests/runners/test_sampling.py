"""What is seen along an attempt: of real processes, seldom, and never more than is wanted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from slots import report_of
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from runners.course import NOTHING
from runners.sampling import MOST, Sampler

pytestmark = pytest.mark.slow
BUSY = "timeout 2.6 sh -c 'while :; do :; done'\n"


def test_an_attempt_tells_what_its_processes_did(tmp_path: Path) -> None:
    report = report_of(tmp_path, ticket(HELLO + BUSY + BYE))
    assert report.status is Status.DONE, report
    course = report.course
    found = {one.name: one for one in course.gauges}
    assert course.seconds
    assert list(course.seconds) == sorted(set(course.seconds))
    assert all(len(one.values) == len(course.seconds) for one in course.gauges)
    assert max(value or 0 for value in found["cpu"].values) > 0.1
    assert max(value or 0 for value in found["memory"].values) > 100_000
    assert found["load"].unit == "processes"


def test_one_that_is_over_at_once_tells_nothing(tmp_path: Path) -> None:
    assert report_of(tmp_path, ticket(HELLO + BYE)).course == NOTHING


def test_where_nothing_runs_nothing_is_seen() -> None:
    sampler = Sampler(lambda: 0)
    sampler.look(1.0)
    assert sampler.course() == NOTHING


def test_of_a_long_one_every_second_moment_goes_and_looks_become_rarer() -> None:
    sampler = Sampler(os.getpid, pause=1.0)
    moment = 0.0
    while (moment := moment + sampler.pause) < 3 * MOST:
        sampler.look(moment)
    course = sampler.course()
    assert MOST // 2 <= len(course.seconds) <= MOST
    assert sampler.pause == 4.0
    assert course.seconds[-1] > 3 * MOST - 5
