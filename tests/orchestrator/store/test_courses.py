"""What was measured along an attempt, kept for as long as its log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import World, report_of

from matrix.model import Keep
from matrix.status import Status
from orchestrator.store.digests import digest_of
from orchestrator.store.keep import prune
from orchestrator.store.months import SAMPLES, months
from orchestrator.store.read_reports import report
from orchestrator.store.sizes import sizes
from runners.course import NOTHING, Course, Gauge

COURSE = Course(
    (1.0, 2.0, 3.5),
    (
        Gauge("memory", "bytes", "/proc", (1e9, 2.5e9, 2e9)),
        Gauge("temperature", "°C", "thermal zones", (40.5, None, 41.0)),
    ),
)


@pytest.fixture
def measured(small: World) -> World:
    small.start()
    small.end(small.claim(), report_of(Status.PASS, course=COURSE))
    return small


def course(at: World) -> Course:
    """That of the only job."""
    found = report(at.store, 1)
    assert found is not None
    return found.course


def test_it_is_read_as_it_came(measured: World) -> None:
    assert course(measured) == COURSE


def test_where_there_is_none_no_table_is_made(small: World) -> None:
    small.start()
    small.end(small.claim(), report_of())
    assert course(small) == NOTHING
    with small.store.read() as connection:
        assert months(connection, SAMPLES) == ()


def test_it_goes_with_the_logs(measured: World) -> None:
    measured.clock.pass_by(timedelta(days=70))
    kept = Keep(logs=timedelta(days=90), passing_cases=timedelta(days=1))
    assert prune(measured.store, kept).sample_months == ()
    assert course(measured) == COURSE
    gone = prune(measured.store, Keep(logs=timedelta(days=30)))
    assert len(gone.sample_months) == 1
    assert course(measured) == NOTHING


def test_its_size_is_told(measured: World) -> None:
    assert dict(sizes(measured.store))["samples"] > 0


def test_a_report_of_another_course_is_another_report() -> None:
    plain, measured = report_of(), report_of(course=COURSE)
    later = report_of(course=Course((2.0, 3.0, 4.5), COURSE.gauges))
    assert len({digest_of(one) for one in (plain, measured, later)}) == 3
    assert digest_of(report_of(course=COURSE)) == digest_of(measured)
