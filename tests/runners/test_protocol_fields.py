"""Each field of each message, with everything in it that does not belong there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import Status
from runners.protocol import NAME_LIMIT, TEXT_LIMIT, Begin, Garbage, Hello, number, parse
from runners.work import CaseResult, Component, Fact, MetricValue

WHOLE: dict[str, dict[str, Any]] = {
    "hello": {"protocol": 1, "suite": "s", "total": 2, "resume": True, "simulated": False},
    "case": {
        "id": "a", "status": "PASS", "seconds": 1.5, "device": "cpu", "dtype": "fp16",
        "message": "m", "repeat": "r", "expected": False, "planted": False,
    },
    "begin": {"id": "a", "begin": True, "dtype": "fp16", "device": "cpu"},
    "metric": {"name": "t", "unit": "s", "better": "lower", "value": 1.0, "case": "a"},
    "fact": {"name": "f", "value": "v", "source": "s"},
}  # fmt: skip
TYPES = {"begin": "case"}
NO_TEXT = (0, 1.5, True, [], {}, ["x"])
NO_NAME = (*NO_TEXT, None, "", "a\nb", "a\0b", "\x1b[0m", "\u2028", "x" * (NAME_LIMIT + 1))
NO_FLAG = (0, 1, "true", "", None, [], {})
NO_COUNT = (-1, 1.0, "3", True, None, 2**31, 10**30, [])
NO_SECONDS = (-0.1, "1", True, [], {}, 10**400)
NO_NUMBER = ("1", True, None, [], {}, 10**400)
WRONG: dict[str, dict[str, tuple[object, ...]]] = {
    "hello": {
        "protocol": (0, 2, "1", None, 1.5, [1]),
        "suite": NO_NAME,
        "total": NO_COUNT,
        "resume": NO_FLAG,
        "simulated": NO_FLAG,
        "stack": ([], "torch", 1, True),
    },
    "case": {
        "id": NO_NAME,
        "status": (*NO_TEXT, "", "pass", "OK", "PASSED", " PASS"),
        "seconds": NO_SECONDS,
        "device": NO_TEXT,
        "dtype": NO_TEXT,
        "message": NO_TEXT,
        "repeat": NO_TEXT,
        "expected": NO_FLAG,
        "planted": NO_FLAG,
        "begin": ("yes", 1, None),
    },
    "begin": {"id": NO_NAME, "dtype": NO_TEXT, "device": NO_TEXT},
    "metric": {
        "name": NO_NAME,
        "unit": NO_TEXT,
        "better": (*NO_TEXT, "up", "HIGHER"),
        "value": NO_NUMBER,
        "values": ([None], ["1"], [1, True], [[1]], [10**400]),
        "case": NO_TEXT,
    },
    "fact": {"name": NO_NAME, "value": NO_TEXT, "source": NO_TEXT},
}
TABLE = [
    pytest.param(kind, key, value, id=f"{kind}-{key}-{value!r:.20}".encode().hex()[:60])
    for kind, keys in WRONG.items()
    for key, values in keys.items()
    for value in values
]
UNSTORABLE = ("\0", "\ud800", "\udfff", "a\0b", "x\udc80")
TEXTS = [
    (kind, key)
    for kind, fields in WHOLE.items()
    for key in fields
    if key in {"device", "dtype", "message", "repeat", "unit", "value", "source"}
    and isinstance(fields[key], str)
]


def line(kind: str, **changes: object) -> bytes:
    said = {"type": TYPES.get(kind, kind), **WHOLE[kind], **changes}
    return json.dumps(said).encode()


@pytest.mark.parametrize("kind", WHOLE)
def test_each_message_is_understood_before_anything_is_changed(kind: str) -> None:
    assert not isinstance(parse(line(kind)), Garbage)


@pytest.mark.parametrize(("kind", "key", "value"), TABLE)
def test_a_field_with_something_else_in_it_is_garbage_that_names_the_field(
    kind: str, key: str, value: object
) -> None:
    found = parse(line(kind, **{key: value}))
    assert isinstance(found, Garbage)
    assert f"`{'value' if key == 'values' else key}`" in found.problem


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("key", ["x", "Status", "idd", "", "type ", "\u0456d"])
def test_a_key_that_no_message_has_is_garbage(kind: str, key: str) -> None:
    found = parse(line(kind, **{key: "1"}))
    assert isinstance(found, Garbage)
    assert "unknown key" in found.problem


@pytest.mark.parametrize(
    ("kind", "key"),
    [("hello", "protocol"), ("hello", "suite"), ("case", "id"), ("case", "status"),
     ("begin", "id"), ("metric", "name"), ("metric", "value"), ("fact", "name")],
)  # fmt: skip
def test_a_message_without_what_it_needs_is_garbage(kind: str, key: str) -> None:
    said = {"type": TYPES.get(kind, kind), **WHOLE[kind]}
    del said[key]
    assert isinstance(parse(json.dumps(said).encode()), Garbage)


@pytest.mark.parametrize(
    "kind", ["Hello", "HELLO", "", "goodbye", "héllo", 1, None, True, ["hello"], {"hello": 1}]
)
def test_a_type_that_is_not_ours_is_told_with_those_that_are(kind: object) -> None:
    found = parse(json.dumps({"type": kind}).encode())
    assert isinstance(found, Garbage)
    assert "hello, case, metric, fact, bye" in found.problem


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("where", ['"seconds":{}', '"detail":{{"x":{}}}', '"detail":[1,{}]'])
def test_numbers_that_json_does_not_know_are_garbage_wherever_they_stand(
    word: str, where: str
) -> None:
    text = '{"type":"case","id":"a","status":"PASS",' + where.format(word) + "}"
    found = parse(text.encode())
    assert isinstance(found, Garbage)
    assert word.removeprefix("-") in found.problem


@pytest.mark.parametrize("text", UNSTORABLE)
@pytest.mark.parametrize(("kind", "key"), TEXTS)
def test_a_text_is_made_storable_in_every_field(kind: str, key: str, text: str) -> None:
    found = parse(line(kind, **{key: text}))
    assert isinstance(found, Begin | CaseResult | MetricValue | Fact), found
    kept = getattr(found, key)
    assert "\0" not in kept
    kept.encode()


@pytest.mark.parametrize(("kind", "key"), TEXTS)
def test_a_text_is_cut_where_it_is_endless(kind: str, key: str) -> None:
    found = parse(line(kind, **{key: "x" * (TEXT_LIMIT + 9)}))
    assert len(getattr(found, key)) == TEXT_LIMIT


@pytest.mark.parametrize("name", ["ü", "操作", "a b", "x" * NAME_LIMIT, "Ж.д/[ы]", "😀"])
def test_a_name_may_be_in_any_script(name: str) -> None:
    found = parse(line("case", id=name))
    assert isinstance(found, CaseResult)
    assert found.id == name


def test_a_line_may_be_encoded_as_utf_8_or_escaped() -> None:
    said = {"type": "fact", "name": "ort", "value": "Zürich ☃", "source": "s"}
    plain = json.dumps(said, ensure_ascii=False).encode()
    assert parse(plain) == parse(json.dumps(said).encode()) == Fact("ort", "Zürich ☃", "s")


@pytest.mark.parametrize("encoded", [b"\xff", b"\xc3(", b"\xed\xa0\x80"])
def test_bytes_that_are_no_utf_8_are_garbage_that_can_be_shown(encoded: bytes) -> None:
    found = parse(b'{"type":"fact","name":"' + encoded + b'"}')
    assert isinstance(found, Garbage)
    found.line.encode()


def test_a_quoted_line_is_cut_and_keeps_its_beginning() -> None:
    found = parse(b'{"type":"nope","x":"' + b"y" * 500 + b'"}')
    assert isinstance(found, Garbage)
    assert found.line.startswith('{"type":"nope"')
    assert len(found.line) == 200


def test_the_last_of_two_equal_keys_counts_as_json_says() -> None:
    assert parse(b'{"type":"fact","name":"a","name":"b","value":"v"}') == Fact("b", "v", "suite")


def test_white_space_around_a_message_means_nothing() -> None:
    assert parse(b'  \t{"type":"fact","name":"a","value":"v"}  \r\n') == Fact("a", "v", "suite")


def test_a_stack_may_say_where_each_component_was_read() -> None:
    stack = {"b": {"version": "2", "build": "cpu", "source": "there"}, "a": "1+x+y", "c": {}}
    found = parse(line("hello", stack=stack))
    assert isinstance(found, Hello)
    assert found.observed == (
        Component("a", "1", "x+y"),
        Component("b", "2", "cpu", "there"),
        Component("c", "", "", "suite"),
    )


@pytest.mark.parametrize("said", [1, None, [], True, {"version": 2}, {"colour": "red"}])
def test_a_component_that_is_neither_version_nor_object_is_garbage(said: object) -> None:
    assert isinstance(parse(line("hello", stack={"a": said})), Garbage)


@given(st.integers(0, 2**31 - 1))
def test_any_number_of_cases_can_be_promised(total: int) -> None:
    found = parse(line("hello", total=total))
    assert isinstance(found, Hello)
    assert found.total == total


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**300), 10**300))
def test_a_number_is_taken_as_it_stands(value: float) -> None:
    assert number("x", value) == float(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_detail_is_json_text_that_says_the_same(detail: object) -> None:
    found = parse(line("case", detail=detail))
    assert isinstance(found, CaseResult)
    assert (json.loads(found.detail) if found.detail else None) == detail


def test_a_detail_beyond_every_measure_is_cut_and_still_json() -> None:
    found = parse(line("case", detail={"x": "y" * (TEXT_LIMIT * 2)}))
    assert isinstance(found, CaseResult)
    assert list(json.loads(found.detail)) == ["cut"]
    assert len(found.detail) < TEXT_LIMIT


def test_detail_and_output_stand_side_by_side() -> None:
    found = parse(line("case", detail=[1], output="o"))
    assert isinstance(found, CaseResult)
    assert json.loads(found.detail) == {"detail": [1], "output": "o"}


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_said(status: Status) -> None:
    found = parse(line("case", status=status.value))
    assert isinstance(found, CaseResult)
    assert found.status is status
