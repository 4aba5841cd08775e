"""Lines of a suite: every message as it is meant, and everything else as garbage or log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import Status
from runners.protocol import LINE_LIMIT_BYTES, Begin, Bye, Garbage, Hello, clean, parse
from runners.work import CaseResult, Component, Fact, MetricValue

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=30)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def line(**said: Any) -> bytes:
    return json.dumps(said).encode()


def problem(text: bytes) -> str:
    found = parse(text)
    assert isinstance(found, Garbage)
    return found.problem


def test_a_hello_says_who_speaks_and_what_it_found_itself_with() -> None:
    said = line(
        type="hello",
        protocol=1,
        suite="s",
        total=3,
        resume=True,
        stack={"torch": "2.13.0+cpu", "python": {"version": "3.11.7", "source": "platform"}},
    )
    assert parse(said) == Hello(
        "s",
        3,
        True,
        (
            Component("python", "3.11.7", "", "platform"),
            Component("torch", "2.13.0", "cpu", "importlib.metadata"),
        ),
    )


def test_a_hello_without_a_stack_has_observed_nothing() -> None:
    assert parse(line(type="hello", protocol=1, suite="s")) == Hello("s", 0, False, None)


def test_a_case_begins_and_ends() -> None:
    assert parse(line(type="case", id="a", begin=True, dtype="fp16")) == Begin("a", "fp16")
    ended = line(
        type="case",
        id="a",
        status="FAIL",
        seconds=0.5,
        device="cpu",
        dtype="fp16",
        message="no",
        detail={"x": [1]},
        repeat="again",
        expected=True,
        planted=True,
    )
    assert parse(ended) == CaseResult(
        "a", Status.FAIL, 0.5, "cpu", "fp16", "no", '{"x":[1]}', "again", True, True
    )


def test_a_cases_output_stands_in_its_detail() -> None:
    found = parse(line(type="case", id="a", status="PASS", output="abc"))
    assert isinstance(found, CaseResult)
    assert json.loads(found.detail) == {"output": "abc"}


def test_a_metric_has_one_value_or_its_replicates() -> None:
    one = line(type="metric", name="t", unit="s", better="lower", value=2)
    many = line(type="metric", name="t", unit="s", better="lower", values=[2, 1.5], case="a")
    assert parse(one) == MetricValue("t", "s", "lower", (2.0,))
    assert parse(many) == MetricValue("t", "s", "lower", (2.0, 1.5), "a")


def test_a_fact_and_a_bye() -> None:
    said = line(type="fact", name="driver", value="560", source="nvidia-smi")
    assert parse(said) == Fact("driver", "560", "nvidia-smi")
    assert parse(b'{"type":"bye"}\n') == Bye()


@pytest.mark.parametrize("text", [b"", b"hello", b"[1]", b'"x"', b"a {", b"\xff\xfe", b"null"])
def test_a_line_that_does_not_begin_with_a_brace_is_log(text: bytes) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "no JSON"),
        (b"{}", "`type` is None"),
        (b'{"type":7}', "`type` is 7"),
        (b'{"type":["bye"]}', "`type` is"),
        (b'{"type":"bye","x":1}', "unknown key `x`"),
        (b'{"type":"hello","suite":"s"}', "`protocol` is None"),
        (b'{"type":"hello","suite":"s","protocol":2}', "this runner speaks 1"),
        (b'{"type":"hello","suite":"s","protocol":1,"total":-1}', "`total`"),
        (b'{"type":"hello","suite":"s","protocol":1,"total":true}', "`total`"),
        (b'{"type":"hello","suite":"s","protocol":1,"resume":1}', "`resume`"),
        (b'{"type":"hello","suite":"s","protocol":1,"stack":[]}', "`stack`"),
        (b'{"type":"hello","suite":"s","protocol":1,"stack":{"a":1}}', "`stack.a`"),
        (b'{"type":"case","status":"PASS"}', "`id`"),
        (b'{"type":"case","id":"a\\u0000b","status":"PASS"}', "`id`"),
        (b'{"type":"case","id":"a","status":"passed"}', "`status`"),
        (b'{"type":"case","id":"a","status":"PASS","seconds":-1}', "`seconds`"),
        (b'{"type":"case","id":"a","status":"PASS","seconds":NaN}', "NaN"),
        (b'{"type":"case","id":"a","status":"PASS","seconds":1e999}', "not finite"),
        (b'{"type":"case","id":"a","status":"PASS","mesage":"x"}', "unknown key `mesage`"),
        (b'{"type":"metric","name":"t","unit":"s","better":"up","value":1}', "`better`"),
        (b'{"type":"metric","name":"t","unit":"s","better":"lower"}', "`value`"),
        (
            b'{"type":"metric","name":"t","unit":"","better":"","value":' + b"9" * 400 + b"}",
            "large",
        ),
        (b'{"type":' * 100_000, "nested too deeply"),
        (b'{"type":"bye"' + b" " * LINE_LIMIT_BYTES, "longer than"),
    ],
)
def test_a_wrong_message_says_what_is_wrong(text: bytes, said: str) -> None:
    assert said in problem(text)


def test_text_that_no_store_takes_is_replaced() -> None:
    found = parse(b'{"type":"case","id":"a","status":"FAIL","message":"x\\u0000y\\ud800z"}')
    assert isinstance(found, CaseResult)
    assert "\0" not in found.message
    assert found.message.encode()  # a lone surrogate could not be encoded
    assert found.message[0] + found.message[-1] == "xz"


@given(st.text())
def test_clean_text_can_always_be_stored_and_stays_as_it_was(text: str) -> None:
    assert "\0" not in clean(text)
    clean(text).encode()
    if "\0" not in text:
        assert clean(text) == text


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_raise(text: bytes) -> None:
    parse(text)
    parse(b"{" + text)


@given(st.dictionaries(st.sampled_from(["type", "id", "status", "value", "stack"]), JSON))
def test_no_json_makes_the_parser_raise(said: dict[str, Any]) -> None:
    for kind in ("hello", "case", "metric", "fact", "bye"):
        parse(line(**{"protocol": 1, "suite": "s", **said, "type": kind}))
    parse(line(**said))


@given(NAMES, st.sampled_from(Status), st.none() | st.floats(0, 1e9), st.text(max_size=50))
def test_a_case_comes_out_as_it_went_in(
    name: str, status: Status, seconds: float | None, message: str
) -> None:
    said = {"id": name, "status": status, "seconds": seconds, "message": message}
    found = parse(line(type="case", **said))
    assert found == CaseResult(name, status, seconds, message=clean(message))


@given(NAMES, st.lists(NUMBERS, min_size=1, max_size=5))
def test_a_metric_comes_out_as_it_went_in(name: str, values: list[float]) -> None:
    found = parse(line(type="metric", name=name, unit="s", better="lower", values=values))
    assert found == MetricValue(name, "s", "lower", tuple(map(float, values)))
