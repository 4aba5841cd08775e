"""The bits of excludes and includes."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.model import Condition, Matrix
from matrix.rules import Board, board, conditions, met, ones


def matrix(exclude: list[object], include: list[object]) -> Matrix:
    return parse(
        json.dumps(
            {
                "name": "x",
                "axes": {"site": ["a", "b", "c"], "accelerator": ["d", "e"]},
                "suites": {"s": {"command": ["run"]}, "t": {"command": ["run"]}},
                "exclude": exclude,
                "include": include,
            }
        ),
        "m.yaml",
    )


def bits(table: Board, key: str) -> dict[str, str]:
    """The bits of each value of a dimension, the first rule on the right."""
    width = table.excludes + table.includes
    values = next(each.values for each in table.dimensions if each.key == key)
    return {value: format(admitted, f"0{width}b") for value, admitted in values}


def test_a_value_carries_the_rules_that_it_does_not_contradict() -> None:
    table = board(
        matrix([{"site": "a"}, {"site": "!a", "suite": "t"}], [{"site": "b", "color": "red"}])
    )

    assert (table.excludes, table.includes) == (2, 1)
    assert bits(table, "site") == {"a": "001", "b": "110", "c": "010"}
    assert bits(table, "accelerator") == {"d": "111", "e": "111"}
    assert (table.exclude_bits, table.all_bits) == (0b011, 0b111)


def test_suites_and_stacks_are_dimensions_too() -> None:
    table = board(matrix([{"suite": "s"}], []))

    assert [each.key for each in table.dimensions] == ["site", "accelerator", "suite", "stack"]
    assert bits(table, "suite") == {"s": "1", "t": "0"}
    assert bits(table, "stack") == {"stable": "1"}


def test_a_value_that_joined_its_axis_is_in_no_dimension() -> None:
    found = matrix([], [{"site": "mars", "accelerator": "d"}])

    assert [value.name for value in found.axis("site").values] == ["a", "b", "c", "mars"]
    assert set(bits(board(found), "site")) == {"a", "b", "c"}


def test_a_literal_and_a_when_on_one_key_both_have_to_hold() -> None:
    include = {"site": "a", "when": {"site": "in(a, b)"}, "color": "red"}

    assert bits(board(matrix([], [include])), "site") == {"a": "1", "b": "0", "c": "0"}


@pytest.mark.parametrize("when", ["!a", "in(b, c)"])
def test_a_literal_against_its_own_when_never_matches(when: str) -> None:
    with pytest.raises(CoevoError, match="never selects anything"):
        matrix([], [{"site": "a", "when": {"site": when}, "color": "red"}])


@pytest.mark.parametrize(
    ("number", "places"), [(0, []), (1, [0]), (0b1010, [1, 3]), (1 << 300, [300])]
)
def test_the_places_of_bits_come_lowest_first(number: int, places: list[int]) -> None:
    assert list(ones(number)) == places


def test_an_include_is_met_where_no_exclude_drops_all_it_fits() -> None:
    found = matrix(
        [{"site": "a"}],
        [
            {"site": "a", "accelerator": "d"},
            {"site": "b", "color": "red"},
            {"color": "blue"},
        ],
    )

    assert met(board(found)) == 0b110


SELECTORS = st.fixed_dictionaries(
    {},
    optional={
        "site": st.sampled_from(["a", "!a", "in(a, b)", "!in(b, c)", "c"]),
        "accelerator": st.sampled_from(["d", "!d", "in(d, e)"]),
        "suite": st.sampled_from(["s", "!s"]),
    },
)
LITERALS = st.fixed_dictionaries(
    {"site": st.sampled_from(["a", "b", "c"]), "accelerator": st.sampled_from(["d", "e"])},
    optional={"suite": st.sampled_from(["s", "t"])},
)


@given(st.lists(SELECTORS.filter(bool), max_size=4), LITERALS)
def test_the_bits_say_what_looking_at_every_point_says(
    excludes: list[dict[str, str]], include: dict[str, str]
) -> None:
    found = matrix(list(excludes), [include])

    fits = [
        point
        for values in product("abc", "de", "st")
        for point in [dict(zip(("site", "accelerator", "suite"), values, strict=True))]
        if holds(conditions(found.includes[0]), point)
        and not any(holds(rule.conditions, point) for rule in found.excludes)
    ]

    assert bool(met(board(found))) is bool(fits)


def holds(rule: tuple[Condition, ...], point: dict[str, str]) -> bool:
    return all(condition.admits(point[condition.key]) for condition in rule)
