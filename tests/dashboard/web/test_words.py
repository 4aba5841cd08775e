from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web import words
from matrix.verdict import Counts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "now"),
        (0, "now"),
        (59, "now"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86399, "23 h"),
        (86400, "1 d"),
        (7 * 86400 - 1, "6 d"),
        (7 * 86400, "1 w"),
        (365 * 86400, "1 y"),
    ],
)
def test_an_age_is_told_in_the_one_unit_that_matters(seconds: int, told: str) -> None:
    assert words.age(NOON - timedelta(seconds=seconds), NOON) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "< 1 ms"),
        (0.012, "12 ms"),
        (0.42, "0.4 s"),
        (9.96, "10.0 s"),
        (12.4, "12 s"),
        (184, "3 min 4 s"),
        (7505, "2 h 5 min"),
    ],
)
def test_a_duration_is_told_as_exactly_as_it_is_worth(seconds: float, told: str) -> None:
    assert words.duration(seconds) == told


def test_what_has_not_ended_lasts_until_now() -> None:
    start = NOON - timedelta(seconds=30)
    assert words.between(start, None, NOON) == "30 s"
    assert words.between(start, start + timedelta(seconds=12), NOON) == "12 s"
    assert words.between(NOON, NOON - timedelta(seconds=5), NOON) == "< 1 ms"


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1536, "1.5 KiB"),
        (64 * 2**20, "64 MiB"),
        (3 * 2**40, "3 TiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_bytes_are_told_in_binary_units(count: int, told: str) -> None:
    assert words.size(count) == told


def test_a_count_agrees_with_its_noun() -> None:
    assert words.plural(1, "job") == "1 job"
    assert words.plural(0, "job") == "0 jobs"
    assert words.plural(20154, "case") == "20,154 cases"


def test_a_time_reads_in_utc_whatever_its_zone() -> None:
    east = NOON.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    assert words.moment(east) == "2026-11-23 12:00:00 UTC"
    assert words.iso(east) == "2026-11-23T12:00:00Z"
    assert words.iso(None) == ""


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (Counts(), ""),
        (Counts(passed=41), "41 tests"),
        (Counts(passed=1), "1 test"),
        (Counts(fail=2, passed=38, skip=1), "2 of 41 tests"),
        (Counts(error=1, miss=2), "3 of 3 tests"),
        (Counts(expected=3, passed=1), "4 tests"),
    ],
)
def test_a_face_counts_what_needs_a_look(counts: Counts, told: str) -> None:
    assert words.tests(counts) == told


def test_only_statuses_that_have_cases_are_listed() -> None:
    assert words.detailed(Counts(fail=1, passed=2000)) == (
        ("FAIL", "1", "failed"),
        ("PASS", "2,000", "passed"),
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\nlines\tand tabs", "plain\nlines\tand tabs"),
        ("bell\x07", "bell\u2407"),
        ("\x1b[31m", "\u241b[31m"),
        ("\x7f", "\u2421"),
        ("a\u202eb", "a[U+202E]b"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("\ud800", "[U+D800]"),
        ("no\u00a0break", "no\u00a0break"),
        ("ünïcode 日本", "ünïcode 日本"),
    ],
)
def test_nothing_stays_invisible(text: str, shown: str) -> None:
    assert words.visible(text) == shown


@given(st.text())
def test_what_is_shown_holds_no_control_or_format_character(text: str) -> None:
    shown = words.visible(text).replace("\n", "").replace("\t", "")
    assert not [one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs"}]


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert words.visible(text) == text


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "now"), (59, "now"), (60, "1 min ago"), (7200, "2 h ago")]
)
def test_what_is_just_over_is_not_said_to_be_ago(seconds: int, told: str) -> None:
    assert words.ago(NOON - timedelta(seconds=seconds), NOON) == told


def test_a_time_in_the_future_is_now() -> None:
    assert words.age(NOON + timedelta(days=3), NOON) == "now"


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_an_age_never_grows_younger(seconds: int, more: int) -> None:
    def minutes(told: str) -> int:
        amount, _, unit = told.partition(" ")
        sizes = {"": 0, "min": 1, "h": 60, "d": 1440, "w": 10080, "y": 525600}
        return int(amount) * sizes[unit] if unit else 0

    young = words.age(NOON - timedelta(seconds=seconds), NOON + timedelta())
    old = words.age(NOON - timedelta(seconds=seconds), NOON + timedelta(seconds=more))
    assert minutes(young) <= minutes(old)


@given(st.integers(0, 2**60))
def test_a_size_is_told_in_at_most_four_digits_and_a_unit(count: int) -> None:
    amount, unit = words.size(count).split(" ")
    assert unit in {"B", "KiB", "MiB", "GiB", "TiB"}
    assert float(amount) < 1024 or unit == "TiB"


@given(st.integers(0, 10**12))
def test_thousands_are_apart_and_nothing_is_lost(count: int) -> None:
    assert int(words.number(count).replace(",", "")) == count


@given(st.builds(Counts, *[st.integers(0, 10**6)] * 7))
def test_the_listed_statuses_add_up(counts: Counts) -> None:
    told = sum(int(number.replace(",", "")) for _, number, _ in words.detailed(counts))
    assert told == sum(counts)
