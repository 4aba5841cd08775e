"""Budgets: what a file may say of them, when they renew, and what is left of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.budget import (
    UNLIMITED,
    Balance,
    Budget,
    Caps,
    Period,
    Used,
    began,
    by_day,
    day_of,
    hours,
    renews,
)
from matrix.errors import CoevoError
from matrix.load import parse

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)  # a Monday
MOMENTS = st.integers(0, 10**15).map(lambda tick: NOON + timedelta(microseconds=tick))
TIMES = st.timedeltas(timedelta(), timedelta(days=40))
TEXT = """\
name: toys
axes: {site: [lab], accelerator: [cpu]}
suites: {check: {command: ["true"]}}
"""


def budget(text: str) -> Budget:
    return parse(f"{TEXT}policies:\n  budget: {text}\n", "m.yaml").policies.budget


def test_every_owner_has_the_caps_that_the_file_names() -> None:
    found = budget("{day: 40h, month: 800h}")
    assert found.of("anybody") == Caps(day=40 * HOUR, month=800 * HOUR)
    assert list(found.of("anybody")) == [(Period.DAY, 40 * HOUR), (Period.MONTH, 800 * HOUR)]


def test_an_owner_that_is_named_has_its_own_caps_and_no_others() -> None:
    found = budget("{day: 40h, owners: {vendor: {month: 100h}, release: {}}}")
    assert found.of("vendor") == Caps(month=100 * HOUR)
    assert found.of("release") == Caps()
    assert found.of("else") == Caps(day=40 * HOUR)


def test_without_a_budget_nothing_is_capped_and_the_digest_is_as_before() -> None:
    plain = parse(TEXT, "m.yaml")
    assert not plain.policies.budget
    assert plain.policies.budget.of("anybody") == Caps()
    capped = parse(f"{TEXT}policies: {{budget: {{day: 1h}}}}\n", "m.yaml")
    assert capped.digest != plain.digest


@pytest.mark.parametrize(
    ("text", "place", "problem", "hint"),
    [
        ("{}", "5:11", "caps nothing", "day: 40h"),
        ("{owners: {vendor: {}}}", "5:11", "caps nothing", "day: 40h"),
        ("{day: 40}", "5:17", "no duration", "36h"),
        ("{day: 40 hours}", "5:17", "no duration", ""),
        ("{dya: 40h}", "5:12", "unknown key `dya`", "day"),
        ("{day: 1h, owners: {vendor: {mnth: 1h}}}", "5:39", "unknown key `mnth`", "month"),
        ("{day: 1h, owners: {Vendor: {day: 1h}}}", "5:30", "no name", "vendor"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, place: str, problem: str, hint: str) -> None:
    with pytest.raises(CoevoError) as raised:
        budget(text)
    (mistake,) = raised.value.mistakes
    assert str(mistake.place) == f"m.yaml:{place}"
    assert problem in mistake.problem
    assert hint in mistake.hint


@pytest.mark.parametrize(
    ("period", "begun", "next_one"),
    [
        (Period.DAY, "2026-11-30", "2026-12-01"),
        (Period.WEEK, "2026-11-30", "2026-12-07"),
        (Period.MONTH, "2026-11-01", "2026-12-01"),
    ],
)
def test_periods_are_those_of_the_calendar(period: Period, begun: str, next_one: str) -> None:
    assert f"{began(period, NOON):%Y-%m-%d %H:%M}" == f"{begun} 00:00"
    assert f"{renews(period, NOON):%Y-%m-%d %H:%M}" == f"{next_one} 00:00"


@given(period=st.sampled_from(Period), now=MOMENTS)
def test_a_moment_lies_in_its_period_and_the_next_begins_where_it_ends(
    period: Period, now: datetime
) -> None:
    begun, end = began(period, now), renews(period, now)
    assert begun <= now < end
    assert began(period, end) == end
    assert began(period, end - timedelta(microseconds=1)) == begun


@given(since=MOMENTS, time=TIMES)
def test_time_is_counted_on_the_days_on_which_it_was_used(since: datetime, time: timedelta) -> None:
    days = list(by_day(since, since + time))
    assert sum((part for _, part in days), timedelta()) == time
    assert all(timedelta() < part <= timedelta(days=1) for _, part in days)
    assert [day for day, _ in days] == sorted({day_of(day) for day, _ in days})


def test_what_ends_before_it_begins_took_nothing() -> None:
    assert list(by_day(NOON, NOON - HOUR)) == []


def test_what_is_not_capped_is_never_short() -> None:
    free = Balance("local", UNLIMITED.of("local"), Used(*(3 * [9000 * HOUR])))
    assert free.left is None
    assert free.admits(9000 * HOUR)
    assert free.shortage(9000 * HOUR, NOON) == ""


RENEWS = "renews 2026-12-01 00:00 UTC"


@pytest.mark.parametrize(
    ("used", "held", "cost", "told"),
    [
        (40, 0, 1, f"40 of 40 device-hours a day used, {RENEWS}"),
        (41.5, 2, 1, f"41.5 of 40 device-hours a day used, {RENEWS}"),
        (39.5, 0, 1, f"39.5 of 40 device-hours a day used, 1 needed, {RENEWS}"),
        (
            38.5,
            1,
            1,
            f"38.5 of 40 device-hours a day used, 1 reserved by running jobs, 1 needed, {RENEWS}",
        ),
        (0, 0, 41, "it may take 41 device-hours, by its time-out, and 40 a day is all there is"),
    ],
)
def test_a_job_that_waits_says_for_whose_budget_and_until_when(
    used: float, held: float, cost: float, told: str
) -> None:
    found = Balance("local", Caps(day=40 * HOUR), Used(day=used * HOUR), held * HOUR)
    assert not found.admits(cost * HOUR)
    assert found.shortage(cost * HOUR, NOON) == f"waits for the budget of local: {told}"


def test_of_several_periods_the_one_is_told_that_renews_last() -> None:
    used = Used(HOUR, HOUR, HOUR)
    found = Balance("ann", Caps(HOUR, HOUR, 2 * HOUR), used)
    assert found.left == timedelta()
    assert "1 of 1 device-hours a week used, renews 2026-12-07" in found.shortage(HOUR, NOON)
    assert "a day used, renews" in Balance("ann", Caps(day=HOUR), used).shortage(HOUR, NOON)


def test_a_period_that_never_has_room_is_told_before_one_that_is_used_up() -> None:
    found = Balance("ann", Caps(day=HOUR, month=9 * HOUR), Used(month=9 * HOUR))
    assert found.shortage(2 * HOUR, NOON).endswith(
        "it may take 2 device-hours, by its time-out, and 1 a day is all there is"
    )


@given(
    caps=st.builds(Caps, *(3 * [st.none() | TIMES])),
    used=st.builds(Used, TIMES, TIMES, TIMES),
    held=TIMES,
    cost=TIMES,
)
def test_what_is_admitted_never_goes_over_a_cap(
    caps: Caps, used: Used, held: timedelta, cost: timedelta
) -> None:
    found = Balance("local", caps, used, held)
    over = [cap for period, cap in caps if getattr(used, period) + held + cost > cap]
    full = [cap for period, cap in caps if getattr(used, period) + held >= cap]
    assert found.admits(cost) == (not over and not full)
    assert bool(found.shortage(cost, NOON)) == (not found.admits(cost))


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0"), (1 / 3600, "<0.001"), (0.25, "0.25"), (38.46, "38.5")]
)
def test_hours_have_three_digits(count: float, told: str) -> None:
    assert hours(count * HOUR) == told


def test_many_hours_are_whole() -> None:
    assert hours(1234.5 * HOUR) == "1,234"
