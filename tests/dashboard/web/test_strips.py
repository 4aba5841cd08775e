from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.strips import line, strip


def test_a_worse_status_is_a_taller_bar() -> None:
    drawn = strip("PF")
    assert drawn is not None
    assert drawn.fine == "M0 20v-8h5v8z"
    assert drawn.bad == "M7 20v-20h5v20z"


def test_a_strip_says_in_words_what_it_shows() -> None:
    drawn = strip("PPFM")
    assert drawn is not None
    assert drawn.name == "last 4: 2 passed, 1 failed, 1 infrastructure"


@pytest.mark.parametrize("history", ["", "???"])
def test_no_history_has_no_strip(history: str) -> None:
    assert strip(history) is None


@given(st.text(alphabet="PFEMDS", min_size=1, max_size=30))
def test_every_status_gets_one_bar_inside_the_picture(history: str) -> None:
    drawn = strip(history)
    assert drawn is not None
    paths = drawn.fine + drawn.bad + drawn.infra + drawn.quiet
    assert paths.count("M") == len(history)
    assert drawn.width == len(history) * 7 - 2


def test_a_trend_fills_its_box_with_the_highest_on_top() -> None:
    assert line((1.0, 3.0, 2.0), 120, 24) == "0.0,24.0 60.0,0.0 120.0,12.0"


def test_a_level_trend_does_not_divide_by_nothing() -> None:
    assert line((5.0, 5.0), 120, 24) == "0.0,24.0 120.0,24.0"


@pytest.mark.parametrize("values", [(), (1.0,)])
def test_one_point_is_no_trend(values: tuple[float, ...]) -> None:
    assert line(values, 120, 24) == ""


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_a_trend_stays_in_its_box(values: list[float]) -> None:
    points = [point.split(",") for point in line(values, 120, 24).split()]
    assert len(points) == len(values)
    assert all(0 <= float(x) <= 120 and 0 <= float(y) <= 24 for x, y in points)
