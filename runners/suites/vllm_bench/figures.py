"""Whether the figures that a benchmark tells agree: with each other, and with what we counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any  # what a result file holds

from runners.suites.vllm_bench.asked import ITERATIONS, SERVE, THROUGHPUT

TOLERANCE = 1e-6  # relative: they are made from the same numbers by one division
PROMPTS_OFF = 0.05
TIMES = ("ttft", "tpot", "itl", "e2el")

Record = Mapping[str, Any]


def counts(tool: str, record: Record, made: tuple[float, float] | None = None) -> Iterator[str]:
    """What was not done as often as it was asked for; `made`: the server's own tokens in, out."""
    if tool == "latency":
        yield _equal("latencies", len(record["latencies"]), ITERATIONS)
    elif tool == "throughput":
        yield _equal("num_requests", record["num_requests"], THROUGHPUT.requests)
        prompted = record["total_num_tokens"] - THROUGHPUT.requests * THROUGHPUT.tokens_out
        asked = THROUGHPUT.requests * THROUGHPUT.tokens_in
        # A drawn prompt is text in between, and comes back as a token more or less.
        near = abs(prompted - asked) <= PROMPTS_OFF * asked
        yield "" if near else f"total_num_tokens leaves {prompted:g} for prompts of {asked}"
    else:
        wanted = SERVE.requests * SERVE.tokens_out
        yield _equal("completed", record["completed"], SERVE.requests)
        yield _equal("failed", record.get("failed", 0), 0)
        yield _equal("total_output_tokens", record["total_output_tokens"], wanted)
        if made is not None:
            yield _equal("total_input_tokens", record["total_input_tokens"], made[0])
            yield _equal("total_output_tokens", record["total_output_tokens"], made[1])


def agreement(tool: str, record: Record, wall_seconds: float) -> Iterator[str]:
    """Figures that do not follow from each other, or from the time that we saw go by."""
    if tool == "latency":
        taken = record["latencies"]
        ranks = [
            float(record["percentiles"][key]) for key in sorted(record["percentiles"], key=int)
        ]
        yield _close("avg_latency", record["avg_latency"], fmean(taken))
        yield "" if ranks == sorted(ranks) else f"the percentiles do not rise: {ranks}"
        yield _within("the sum of the latencies", sum(taken), wall_seconds)
    elif tool == "throughput":
        seconds = record["elapsed_time"]
        for key, number in (
            ("requests_per_second", record["num_requests"]),
            ("tokens_per_second", record["total_num_tokens"]),
        ):
            yield _close(key, record[key], number / seconds)
        yield _within("elapsed_time", seconds, wall_seconds)
    else:
        yield from _served(record, wall_seconds)


def positive(tool: str, record: Record) -> Iterator[str]:
    """Figures that are not above zero, or no numbers."""
    for name, value in told(tool, record).items():
        values = value if isinstance(value, list) else [value]
        if not all(math.isfinite(one) and one > 0 for one in values):
            yield f"{name} is {value}"


def told(tool: str, record: Record) -> dict[str, Any]:
    """The figures of a result that this suite says on, by the tool's names."""
    if tool == "latency":
        return {"latencies": list(record["latencies"]), "avg_latency": record["avg_latency"]}
    if tool == "throughput":
        return {
            name: record[name]
            for name in ("elapsed_time", "requests_per_second", "tokens_per_second")
        }
    rates = ("duration", "request_throughput", "output_throughput", "total_token_throughput")
    times = [f"{rank}_{kind}_ms" for kind in TIMES for rank in ("median", "p99")]
    return {name: record[name] for name in (*rates, *times)}


def _served(record: Record, wall_seconds: float) -> Iterator[str]:
    seconds = record["duration"]
    tokens_in, tokens_out = record["total_input_tokens"], record["total_output_tokens"]
    for key, number in (
        ("request_throughput", record["completed"]),
        ("output_throughput", tokens_out),
        ("total_token_throughput", tokens_in + tokens_out),
    ):
        yield _close(key, record[key], number / seconds)
    yield _within("duration", seconds, wall_seconds)
    for kind in TIMES:
        middle, late = record[f"median_{kind}_ms"], record[f"p99_{kind}_ms"]
        yield "" if middle <= late else f"{kind}: the median {middle:g} is above p99, {late:g}"
    first, whole = record["median_ttft_ms"], record["median_e2el_ms"]
    yield "" if first <= whole else f"the first token ({first:g} ms) comes behind the last"


def _equal(name: str, found: float, wanted: float) -> str:
    return "" if found == wanted else f"{name} is {found:g} instead of {wanted:g}"


def _close(name: str, found: float, wanted: float) -> str:
    off = abs(found - wanted) / abs(wanted) if wanted else math.inf
    return "" if off <= TOLERANCE else f"{name} is {found:g}, but its parts make {wanted:g}"


def _within(name: str, seconds: float, wall_seconds: float) -> str:
    return "" if seconds <= wall_seconds else f"{name} is {seconds:g} s of {wall_seconds:g} s"
