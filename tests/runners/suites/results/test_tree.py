"""A JSON document of a stranger's, walked with the place in hand."""

from __future__ import annotations

import pytest

from runners.suites.results.said import Malformed, named
from runners.suites.results.tree import Node, document, lines

ROOT = document(b'{"a": {"b": [1, "x", null]}, "n": 2.5, "empty": ""}')


def test_a_place_is_a_path() -> None:
    found = ROOT.child("a").child("b").items()

    assert [one.place for one in found] == ["$.a.b[0]", "$.a.b[1]", "$.a.b[2]"]


def test_values_are_what_they_are() -> None:
    assert ROOT.child("n").number() == 2.5
    assert ROOT.text("empty") == ""
    assert ROOT.text("absent", "otherwise") == "otherwise"
    assert ROOT.child("a").child("b").items()[1].string() == "x"


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("a", True),
        ("empty", True),
        ("absent", False),
    ],
)
def test_a_key_is_there_or_not(key: str, there: bool) -> None:
    assert ROOT.has(key) is there


def test_null_is_as_good_as_absent() -> None:
    assert not Node({"a": None}, "$").has("a")
    assert not Node([1], "$").has("a")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "True is not a number"),
        ("1", "'1' is not a number"),
        (None, "None is not a number"),
        (float("inf"), "inf is not a finite number"),
        (10**400, "is not a number of ordinary size"),
    ],
    ids=["a truth value", "a text", "null", "endless", "huge"],
)
def test_what_is_no_number(value: object, told: str) -> None:
    with pytest.raises(Malformed) as caught:
        Node(value, "$.x").number()

    assert caught.value.place == "$.x"
    assert caught.value.problem.endswith(told)


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", "1:1", "no JSON: Expecting value"),
        ("{", "1:2", "no JSON: Expecting property name enclosed in double quotes"),
        ("[1,\n2,\n}", "3:1", "no JSON: Expecting value"),
        ('{"a" 1}', "1:6", "no JSON: Expecting ':' delimiter"),
        ("[1] x", "1:5", "no JSON: Extra data"),
        ("[NaN]", "line 1", "no JSON: NaN is no JSON number"),
        ("[-Infinity]", "line 1", "no JSON: -Infinity is no JSON number"),
    ],
)
def test_what_is_no_document_says_where(text: str, place: str, problem: str) -> None:
    with pytest.raises(Malformed) as caught:
        document(text.encode())

    assert (caught.value.place, caught.value.problem) == (place, problem)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1, "a list"),
        ("x", "a list"),
        ({}, "a list"),
        (None, "a list"),
    ],
)
def test_what_is_no_list(value: object, wanted: str) -> None:
    with pytest.raises(Malformed) as caught:
        Node(value, "$.a").items()

    assert str(caught.value) == f"$.a: {value!r} is not {wanted}"


@pytest.mark.parametrize("value", [1, "x", [], None, True])
def test_what_is_no_object(value: object) -> None:
    with pytest.raises(Malformed) as caught:
        Node(value, "$.a").object()

    assert str(caught.value) == f"$.a: {value!r} is not an object"


@pytest.mark.parametrize("value", [1, {}, [], None, True])
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(Malformed) as caught:
        Node(value, "$.a").string()

    assert str(caught.value) == f"$.a: {value!r} is not a text"


def test_a_long_value_is_quoted_in_part() -> None:
    with pytest.raises(Malformed) as caught:
        Node("x" * 10_000, "$").items()

    assert len(str(caught.value)) < 100


def test_lines_are_read_as_they_are_asked_for() -> None:
    found = lines(b'{"a": 1}\n\nbroken\n')

    assert next(found).place == "line 1"
    with pytest.raises(Malformed) as caught:
        next(found)
    assert caught.value.place == "3:1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("  around  ", "around"),
        ("tab\there", "tab\\x09here"),
        ("", "unnamed"),
        ("\n", "unnamed"),
        ("\ud800", "\\xd800"),
        ("ünïcode", "ünïcode"),
    ],
)
def test_a_name_becomes_printable(text: str, shown: str) -> None:
    assert named(text) == shown
