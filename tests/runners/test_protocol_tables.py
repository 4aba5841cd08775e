"""Every key of every line with every wrong type, and the limits of the right ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import Status
from runners.protocol import (
    LINE_LIMIT_BYTES,
    NAME_LIMIT,
    TEXT_LIMIT,
    Begin,
    Bye,
    Garbage,
    Hello,
    parse,
)
from runners.work import CaseResult, Component, Fact, MetricValue

HELLO: dict[str, Any] = {"type": "hello", "protocol": 1, "suite": "s"}
CASE: dict[str, Any] = {"type": "case", "id": "a", "status": "PASS"}
METRIC: dict[str, Any] = {"type": "metric", "name": "t", "unit": "s", "better": "lower", "value": 1}
FACT: dict[str, Any] = {"type": "fact", "name": "n", "value": "v", "source": "s"}
SAMPLES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "minus": -1,
    "half": 0.5,
    "text": "x",
    "empty": "",
    "list": [],
    "object": {},
}
NAMES = {"text"}
TEXTS = {"text", "empty"}
FLAGS = {"true", "false"}
COUNTS = {"zero"}
SECONDS = {"null", "zero", "half"}
KEYS = [
    (HELLO, "suite", NAMES),
    (HELLO, "total", COUNTS),
    (HELLO, "resume", FLAGS),
    (HELLO, "simulated", FLAGS),
    (HELLO, "stack", {"null", "object"}),
    (CASE, "id", NAMES),
    (CASE, "begin", FLAGS),
    (CASE, "status", set()),
    (CASE, "seconds", SECONDS),
    (CASE, "device", TEXTS),
    (CASE, "dtype", TEXTS),
    (CASE, "message", TEXTS),
    (CASE, "repeat", TEXTS),
    (CASE, "expected", FLAGS),
    (CASE, "planted", FLAGS),
    (METRIC, "name", NAMES),
    (METRIC, "unit", TEXTS),
    (METRIC, "better", {"empty"}),
    (METRIC, "value", {"zero", "minus", "half"}),
    (METRIC, "case", TEXTS),
    (FACT, "name", NAMES),
    (FACT, "value", TEXTS),
    (FACT, "source", TEXTS),
]


def said(line: dict[str, Any], **changes: Any) -> Any:
    return parse(json.dumps({**line, **changes}).encode())


def problem(line: dict[str, Any], **changes: Any) -> str:
    found = said(line, **changes)
    assert isinstance(found, Garbage), found
    return found.problem


@pytest.mark.parametrize(
    ("line", "key", "right"), KEYS, ids=[f"{line['type']}.{key}" for line, key, _ in KEYS]
)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_key_takes_its_own_type_and_no_other(
    line: dict[str, Any], key: str, right: set[str], sample: str
) -> None:
    changed = {**line, key: SAMPLES[sample]}
    if key == "begin" and sample == "true":
        del changed["status"]
    found = said(changed)
    if sample in right:
        assert not isinstance(found, Garbage)
    else:
        assert isinstance(found, Garbage)
        assert f"`{key}`" in found.problem


@pytest.mark.parametrize(
    ("line", "key"),
    [(HELLO, "suite"), (CASE, "id"), (CASE, "status"), (METRIC, "name"), (FACT, "name")],
)
def test_what_must_be_said_is_asked_for(line: dict[str, Any], key: str) -> None:
    without = {name: value for name, value in line.items() if name != key}
    assert f"`{key}`" in problem(without)


@pytest.mark.parametrize("line", [HELLO, CASE, METRIC, FACT, {"type": "bye"}])
@pytest.mark.parametrize("key", ["", "Status", "typ", "x" * 500, "é", "\0"])
def test_a_key_that_nobody_knows_is_refused_wherever_it_stands(
    line: dict[str, Any], key: str
) -> None:
    told = problem({**line, key: 1})
    assert told.startswith("unknown key `")
    assert len(told) < 90


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_understood(status: Status) -> None:
    assert said(CASE, status=status.value) == CaseResult("a", status)


@pytest.mark.parametrize("status", ["pass", "PASSED", " PASS", "OK", "XFAIL", "PASS\n"])
def test_a_status_of_another_tool_is_not_guessed(status: str) -> None:
    assert problem(CASE, status=status).startswith("`status` must be one of FAIL, ERROR, MISS")


@pytest.mark.parametrize("version", [None, 0, 2, "1", 1.5, [1], {"major": 1}])
def test_another_version_of_the_protocol_is_refused(version: object) -> None:
    assert problem(HELLO, protocol=version).endswith("this runner speaks 1")


@pytest.mark.parametrize("length", [1, NAME_LIMIT])
def test_a_name_may_have_its_limit(length: int) -> None:
    assert said(CASE, id="x" * length).id == "x" * length
    assert "`id`" in problem(CASE, id="x" * (NAME_LIMIT + 1))


@pytest.mark.parametrize(
    "name", ["a\nb", "a\tb", "\x1b[31m", "a\x7f", "\u2028", "\ud800", "\u202e"]
)
def test_a_name_that_could_deceive_a_terminal_is_refused(name: str) -> None:
    assert "printable" in problem(CASE, id=name)
    assert "printable" in problem(METRIC, name=name)


@pytest.mark.parametrize("name", ["a b", "torch.add[float32]", "тест", "试验", "é", "a/b::c", "😀"])
def test_a_name_may_be_of_any_language(name: str) -> None:
    assert said(CASE, id=name).id == name


def test_a_long_text_is_cut_and_not_refused() -> None:
    found = said(CASE, message="m" * (TEXT_LIMIT + 1))
    assert found.message == "m" * TEXT_LIMIT


def test_a_line_may_be_as_long_as_its_limit() -> None:
    short = json.dumps({"type": "bye"}).encode()
    assert parse(short + b" " * (LINE_LIMIT_BYTES - len(short))) == Bye()
    assert isinstance(parse(short + b" " * (LINE_LIMIT_BYTES - len(short) + 1)), Garbage)


@pytest.mark.parametrize("count", [0, 1, 2**31 - 1])
def test_a_total_may_be_any_count(count: int) -> None:
    assert said(HELLO, total=count).total == count
    assert "`total`" in problem(HELLO, total=2**31 + count)


@pytest.mark.parametrize("value", [0, -0.0, 1, 1e-300, -1e300, 2**53, 0.1])
def test_a_metric_may_be_any_finite_number(value: float) -> None:
    assert said(METRIC, value=value).values == (float(value),)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(text: str) -> None:
    line = json.dumps({**METRIC, "value": 0}).replace('"value": 0', f'"value": {text}')
    found = parse(line.encode())
    assert isinstance(found, Garbage)
    assert f"{text} is no JSON number" in found.problem


@pytest.mark.parametrize("values", [[1, "2"], [None], [True], [[1]], [1, {}]])
def test_replicates_are_numbers_every_one(values: list[Any]) -> None:
    assert "`value` must be a number" in problem(METRIC, values=values)


def test_replicates_and_a_single_value_are_not_said_together() -> None:
    assert problem(METRIC, values=[1.0, 2.0]) == "unknown key `value`"


def test_a_metric_may_belong_to_a_case() -> None:
    assert said(METRIC, case="a.b") == MetricValue("t", "s", "lower", (1.0,), "a.b")


def test_a_fact_without_a_source_is_the_suites_word() -> None:
    assert parse(b'{"type":"fact","name":"n","value":"v"}') == Fact("n", "v", "suite")


@pytest.mark.parametrize(
    ("stack", "component"),
    [
        ({"torch": "2.13.0"}, Component("torch", "2.13.0")),
        ({"torch": "2.13.0+cpu"}, Component("torch", "2.13.0", "cpu")),
        ({"torch": "2.13.0+cu130.git1"}, Component("torch", "2.13.0", "cu130.git1")),
        ({"torch": "2+a+b"}, Component("torch", "2", "a+b")),
        ({"torch": {}}, Component("torch", "", "", "suite")),
        (
            {"torch": {"version": "2+x", "build": "y", "source": "z"}},
            Component("torch", "2+x", "y", "z"),
        ),
        ({"": "1"}, Component("", "1")),
    ],
)
def test_a_component_has_its_build_apart(stack: dict[str, Any], component: Component) -> None:
    assert said(HELLO, stack=stack).observed == (component,)


def test_components_are_sorted_by_name() -> None:
    found = said(HELLO, stack={"b": "1", "a": "2", "C": "3"})
    assert [one.name for one in found.observed] == ["C", "a", "b"]


@pytest.mark.parametrize("said_of", [None, 1, True, ["2.13"], {"vers": "2"}, {"version": 2}])
def test_a_component_that_says_no_version_is_refused(said_of: object) -> None:
    assert isinstance(said(HELLO, stack={"torch": said_of}), Garbage)


def test_a_suite_that_found_an_empty_stack_has_said_so() -> None:
    assert said(HELLO, stack={}) == Hello("s", 0, False, ())


@pytest.mark.parametrize(
    ("keys", "detail"),
    [
        ({}, ""),
        ({"detail": None}, ""),
        ({"detail": {}}, "{}"),
        ({"detail": 0}, "0"),
        ({"detail": {"a": [1, None]}}, '{"a":[1,null]}'),
        ({"output": "log"}, '{"output":"log"}'),
        ({"detail": {"a": 1}, "output": "log"}, '{"detail":{"a":1},"output":"log"}'),
        ({"detail": "é"}, '"\\u00e9"'),
    ],
)
def test_a_cases_detail_is_kept_as_json(keys: dict[str, Any], detail: str) -> None:
    assert said(CASE, **keys).detail == detail


def test_a_detail_beyond_the_limit_is_cut_and_stays_json() -> None:
    found = said(CASE, detail=["x" * 1000] * 100)
    assert len(found.detail) <= TEXT_LIMIT
    assert json.loads(found.detail)["cut"].startswith('["xxx')


@pytest.mark.parametrize("extra", ["status", "message", "seconds", "expected", "detail"])
def test_a_beginning_says_nothing_of_the_end(extra: str) -> None:
    line = {"type": "case", "id": "a", "begin": True, extra: "PASS"}
    assert problem(line) == f"unknown key `{extra}`"


def test_a_beginning_may_say_where_and_in_what() -> None:
    found = parse(b'{"type":"case","id":"a","begin":true,"dtype":"fp16","device":"cuda:1"}')
    assert found == Begin("a", "fp16", "cuda:1")


@given(st.text(max_size=400))
def test_what_is_quoted_of_garbage_is_its_beginning(text: str) -> None:
    found = parse(("{" + text).encode("utf-8", "surrogatepass"))
    if isinstance(found, Garbage):
        assert len(found.line) <= 200
        assert found.line.startswith("{")


@pytest.mark.parametrize("blank", [b" ", b"\t", b"   \t "])
def test_blanks_before_the_brace_do_not_hide_a_message(blank: bytes) -> None:
    assert parse(blank + b'{"type":"bye"}') == Bye()


def test_the_last_of_two_equal_keys_counts_as_in_every_json_reader() -> None:
    assert parse(b'{"type":"case","id":"a","id":"b","status":"PASS"}').id == "b"  # type: ignore[union-attr] # reason: a case
