"""The JSON that `vllm bench serve`, `throughput` and `latency` write of a run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runners.suites.results.said import Case, Fact, Malformed, Metric, Said
from runners.suites.results.tree import Node, document

_RATES = {
    "request_throughput": "requests/s",
    "request_goodput": "requests/s",
    "output_throughput": "tokens/s",
    "total_token_throughput": "tokens/s",
    "requests_per_second": "requests/s",
    "tokens_per_second": "tokens/s",
    "max_output_tokens_per_s": "tokens/s",
}
_TIMES = re.compile(r"(mean|median|std|p[0-9.]+)_(ttft|tpot|itl|e2el)_ms")
_FACTS = (
    *("model_id", "backend", "endpoint_type", "date", "tokenizer_id", "num_prompts"),
    *("request_rate", "max_concurrency", "completed", "failed", "duration", "elapsed_time"),
    *("total_input_tokens", "total_output_tokens", "num_requests", "total_num_tokens"),
)


def read(data: bytes) -> Iterator[Said]:
    """One case for the run, its metrics with their units, and how it was asked for.

    Requests that failed make the case FAIL.
    """
    root = document(data)
    kind = _kind(root)
    for key in _FACTS:
        if root.has(key) and isinstance(root.child(key).value, (str, int, float)):
            yield Fact(key, str(root.child(key).value)[:200])
    yield _case(root, kind)
    for key, unit in _RATES.items():
        if root.has(key):
            yield Metric(key, (root.child(key).number(),), unit, "higher", kind)
    for key in sorted(root.object()):
        if _TIMES.fullmatch(key) and root.has(key):
            yield Metric(key, (root.child(key).number(),), "ms", "lower", kind)
    yield from _latencies(root, kind)


def _kind(root: Node) -> str:
    if root.has("latencies"):
        return "latency"
    if root.has("request_throughput"):
        return "serve"
    if root.has("tokens_per_second"):
        return "throughput"
    raise Malformed(root.place, "neither serve, throughput nor latency wrote this")


def _case(root: Node, kind: str) -> Case:
    lost = int(root.child("failed").number()) if root.has("failed") else 0
    if root.has("num_prompts") and root.has("completed"):
        missing = root.child("num_prompts").number() - root.child("completed").number()
        lost = max(lost, int(missing))
    key = next((key for key in ("duration", "elapsed_time") if root.has(key)), "")
    seconds = root.child(key).number() if key else None
    if seconds is not None and seconds < 0:
        raise root.child(key).wrong("0 or more")
    if lost > 0:
        return Case(kind, "FAIL", seconds, f"{lost} requests failed")
    return Case(kind, "DONE", seconds)


def _latencies(root: Node, kind: str) -> Iterator[Said]:
    if root.has("latencies"):
        values = tuple(one.number() for one in root.child("latencies").items())
        if not values:
            raise root.child("latencies").wrong("a list of at least one number")
        yield Metric("latency", values, "s", "lower", kind)
