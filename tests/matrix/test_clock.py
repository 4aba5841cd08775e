"""Time tables: the latest moment that was due, over changes of the clock and long sleeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.clock import due, next_at

pytestmark = pytest.mark.hypothesis


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "now", "expected"),
    [
        ("0 3 * * *", "UTC", "2026-11-26 02:00", "2026-11-26 02:59:59", None),
        ("0 3 * * *", "UTC", "2026-11-26 02:00", "2026-11-26 03:00", "2026-11-26 03:00"),
        ("0 3 * * *", "UTC", "2026-11-26 03:00", "2026-11-27 02:59", None),
        ("0 3 * * *", "UTC", "2026-11-20 12:00", "2026-11-26 12:00", "2026-11-26 03:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-11-26 01:00", "2026-11-26 02:30", "2026-11-26 02:00"),
        ("0 3 * * *", "Europe/Berlin", "2026-07-01 00:00", "2026-07-01 01:30", "2026-07-01 01:00"),
        ("30 18 * * 1-5", "UTC", "2026-11-27 19:00", "2026-11-30 12:00", None),
        ("30 18 * * 1-5", "UTC", "2026-11-27 18:00", "2026-11-30 12:00", "2026-11-27 18:30"),
    ],
)
def test_the_latest_moment_that_was_due(
    cron: str, zone: str, after: str, now: str, expected: str | None
) -> None:
    assert due(cron, zone, at(after), at(now)) == (at(expected) if expected else None)


def fired(cron: str, zone: str, begin: str, hours: int) -> list[str]:
    """When somebody who looks every minute finds it due."""
    seen, found = at(begin), []
    for minute in range(hours * 60):
        now = at(begin) + timedelta(minutes=minute)
        if due(cron, zone, seen, now):
            found.append(now.strftime("%d %H:%M"))
            seen = now
    return found


def test_a_local_time_that_is_left_out_is_due_once_the_clock_has_jumped() -> None:
    """On 29 March 2026 Berlin's clocks go from 2:00 to 3:00, at 1:00 UTC."""
    assert fired("30 2 * * *", "Europe/Berlin", "2026-03-28 12:00", 36) == ["29 01:00"]


def test_a_local_time_that_comes_twice_is_due_once() -> None:
    """On 25 October 2026 they go from 3:00 to 2:00, at 1:00 UTC."""
    assert fired("30 2 * * *", "Europe/Berlin", "2026-10-24 12:00", 36) == ["25 00:30"]


def test_what_is_due_every_hour_is_due_in_both_of_them() -> None:
    found = fired("0 * * * *", "Europe/Berlin", "2026-10-24 23:30", 4)
    assert found == ["25 00:00", "25 01:00", "25 02:00", "25 03:00"]


def test_the_next_moment() -> None:
    assert next_at("0 3 * * *", "Europe/Berlin", at("2026-11-26 02:00")) == at("2026-11-27 02:00")
    assert next_at("0 0 29 2 *", "UTC", at("2026-11-26 02:00")) == at("2028-02-29 00:00")


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone


@given(
    cron=st.sampled_from(["0 3 * * *", "*/15 8-18 * * 1-5", "7 2 1 * *", "30 2 * * 0"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    after=MOMENTS,
    slept=st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_what_was_due_is_the_last_one_before_the_next(
    cron: str, zone: str, after: datetime, slept: timedelta
) -> None:
    now = after + slept
    found = due(cron, zone, after, now)
    first = next_at(cron, zone, after)
    assert (found is not None) == (first is not None and first <= now)
    if found is not None:
        assert first is not None
        assert first <= found <= now
        following = next_at(cron, zone, found)
        assert following is not None
        assert following > now
