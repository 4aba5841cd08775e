"""Which cases a suite's parameter `cases` selects."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from runners.suites.choosing import ParameterError, chosen


class One(NamedTuple):
    id: str
    dtype: str


EVERY = (
    One("lstm.loss", "float32"),
    One("lstm.amp", "bfloat16"),
    One("lstm.amp", "float16"),
    One("amp.overflow", "float16"),
)


@pytest.mark.parametrize(
    ("patterns", "numbers"),
    [
        ("*", [0, 1, 2, 3]),
        ("lstm.amp", [1, 2]),
        ("amp.*, lstm.loss", [0, 3]),
        ("lstm.* lstm.amp", [0, 1, 2]),
    ],
)
def test_patterns_select_cases_once_in_their_order(patterns: str, numbers: list[int]) -> None:
    assert chosen(EVERY, {"cases": patterns}) == [EVERY[number] for number in numbers]


def test_all_are_wanted_where_nothing_is_said() -> None:
    assert chosen(EVERY, {}) == list(EVERY)


def test_a_pattern_of_no_case_says_so() -> None:
    with pytest.raises(ParameterError, match=r"cases: no case is called gru\.\* or x"):
        chosen(EVERY, {"cases": "gru.*,x"})


def test_another_parameter_is_named() -> None:
    with pytest.raises(ParameterError, match="unknown parameter dtypes, models; there is `cases`"):
        chosen(EVERY, {"models": "lstm", "dtypes": "float16"})
