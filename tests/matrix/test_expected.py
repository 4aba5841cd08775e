"""Failures that are known: what a file may say of them, and which cases they cover."""

from __future__ import annotations

import json
from typing import Any

import pytest

from matrix.errors import CoevoError
from matrix.expected import Expected, covering
from matrix.load import parse
from matrix.model import Suite

ENTRY: dict[str, Any] = {
    "cases": ["deepseek_v?.eager", "pipeline.*"],
    "component": "vllm",
    "versions": ">=0.29,<0.33",
    "reason": "a kernel is wrong",
    "owner": "ada",
    "expires": "2027-03-01",
}
KNOWN = Expected(
    ("deepseek_v?.eager", "pipeline.*"),
    "vllm",
    ">=0.29,<0.33",
    "a kernel is wrong",
    "ada",
    "2027-03-01",
)
THERE = [("vllm", "0.32.0")]


def suite(*entries: dict[str, Any]) -> Suite:
    said = {"command": ["sh", "serve.sh"], "takes": ["vllm"], "expected": list(entries)}
    declared = {
        "name": "m",
        "axes": {"site": ["lab"], "accelerator": ["cpu"]},
        "suites": {"serve": said},
        "stacks": {"s": {"vllm": "0.32.0"}},
    }
    return parse(json.dumps(declared), "m.yaml").suites[0]


def test_an_entry_is_read_whole() -> None:
    more = {"issue": "https://example.org/1", "device": "cpu", "dtype": "bfloat16"}
    (found,) = suite(ENTRY | more).expected
    assert found == Expected(
        KNOWN.cases,
        "vllm",
        ">=0.29,<0.33",
        "a kernel is wrong",
        "ada",
        "2027-03-01",
        "https://example.org/1",
        "cpu",
        ("bfloat16",),
    )


def test_one_glob_needs_no_list() -> None:
    assert suite(ENTRY | {"cases": "pipeline.*"}).expected[0].cases == ("pipeline.*",)


def test_a_suite_that_fails_otherwise_is_another_suite() -> None:
    with_it, without = suite(ENTRY), suite()
    assert without.expected == ()
    assert with_it.digest != without.digest


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"versions": "0.29 or so"}, "names no versions"),
        ({"versions": ""}, "names no versions"),
        ({"expires": "2027-02-30"}, "is no day"),
        ({"expires": "next year"}, "is no day"),
        ({"issue": "ticket 7"}, "is no address"),
        ({"cases": []}, "cases"),
        ({"owner": None}, "owner"),
    ],
)
def test_a_mistake_is_told_with_its_place(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(CoevoError, match=problem) as caught:
        suite(ENTRY | change)
    assert "m.yaml:1" in str(caught.value)


@pytest.mark.parametrize("key", ["cases", "component", "versions", "reason", "owner", "expires"])
def test_nothing_is_expected_without_saying_all_of_it(key: str) -> None:
    with pytest.raises(CoevoError, match=key):
        suite({name: value for name, value in ENTRY.items() if name != key})


@pytest.mark.parametrize(
    ("case", "found", "is_covered"),
    [
        ("deepseek_v3.eager", THERE, True),
        ("pipeline.2", THERE, True),
        ("deepseek_v3.compiled", THERE, False),
        ("the pipeline.2", THERE, False),
        ("pipeline.2", [("vllm", "0.29.0")], True),
        ("pipeline.2", [("vllm", "0.33.0")], False),
        ("pipeline.2", [("vllm", "0.28.9")], False),
        ("pipeline.2", [("vllm", "0.32.1rc1")], True),
        ("pipeline.2", [("torch", "0.32.0")], False),
        ("pipeline.2", [], False),
    ],
)
def test_cases_are_covered_by_name_and_by_what_was_observed(
    case: str, found: list[tuple[str, str]], is_covered: bool
) -> None:
    covers = covering([KNOWN], case, "cpu", "", found)
    assert covers == (KNOWN if is_covered else None)


@pytest.mark.parametrize(
    ("device", "dtype", "is_covered"),
    [
        ("cpu", "bfloat16", True),
        ("cpu", "float16", True),
        ("cuda:1", "bfloat16", False),
        ("cpu", "float32", False),
    ],
)
def test_an_entry_may_be_for_a_device_and_a_dtype(
    device: str, dtype: str, is_covered: bool
) -> None:
    (narrow,) = suite(ENTRY | {"device": "cpu", "dtype": ["bfloat16", "float16"]}).expected
    assert bool(covering([narrow], "pipeline.2", device, dtype, THERE)) is is_covered
    (cuda,) = suite(ENTRY | {"device": "cuda"}).expected
    assert bool(covering([cuda], "pipeline.2", device, dtype, THERE)) is (device == "cuda:1")


def test_of_two_entries_the_one_that_still_holds_counts() -> None:
    over = suite(ENTRY | {"owner": "bob"}).expected[0]
    over = Expected(**{name: getattr(over, name) for name in over.__slots__} | {"is_over": True})
    found = covering([over, KNOWN], "pipeline.2", "cpu", "", THERE)
    assert found == KNOWN
    assert covering([over], "pipeline.2", "cpu", "", THERE) == over
