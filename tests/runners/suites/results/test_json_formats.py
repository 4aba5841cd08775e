"""CTRF, PyTorch benchmark v3, vLLM's benchmarks and JSON lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runners.suites.results.boundary import BROKEN, read
from runners.suites.results.said import Case, Fact, Metric, Said


def said(kind: str, value: object) -> list[Said]:
    return list(read(kind, json.dumps(value).encode(), "r.json"))


def cases(kind: str, value: object) -> list[Case]:
    return [one for one in said(kind, value) if isinstance(one, Case)]


def metrics(kind: str, value: object) -> list[Metric]:
    return [one for one in said(kind, value) if isinstance(one, Metric)]


def report(*tests: dict[str, Any]) -> dict[str, Any]:
    return {"reportFormat": "CTRF", "results": {"tool": {"name": "jest"}, "tests": list(tests)}}


def test_ctrf_words_become_statuses() -> None:
    words = ("passed", "failed", "skipped", "pending", "other")
    found = cases("ctrf", report(*({"name": w, "status": w, "duration": 1500} for w in words)))
    assert [one.status for one in found] == ["PASS", "FAIL", "SKIP", "SKIP", "ERROR"]
    assert found[0].seconds == 1.5


def test_the_suite_of_a_ctrf_test_is_part_of_its_id() -> None:
    old = {"name": "t", "status": "passed", "suite": "a > b"}
    new = {"name": "t", "status": "passed", "suite": ["a.py", "C"]}
    assert [one.id for one in cases("ctrf", report(old, new))] == ["a > b::t", "a.py::C::t"]


def test_retry_attempts_keep_what_they_say() -> None:
    tried = [{"attempt": 1, "status": "failed", "message": "once", "duration": 20}]
    test = {"name": "t", "status": "passed", "flaky": True, "retries": 1, "retryAttempts": tried}
    found = cases("ctrf", report(test))
    assert [(one.status, one.again, one.message) for one in found] == [
        ("FAIL", True, "once"),
        ("PASS", False, ""),
    ]


def test_retries_that_are_only_counted_are_failed_tries() -> None:
    found = cases("ctrf", report({"name": "t", "status": "passed", "retries": 2}))
    assert [one.again for one in found] == [True, True, False]


def test_ctrf_tells_its_tool() -> None:
    assert said("ctrf", report({"name": "t", "status": "passed"}))[0] == Fact("tool", "jest")


RECORD = {
    "benchmark": {"name": "generate", "mode": "inference", "dtype": "bfloat16"},
    "model": {"name": "opt-125m"},
    "metric": {"name": "tokens_per_second", "benchmark_values": [1.0, 2.0, 3.0]},
    "runners": [{"name": "box", "type": "cpu"}],
    "dependencies": {"torch": {"version": "2.13.0"}, "vllm": "0.32.0"},
}


@pytest.mark.parametrize(
    "text",
    [json.dumps(RECORD), json.dumps([RECORD]), json.dumps(RECORD) + "\n\n"],
    ids=["object", "list", "lines"],
)
def test_a_benchmark_record_is_a_metric_of_a_case(text: str) -> None:
    found = list(read("pytorch-benchmark-v3", text.encode()))
    assert Metric("tokens_per_second", (1.0, 2.0, 3.0), case="opt-125m") in found
    assert Case("opt-125m", "DONE", dtype="bfloat16") in found
    assert Fact("dependency.torch", "2.13.0") in found
    assert Fact("dependency.vllm", "0.32.0") in found


def test_records_one_a_line_with_the_same_name_are_replicates() -> None:
    text = "\n".join(json.dumps(RECORD) for _ in range(2))
    found = [m for m in read("pytorch-benchmark-v3", text.encode()) if isinstance(m, Metric)]
    assert [one.values for one in found] == [(1.0, 2.0, 3.0, 1.0, 2.0, 3.0)]


def test_only_the_metric_is_required() -> None:
    found = said("pytorch-benchmark-v3", {"metric": {"name": "m", "benchmark_values": [4]}})
    assert found == [Case("benchmark", "DONE"), Metric("m", (4.0,), case="benchmark")]


def test_vllm_serve_has_units_and_directions() -> None:
    value = {"request_throughput": 2.5, "mean_ttft_ms": 30, "p99_itl_ms": 4, "model_id": "opt"}
    assert metrics("vllm-bench", value) == [
        Metric("request_throughput", (2.5,), "requests/s", "higher", "serve"),
        Metric("mean_ttft_ms", (30.0,), "ms", "lower", "serve"),
        Metric("p99_itl_ms", (4.0,), "ms", "lower", "serve"),
    ]
    assert Fact("model_id", "opt") in said("vllm-bench", value)
    assert cases("vllm-bench", value)[0].status == "DONE"


def test_vllm_latency_keeps_its_replicates() -> None:
    value = {"avg_latency": 0.2, "latencies": [0.1, 0.3]}
    assert metrics("vllm-bench", value) == [Metric("latency", (0.1, 0.3), "s", "lower", "latency")]


def test_vllm_throughput_is_told_apart() -> None:
    value = {"elapsed_time": 2.0, "num_requests": 4, "tokens_per_second": 9.0}
    assert cases("vllm-bench", value) == [Case("throughput", "DONE", 2.0)]


@pytest.mark.parametrize("more", [{"failed": 3}, {"num_prompts": 10, "completed": 7}])
def test_requests_that_were_lost_fail_the_case(more: dict[str, int]) -> None:
    (one,) = cases("vllm-bench", {"request_throughput": 1.0, **more})
    assert (one.status, one.message) == ("FAIL", "3 requests failed")


def test_json_lines_are_those_of_the_protocol() -> None:
    lines = (
        {"type": "hello", "protocol": 1, "suite": "s"},
        {"type": "case", "id": "a", "begin": True},
        {"type": "case", "id": "a", "status": "FAIL", "again": True, "message": "once"},
        {"type": "case", "id": "a", "status": "PASS", "seconds": 1, "detail": [1]},
        {"type": "metric", "name": "m", "value": 2, "unit": "s", "better": "lower"},
        {"type": "fact", "name": "f", "value": "v"},
        {"type": "bye"},
    )
    text = "\n".join(json.dumps(line) for line in lines)
    assert list(read("jsonl", text.encode())) == [
        Case("a", "FAIL", message="once", again=True),
        Case("a", "PASS", 1.0, detail={"detail": [1]}),
        Metric("m", (2.0,), "s", "lower"),
        Fact("f", "v"),
    ]


def test_json_lines_before_a_broken_one_are_kept() -> None:
    text = '{"type": "case", "id": "a", "status": "PASS"}\n{"type": "case", "id": "b", "sta'
    found = [one for one in read("jsonl", text.encode(), "r") if isinstance(one, Case)]
    assert [one.id for one in found] == ["a", BROKEN]
    assert found[1].message.startswith("r:2:")


CTRF, V3, VLLM, LINES = "ctrf", "pytorch-benchmark-v3", "vllm-bench", "jsonl"


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (CTRF, "", "r.json:1:1: no JSON"),
        (CTRF, '{"results": {"tests": [', "r.json:1:24: no JSON"),
        (CTRF, "[" * 200_000, "nested too deeply"),
        (CTRF, '{"a": NaN}', "NaN is no JSON number"),
        (CTRF, "[1]", "$: [1] is not an object"),
        (CTRF, "{}", "$.results: None is not an object"),
        (CTRF, '{"results": {"tests": {}}}', "$.results.tests: {} is not a list"),
        (CTRF, '{"results": {"tests": [{"name": 1}]}}', "tests[0].name: 1 is not a text"),
        (CTRF, '{"results": {"tests": [{"name": "a", "status": "ok"}]}}', "tests[0].status"),
        (V3, '{"metric": {"name": "m", "benchmark_values": []}}', "at least one number"),
        (V3, '{"metric": {"name": "m", "benchmark_values": ["1"]}}', "benchmark_values[0]"),
        (V3, '{"metric": {"name": "m", "benchmark_values": [1e999]}}', "not a finite number"),
        (V3, '{"metric": {"name": "m", "benchmark_values": [true]}}', "is not a number"),
        (V3, "[{}]", "$[0].metric: None is not an object"),
        (V3, "{}\n{", "no JSON"),
        (VLLM, "{}", "neither serve, throughput nor latency wrote this"),
        (VLLM, '{"request_throughput": "fast"}', "$.request_throughput: 'fast' is not a number"),
        (VLLM, '{"latencies": []}', "at least one number"),
        (VLLM, '{"latencies": [1], "duration": -1}', "$.duration: -1 is not 0 or more"),
        (LINES, '{"type": "case", "id": "a", "status": "OK"}', "r.json:line 1.status"),
        (LINES, '{"type": "case", "id": "a", "status": "PASS", "no": 1}', "unknown key 'no'"),
        (LINES, '{"type": "metric", "name": "m", "value": null}', "line 1.value"),
        (LINES, '\n\n{"type": "what"}', "r.json:line 3"),
        (LINES, "7", "line 1: 7 is not an object"),
    ],
)
def test_what_is_malformed_is_an_error_with_its_place(kind: str, text: str, told: str) -> None:
    last = list(read(kind, text.encode(), "r.json"))[-1]
    assert isinstance(last, Case)
    assert (last.id, last.status) == (BROKEN, "ERROR")
    assert last.message.startswith("r.json:")
    assert told in last.message


@pytest.mark.parametrize("kind", [CTRF, V3, VLLM, LINES])
def test_bytes_that_are_no_utf_8_are_an_error_with_their_place(kind: str) -> None:
    (one,) = read(kind, b'{"a": "\xff"}', "r.json")
    assert isinstance(one, Case)
    assert one.message == "r.json:byte 7: no UTF-8"


def test_a_byte_order_mark_is_no_mistake() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(report({"name": "t", "status": "passed"})).encode()
    assert [one.status for one in read("ctrf", data) if isinstance(one, Case)] == ["PASS"]
