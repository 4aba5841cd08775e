"""What a suite may hand to the harness, and what arrives: the parts that need no process."""

from __future__ import annotations

import errno
import json
import math
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import parse
from runners.suites.harness import Case, _done, _is_blank, _plain
from runners.work import CaseResult

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


class Odd:
    """An object of some library, which is no JSON."""

    def __str__(self) -> str:
        return "tensor(3.)"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2.5, 2.5),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        ((1, (2,)), [1, [2]]),
        ({3}, [3]),
        (frozenset(), []),
        ({1: {2: Odd()}}, {"1": {"2": "tensor(3.)"}}),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (Path("/a/b"), "/a/b"),
        (Fraction(1, 3), "1/3"),
        (b"x", "b'x'"),
        (Odd(), "tensor(3.)"),
        ([math.nan, Odd()], ["nan", "tensor(3.)"]),
    ],
)
def test_whatever_a_suite_hands_over_becomes_json(value: object, plain: object) -> None:
    assert _plain(value) == plain


@given(JSON)
def test_json_stays_as_it_is_but_for_numbers_that_are_none(value: Any) -> None:
    found = _plain(value)
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    if "inf" not in repr(value).lower():
        assert found == value


@pytest.mark.parametrize(
    ("value", "blank"),
    [
        (None, True),
        (False, True),
        ("", True),
        (True, False),
        (0, False),
        (0.0, False),
        ("0", False),
        ([], False),
        ({}, False),
    ],
)
def test_what_says_nothing_is_left_out_and_a_zero_is_not(value: object, blank: bool) -> None:
    assert _is_blank(value) == blank


@pytest.mark.parametrize(
    ("verb", "status"),
    [("fail", "FAIL"), ("error", "ERROR"), ("miss", "MISS"), ("skip", "SKIP"), ("done", "DONE")],
)
def test_each_way_to_end_a_case_has_its_status_and_keys(verb: str, status: str) -> None:
    case = Case()
    getattr(case, verb)("why", detail={"x": 1})
    assert case.status == status
    assert case.said == {"message": "why", "detail": {"x": 1}}


def test_a_case_about_which_nothing_is_said_passes() -> None:
    case = Case()
    case.note(output="log")
    assert (case.status, case.said) == ("PASS", {"output": "log"})


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ValueError("no"), "FAIL", "ValueError: no"),
        (ValueError(), "FAIL", "ValueError"),
        (AssertionError("1 != 2"), "FAIL", "AssertionError: 1 != 2"),
        (KeyError("a"), "FAIL", "KeyError: 'a'"),
        (OSError(errno.ENOSPC, "full"), "MISS", "OSError: [Errno 28] full"),
        (OSError(errno.ENOENT, "gone"), "FAIL", "FileNotFoundError: [Errno 2] gone"),
        (MemoryError(), "FAIL", "MemoryError"),
    ],
)
def test_an_exception_is_the_codes_fault_unless_the_disk_is_full(
    error: Exception, status: str, message: str
) -> None:
    case = Case()
    case.raised(error)
    assert (case.status, case.said["message"]) == (status, message)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("", set()),
        ('"a"\n"b"\n', {("a", ""), ("b", "")}),
        ('["a", "fp16"]\n', {("a", "fp16")}),
        ('"a"\n["a", "fp16"]\n"a"\n', {("a", ""), ("a", "fp16")}),
        ('"\\u00e9 \\n x"', {("é \n x", "")}),
    ],
)
def test_what_has_been_done_is_read_line_by_line(
    text: str, done: set[tuple[str, str]], tmp_path: Path
) -> None:
    path = tmp_path / "done"
    path.write_text(text)
    assert _done(str(path)) == done


def test_without_a_file_nothing_has_been_done() -> None:
    assert _done("") == frozenset()


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_a_detail_reaches_the_parser_as_the_harness_writes_it(detail: dict[str, Any]) -> None:
    said = {"type": "case", "id": "a", "status": "FAIL", "detail": _plain(detail)}
    found = parse(json.dumps(said, allow_nan=False).encode())
    assert isinstance(found, CaseResult)
    assert json.loads(found.detail) == _plain(detail)
