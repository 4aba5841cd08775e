"""How the dispatcher learns what jobs take: bounds, forgetting, and suites apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.dispatch.pace import AHEAD_SECONDS, MOST, Pace

SECONDS = st.floats(0, 1e4)
LEAST = AHEAD_SECONDS / MOST


def learned(*durations: float, suite: str = "s") -> Pace:
    pace = Pace()
    for seconds in durations:
        pace.learn(suite, seconds)
    return pace


def naive_average(durations: list[float]) -> float:
    """By the words: a moving average of a fifth, which ten times as much replaces at once."""
    found = durations[0]
    for seconds in durations[1:]:
        found = seconds if seconds > 10 * found else 0.8 * found + 0.2 * seconds
    return found


@given(st.lists(SECONDS, min_size=1, max_size=40))
def test_a_suite_is_expected_to_take_its_moving_average(durations: list[float]) -> None:
    expected = max(naive_average(durations), LEAST)
    assert learned(*durations).expected("s") == pytest.approx(expected)


@given(st.lists(SECONDS, min_size=1, max_size=40))
def test_what_is_expected_lies_between_what_was_seen(durations: list[float]) -> None:
    found = learned(*durations).expected("s")
    assert max(min(durations), LEAST) - 1e-9 <= found <= max(*durations, LEAST) + 1e-9


@given(SECONDS, st.integers(1, 30))
def test_what_is_always_the_same_is_expected_again(seconds: float, times: int) -> None:
    found = learned(*[seconds] * times).expected("s")
    assert found == pytest.approx(max(seconds, LEAST))


@given(st.lists(SECONDS, max_size=20), st.lists(SECONDS, max_size=20))
def test_one_suite_teaches_nothing_of_another(mine: list[float], others: list[float]) -> None:
    alone, together = learned(*mine), learned(*mine)
    for seconds in others:
        together.learn("other", seconds)
    assert together.expected("s") == alone.expected("s")


@given(st.lists(SECONDS, min_size=1, max_size=30))
def test_slower_work_is_never_held_deeper(durations: list[float]) -> None:
    slower = [2 * seconds for seconds in durations]
    assert learned(*slower).depth() <= learned(*durations).depth()


@given(st.lists(SECONDS, min_size=1, max_size=30))
def test_what_is_held_for_a_slot_takes_no_longer_than_is_given_ahead(
    durations: list[float],
) -> None:
    pace = learned(*durations)
    if pace.depth() > 1:
        assert pace.depth() * pace.expected("s") <= AHEAD_SECONDS * (1 + 1e-9)


@pytest.mark.parametrize(
    ("seconds", "depth"),
    [
        (0.0, MOST),
        (LEAST, MOST),
        (0.05, 10),
        (0.1, 5),
        (0.25, 2),
        (0.26, 1),
        (0.5, 1),
        (0.51, 1),
        (3600.0, 1),
    ],
)
def test_depth_is_how_often_a_job_fits_into_half_a_second(seconds: float, depth: int) -> None:
    assert learned(seconds).depth() == depth


@pytest.mark.parametrize("ahead", [0.1, 0.5, 2.0])
def test_what_is_given_ahead_can_be_set(ahead: float) -> None:
    pace = Pace(ahead)
    assert pace.expected("unseen") == ahead
    pace.learn("s", ahead / 4)
    assert pace.depth() == 4
    pace.learn("t", 0.0)
    assert pace.expected("t") == ahead / MOST


def test_a_sudden_long_job_is_believed_and_slowly_forgotten() -> None:
    pace = learned(*[0.01] * 10)
    pace.learn("s", 10.0)
    assert pace.expected("s") == 10.0
    seen = []
    for _ in range(40):
        pace.learn("s", 0.01)
        seen.append(pace.expected("s"))
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] < 0.02


def test_ten_times_as_long_is_still_blended() -> None:
    assert learned(1.0, 10.0).expected("s") == pytest.approx(2.8)
    assert learned(1.0, 10.1).expected("s") == 10.1


def test_the_depth_follows_the_latest_suite_whichever_it_is() -> None:
    pace = learned(*[0.01] * 5)
    deep = pace.depth()
    pace.learn("slow", 60.0)
    assert (deep > 1, pace.depth()) == (True, 1)
