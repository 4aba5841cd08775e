"""Selectors, as files and command lines write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.errors import CoevoError
from matrix.load import default_matrix
from matrix.model import Condition
from matrix.names import Misfit
from matrix.select import Choice, axes_of, choice, parse_selector, selects


@pytest.mark.parametrize(
    ("text", "values", "negated"),
    [
        ("lab", {"lab"}, False),
        ("!lab", {"lab"}, True),
        ("! lab", {"lab"}, True),
        ("in(lab)", {"lab"}, False),
        ("in(lab,edge)", {"lab", "edge"}, False),
        (" in( lab , edge ) ", {"lab", "edge"}, False),
        ("!in(lab, edge)", {"lab", "edge"}, True),
        ("in", {"in"}, False),
        ("3.12", {"3.12"}, False),
    ],
)
def test_a_choice_is_a_value_or_a_set_of_them_or_all_others(
    text: str, values: set[str], negated: bool
) -> None:
    assert choice(text) == Choice(frozenset(values), negated)


@pytest.mark.parametrize(
    "text",
    ["", "!", "in(", "in()", "in(a", "in(a,)", "a b", "!!a", "a,b", "in(a)b", "A", "in(a b)"],
)
def test_what_is_no_choice_says_how_one_is_written(text: str) -> None:
    with pytest.raises(Misfit) as caught:
        choice(text)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", []),
        ("  ", []),
        ("site=lab", [("site", {"lab"}, False)]),
        ("site!=lab", [("site", {"lab"}, True)]),
        ("site=!lab", [("site", {"lab"}, True)]),
        ("site!=!lab", [("site", {"lab"}, False)]),
        (
            "site = lab , accelerator != tpu",
            [("site", {"lab"}, False), ("accelerator", {"tpu"}, True)],
        ),
        (
            "site=lab,accelerator!=tpu,suite=in(a,b)",
            [
                ("site", {"lab"}, False),
                ("accelerator", {"tpu"}, True),
                ("suite", {"a", "b"}, False),
            ],
        ),
        ("suite in (a, b),site=lab", [("suite", {"a", "b"}, False), ("site", {"lab"}, False)]),
        ("suite !in (a, b)", [("suite", {"a", "b"}, True)]),
        ("suite=!in(a,b)", [("suite", {"a", "b"}, True)]),
    ],
)
def test_a_selector_is_conditions_that_all_hold(
    text: str, conditions: list[tuple[str, set[str], bool]]
) -> None:
    expected = tuple(Condition(key, frozenset(v), negated) for key, v, negated in conditions)

    assert parse_selector(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "site",
        "=lab",
        "site=",
        "site=a b",
        "site=lab,",
        ",site=lab",
        "site=lab;suite=a",
        "site==lab",
    ],
)
def test_a_selector_that_does_not_parse_says_so(text: str) -> None:
    with pytest.raises(CoevoError) as caught:
        parse_selector(text)

    assert caught.value.exit_code == 2
    assert caught.value.mistakes[0].hint


def test_a_selector_on_an_unknown_axis_offers_the_nearest() -> None:
    with pytest.raises(CoevoError, match="there is no axis `acelerator`") as caught:
        parse_selector("acelerator=cpu", axes_of(default_matrix()))

    assert caught.value.mistakes[0].hint == "did you mean `accelerator`?"


def test_a_selector_may_name_axes_suite_and_stack() -> None:
    assert axes_of(default_matrix()) == ("site", "accelerator", "suite", "stack")
    known = axes_of(default_matrix())

    assert len(parse_selector("site=a,accelerator=b,suite=c,stack=d", known)) == 4


def test_without_axes_to_know_any_key_may_be_named() -> None:
    assert parse_selector("anything=lab")[0].key == "anything"


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", True),
        ("site=lab", True),
        ("site!=lab", False),
        ("site=lab,suite=smoke", True),
        ("site=lab,suite!=smoke", False),
        ("suite=in(smoke,probe)", True),
        ("dtype=bf16", False),
        ("dtype!=bf16", True),
    ],
)
def test_a_point_is_selected_where_all_conditions_hold(text: str, selected: bool) -> None:
    point = {"site": "lab", "accelerator": "cpu", "suite": "smoke", "stack": "stable"}

    assert selects(parse_selector(text), point) is selected


NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True).filter(lambda name: name != "in")


@given(NAMES, st.frozensets(NAMES, min_size=1, max_size=4), st.booleans())
def test_what_is_written_out_reads_back(key: str, values: frozenset[str], negated: bool) -> None:
    text = f"{key}{'!=' if negated else '='}in({', '.join(sorted(values))})"

    assert parse_selector(text) == (Condition(key, values, negated),)


@given(st.text(max_size=40))
def test_any_text_is_a_selector_or_a_mistake(text: str) -> None:
    try:
        parsed = parse_selector(text)
    except CoevoError:
        return
    assert all(condition.values for condition in parsed)
