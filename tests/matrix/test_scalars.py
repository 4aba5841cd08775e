"""Plain words of YAML: what they mean, and which have to be quoted."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from matrix.scalars import meaning, trap


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-3", -3),
        ("12", 12),
        ("9" * 18, 10**18 - 1),
        ("2.13.0", "2.13.0"),
        ("word", "word"),
        ("y", "y"),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    assert meaning(text) == value
    assert trap(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("on", "truth value"),
        ("Off", "truth value"),
        ("YES", "truth value"),
        ("no", "truth value"),
        ("True", "truth value"),
        ("NULL", "truth value or null"),
        ("3.10", "reads it as 3.1"),
        ("2.", "number with a fraction"),
        (".5", "number with a fraction"),
        ("010", "reads it as 8"),
        ("0777", "reads it as 511"),
        ("0o17", "a number"),
        ("0x1F", "a number"),
        ("0b11", "a number"),
        ("12:30", "base 60"),
        ("1:30:00", "base 60"),
        ("190:20:30.15", "base 60"),
        ("1e3", "reads it as 1000.0"),
        ("6.02e23", "number with a fraction"),
        (".inf", "a number"),
        ("-.INF", "a number"),
        (".NaN", "a number"),
        ("1_000", "a number"),
        ("+12", "a number"),
        ("2026-11-01", "a date"),
        ("2026-11-01T10:00:00Z", "a date"),
        ("9" * 19, "19 digits"),
        ("9" * 100_000, "100000 digits"),
    ],
)
def test_a_word_that_readers_disagree_about_has_to_be_quoted(text: str, problem: str) -> None:
    found = trap(text)

    assert found is not None
    assert problem in found.problem
    assert "quotes" in found.hint


@given(st.from_regex(r"[-+.0-9a-zA-Z:_]{1,12}", fullmatch=True))
def test_what_pyyaml_reads_as_something_else_is_a_trap(text: str) -> None:
    # The oracle is the reader whose surprises the traps are for.
    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return
    assume(not isinstance(read, dict | list))  # `a:` and `-` are no scalars
    same = read == meaning(text) and type(read) is type(meaning(text))

    assert same or trap(text) is not None
