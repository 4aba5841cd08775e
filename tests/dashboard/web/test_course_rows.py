"""What was measured along an attempt, as its page draws it."""

from __future__ import annotations

import pytest

from dashboard.web.course_rows import GaugeRow, gauge_rows, span
from runners.course import NOTHING, Course, Gauge


def rows(unit: str, *values: float | None) -> tuple[GaugeRow, ...]:
    moments = tuple(float(number) for number in range(1, len(values) + 1))
    return gauge_rows(Course(moments, (Gauge("it", unit, "/proc", values),)))


@pytest.mark.parametrize(
    ("unit", "values", "middle", "most"),
    [
        ("bytes", (1024.0, 3072.0, 2048.0), "2 KiB", "3 KiB"),
        ("cores", (0.5, 1.98765, 1.0), "1 cores", "1.99 cores"),
        ("°C", (40.0, None, 41.5), "40.8 °C", "41.5 °C"),
        ("MHz", (2999.0,), "3e+03 MHz", "3e+03 MHz"),
    ],
)
def test_a_quantity_is_told_in_its_unit(
    unit: str, values: tuple[float | None, ...], middle: str, most: str
) -> None:
    (row,) = rows(unit, *values)
    assert (row.middle, row.most) == (middle, most)


def test_what_changes_is_drawn_and_what_does_not_is_not() -> None:
    assert rows("cores", 0.0, 1.0)[0].points == "0.0,32.0 240.0,0.0"
    assert rows("cores", 1.0, 1.0)[0].points == ""


def test_a_quantity_of_which_nothing_is_known_is_left_out() -> None:
    assert rows("W", None, None) == ()


def test_how_long_it_was_looked_at() -> None:
    assert span(Course((1.0, 190.0))) == "over 3 min 10 s, 2 moments"
    assert span(NOTHING) == ""
