"""How a database grew, and when it fills its disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.service.growth import EVERY, FILE, KEPT, SEEN, Sample, forecast, note, samples

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def line(days: int, first: int, rate: int) -> list[Sample]:
    """A sample every six hours on a straight line."""
    return [
        Sample(NOON + timedelta(hours=6 * number), first + rate * number // 4)
        for number in range(4 * days + 1)
    ]


@given(st.integers(1, 30), st.integers(0, 10**12), st.integers(-(10**9), 10**9))
def test_a_steady_growth_is_found_again(days: int, first: int, rate: int) -> None:
    found = forecast(line(days, first, rate * 4), None)
    assert found is not None
    assert found.bytes_per_day == pytest.approx(rate * 4, rel=1e-6, abs=1)
    assert found.days == pytest.approx(min(days, 29.75))


def test_the_disk_is_full_once_what_is_free_has_grown_away() -> None:
    found = forecast(line(10, 1000, 400), 4000)
    assert found is not None
    assert found.full_in_days == pytest.approx(10)


@pytest.mark.parametrize(("rate", "free"), [(0, 100), (-400, 100), (400, None)])
def test_what_does_not_grow_or_lies_elsewhere_fills_nothing(rate: int, free: int | None) -> None:
    found = forecast(line(3, 10_000, rate), free)
    assert found is not None
    assert found.full_in_days is None


@pytest.mark.parametrize(
    "seen", [[], [Sample(NOON, 5)], [Sample(NOON, 5), Sample(NOON + DAY / 2, 9)]]
)
def test_less_than_a_day_foretells_nothing(seen: list[Sample]) -> None:
    assert forecast(seen, 100) is None


def test_what_happened_longer_than_a_month_ago_does_not_count() -> None:
    jump = [Sample(NOON - 40 * DAY, 0), *line(20, 10_000, 400)]
    found = forecast(jump, None)
    assert found is not None
    assert (found.bytes_per_day, found.days) == (pytest.approx(400), pytest.approx(20))


def test_sizes_are_kept_once_an_hour(tmp_path: Path) -> None:
    noted = [note(tmp_path, NOON + timedelta(minutes=20 * number), number) for number in range(7)]
    assert noted == [True, False, False, True, False, False, True]
    assert samples(tmp_path) == (
        Sample(NOON, 0),
        Sample(NOON + EVERY, 3),
        Sample(NOON + 2 * EVERY, 6),
    )


def test_what_is_older_than_three_months_is_not_kept(tmp_path: Path) -> None:
    note(tmp_path, NOON, 1)
    note(tmp_path, NOON + KEPT - DAY, 2)
    note(tmp_path, NOON + KEPT + DAY, 3)
    assert [one.bytes for one in samples(tmp_path)] == [2, 3]


def test_a_folder_without_sizes_has_none(tmp_path: Path) -> None:
    assert samples(tmp_path) == ()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[]",
        "null",
        '{"at": "2026-11-23T12:00:00+00:00"}',
        '{"at": "then", "bytes": 1}',
        "\0",
    ],
)
def test_a_line_that_was_cut_off_costs_itself_only(tmp_path: Path, broken: str) -> None:
    note(tmp_path, NOON, 7)
    with (tmp_path / FILE).open("a") as file:
        file.write(broken + "\n")
    assert samples(tmp_path) == (Sample(NOON, 7),)
    assert note(tmp_path, NOON + EVERY, 8)
    assert len((tmp_path / FILE).read_text().splitlines()) == 2


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    note(tmp_path, NOON, 7)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 10**12)), min_size=2, max_size=40))
def test_a_forecast_is_of_this_world_whatever_was_measured(found: list[tuple[int, int]]) -> None:
    seen = sorted(Sample(NOON + timedelta(days=day), size) for day, size in found)
    told = forecast(seen, 10**12)
    if told is None:
        recent = [one.at for one in seen if one.at > seen[-1].at - SEEN]
        assert seen[-1].at - recent[0] < DAY
        return
    assert 1 <= told.days < 30
    assert (told.full_in_days is None) == (told.bytes_per_day <= 0)
    assert told.full_in_days is None or told.full_in_days >= 0


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_kept_sizes_are_an_hour_apart_and_in_order(minutes: list[int]) -> None:
    with TemporaryDirectory() as name:
        now = NOON
        for pause in minutes:
            now += timedelta(minutes=pause)
            note(Path(name), now, pause)
        kept = samples(Path(name))
    assert kept[0].at == NOON + timedelta(minutes=minutes[0])
    assert all(later.at - earlier.at >= EVERY for earlier, later in pairwise(kept))
    assert now - kept[-1].at < EVERY
