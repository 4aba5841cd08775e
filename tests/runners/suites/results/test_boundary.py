"""Whatever lies in result files, it comes in as values; never as an exception."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.suites.results import boundary, tree
from runners.suites.results.boundary import BROKEN, FORMATS, found, read, results
from runners.suites.results.said import Case, Fact, Metric, Said, tries

KEYS = (
    *("results", "tests", "name", "status", "suite", "retryAttempts", "duration", "metric"),
    *("benchmark_values", "model", "benchmark", "dependencies", "runners", "latencies", "type"),
    *("request_throughput", "id", "value", "values", "passed", "PASS", "case", "extra", "retries"),
)
TAGS = ("testsuites", "testsuite", "testcase", "failure", "error", "skipped", "properties")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(KEYS),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
ELEMENTS = st.recursive(
    st.text("<>&;a\x00\ud800]!-", max_size=5),
    lambda inner: st.builds(
        lambda tag, key, value, inside: f"<{tag} {key}='{value}'>{''.join(inside)}</{tag}>",
        st.sampled_from(TAGS),
        st.sampled_from(("name", "time", "classname", "message", "type")),
        st.text(st.characters(exclude_characters="<&'"), max_size=6),
        st.lists(inner, max_size=3),
    ),
    max_leaves=10,
)


# A few examples of each in every run, all of them in `make fuzz`.
MANY = settings().max_examples
FEW = settings(max_examples=MANY if MANY >= 1000 else max(MANY // 5, 10))


def assert_sound(told: list[Said]) -> None:
    """What the harness and the protocol take: ids, finite numbers, one last try a case."""
    ended = set()
    for one in told:
        if isinstance(one, Case):
            assert one.id
            assert one.id.isprintable()
            assert len(one.id) <= 1000
            assert one.status in {"PASS", "FAIL", "ERROR", "MISS", "DONE", "SKIP"}
            assert one.seconds is None or one.seconds >= 0
            key = (one.id, one.device, one.dtype)
            assert key not in ended
            if not one.again:
                ended.add(key)
        elif isinstance(one, Metric):
            assert one.values
            assert all(map(isfinite, one.values))
        else:
            assert isinstance(one, Fact)


@pytest.mark.parametrize("kind", FORMATS)
@FEW
@given(data=st.binary(max_size=200))
def test_any_bytes_are_taken(kind: str, data: bytes) -> None:
    assert_sound(list(read(kind, data)))


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "junit"])
@FEW
@given(value=VALUES)
def test_any_json_is_taken(kind: str, value: object) -> None:
    assert_sound(list(read(kind, json.dumps(value).encode())))


@FEW
@given(text=ELEMENTS)
def test_any_elements_are_taken(text: str) -> None:
    whole = f"<testsuites>{text}</testsuites>"
    assert_sound(list(read("junit", whole.encode("utf-8", "surrogatepass"))))


GOOD = {
    "junit": "<testsuites><testsuite name='s'><testcase name='a' time='1'><failure message='m'/>"
    "</testcase></testsuite></testsuites>",
    "ctrf": '{"results": {"tests": [{"name": "a", "status": "failed", "suite": ["s"]}]}}',
    "pytorch-benchmark-v3": '[{"metric": {"name": "m", "benchmark_values": [1, 2]}}]',
    "vllm-bench": '{"request_throughput": 1.5, "mean_ttft_ms": 3}',
    "jsonl": '{"type": "case", "id": "a", "status": "PASS"}\n',
}


@pytest.mark.parametrize("kind", FORMATS)
@FEW
@given(cut=st.integers(0, 140), inserted=st.binary(max_size=3))
def test_a_sound_file_that_was_damaged_is_taken(kind: str, cut: int, inserted: bytes) -> None:
    data = GOOD[kind].encode()
    assert_sound(list(read(kind, data[:cut] + inserted + data[cut + len(inserted) :])))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_was_cut_off_is_an_error(kind: str) -> None:
    data = GOOD[kind].encode().rstrip()[:-1]
    last = list(read(kind, data))[-1]
    assert isinstance(last, Case)
    assert (last.id, last.status) == (BROKEN, "ERROR")


def test_a_fault_of_the_reader_is_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_data: bytes) -> list[Said]:
        raise KeyError("oops")

    monkeypatch.setitem(FORMATS, "ctrf", wrong)
    (one,) = read("ctrf", b"", "r")
    assert isinstance(one, Case)
    assert one.message == "r: KeyError: 'oops'"


def test_a_file_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "LIMIT_BYTES", 1 << 20)
    (one,) = read("ctrf", b" " * ((1 << 20) + 1), "r")
    assert isinstance(one, Case)
    assert one.message == "r:the file: larger than 1 MiB"


def test_several_files_are_read_in_their_order(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl"):
        line = {"type": "case", "id": name, "status": "PASS"}
        (tmp_path / name).write_text(json.dumps(line))
    told = [one.id for one in results("jsonl", f"{tmp_path}/*.jsonl") if isinstance(one, Case)]
    assert told == ["a.jsonl", "b.jsonl"]


def test_a_case_in_two_files_ends_once(tmp_path: Path) -> None:
    for name, status in (("1.jsonl", "FAIL"), ("2.jsonl", "PASS")):
        (tmp_path / name).write_text(json.dumps({"type": "case", "id": "a", "status": status}))
    told = [one for one in results("jsonl", f"{tmp_path}/*.jsonl") if isinstance(one, Case)]
    assert [(one.status, one.again) for one in told] == [("FAIL", True), ("PASS", False)]


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text("{")
    (tmp_path / "2.jsonl").write_text('{"type": "case", "id": "a", "status": "PASS"}')
    told = [one.id for one in results("jsonl", f"{tmp_path}/*.jsonl") if isinstance(one, Case)]
    assert told == ["a", BROKEN]


def test_files_that_were_not_written_are_an_error(tmp_path: Path) -> None:
    (one,) = results("junit", f"{tmp_path}/none.xml")
    assert isinstance(one, Case)
    assert (one.status, one.message) == ("ERROR", f"{tmp_path}/none.xml was not written")


def test_a_file_without_a_case_is_never_a_pass(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text("<testsuites/>")
    (one,) = results("junit", f"{tmp_path}/r.xml")
    assert isinstance(one, Case)
    assert one.message.endswith("holds no case and no metric")


def test_a_folder_is_no_result_file(tmp_path: Path) -> None:
    (tmp_path / "r.xml").mkdir()
    assert found(f"{tmp_path}/*.xml") == []


def test_earlier_measurements_of_a_case_are_no_failures() -> None:
    told = list(tries([Case("a", "DONE"), Case("a", "DONE")]))
    assert told == [Case("a", "DONE")]


def test_more_cases_than_a_report_may_hold_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boundary, "CASES", 2)
    lines = "\n".join(f'{{"type": "case", "id": "{n}", "status": "PASS"}}' for n in range(5))
    told = [one.id for one in read("jsonl", lines.encode()) if isinstance(one, Case)]
    assert told[:2] == ["0", "1"]
    assert told[-1] == BROKEN
