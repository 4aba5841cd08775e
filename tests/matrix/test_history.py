"""What a string of statuses tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.history import FLAKY_WINDOW, confidence, is_flaky

LETTERS = st.text(alphabet="PFDEMS", max_size=40)


@pytest.mark.parametrize(
    ("history", "sure"),
    [("", 0.0), ("P", 0.5), ("FP", 0.5), ("PP", 0.75), ("PFF", 0.75), ("MMM", 0.875)],
)
def test_each_equal_status_in_a_row_halves_the_doubt(history: str, sure: float) -> None:
    assert confidence(history) == sure


@given(LETTERS.filter(bool))
def test_one_more_of_the_same_makes_surer(history: str) -> None:
    assert confidence(history) < confidence(history + history[-1]) <= 1


@given(LETTERS, st.sampled_from("PF"))
def test_what_came_before_the_last_run_does_not_count(before: str, last: str) -> None:
    other = "S" + last * 3

    assert confidence(before + other) == confidence(other)


@pytest.mark.parametrize(
    ("history", "flaky"),
    [
        ("", False),
        ("PPPPPPPPPP", False),
        ("PFP", False),
        ("PFPF", True),
        ("FPFP", True),
        ("PFFPF", True),
        ("PFFFP", False),
        ("PFPFFF", False),
        ("PFPFFFPF", True),
        ("DFDF", True),
        ("PDPD", False),
        ("PMPMPM", False),
        ("PEFSPMF", True),
    ],
)
def test_three_flips_between_pass_and_fail_are_a_flake(history: str, *, flaky: bool) -> None:
    assert is_flaky(history) is flaky


@given(LETTERS)
def test_infrastructure_skips_and_test_errors_say_nothing_of_a_flake(history: str) -> None:
    telling = "".join(letter for letter in history if letter in "PFD")

    assert is_flaky(history) == is_flaky(telling)


@given(LETTERS)
def test_ten_passes_in_a_row_end_every_flake(history: str) -> None:
    assert not is_flaky(history + "P" * FLAKY_WINDOW)


@given(st.text(alphabet="PD", max_size=40))
def test_what_never_fails_is_no_flake(history: str) -> None:
    assert not is_flaky(history)


@given(st.text(alphabet="F", max_size=40))
def test_what_always_fails_is_no_flake(history: str) -> None:
    assert not is_flaky(history)
