"""What is said as speed: a tool's own figures that held, and ours by CPU time, energy and price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runners.suites.vllm_bench.asked import LATENCY, THROUGHPUT
from runners.suites.vllm_bench.figures import TIMES
from runners.suites.vllm_bench.running import Run

_RATES = {
    "request_throughput": "requests/s",
    "output_throughput": "tokens/s",
    "total_token_throughput": "tokens/s",
}
_HOUR_SECONDS, _MILLION = 3600.0, 1e6


class Measured(NamedTuple):
    """A metric with its replicates."""

    name: str
    unit: str
    better: str
    values: list[float]


def served(runs: Sequence[Run], price_per_hour: float | None) -> Iterator[Measured]:
    """Of a server, a value for each run. `price_per_hour`: US dollars, where somebody said it."""
    for key, unit in _RATES.items():
        yield Measured(key, unit, "higher", [float(one.record[key]) for one in runs])
    for kind in TIMES:
        for rank in ("median", "p99"):
            values = [float(one.record[f"{rank}_{kind}_ms"]) for one in runs]
            yield Measured(f"{kind}_{rank}", "ms", "lower", values)
    made = [one.made[1] if one.made else 0.0 for one in runs]
    if all(one.cost.cpu_seconds > 0 for one in runs):
        shares = [n / one.cost.cpu_seconds for n, one in zip(made, runs)]  # noqa: B905 - Python 3.9 has no strict
        yield Measured("tokens_per_cpu_second", "tokens/s", "higher", shares)
    watts = [one.cost.watts for one in runs]
    if all(watts):
        rates = [float(one.record["output_throughput"]) for one in runs]
        joules = [(w or 0.0) / rate for w, rate in zip(watts, rates)]  # noqa: B905 - the same
        yield Measured("joules_per_token", "J/token", "lower", joules)
    if price_per_hour is not None:
        costs = [_dollars(price_per_hour, float(one.record["output_throughput"])) for one in runs]
        yield Measured("dollars_per_million_tokens", "USD", "lower", costs)


def latency(run: Run) -> Iterator[Measured]:
    """Of a batch, a value for each iteration."""
    taken = [float(one) for one in run.record["latencies"]]
    tokens = LATENCY.requests * LATENCY.tokens_out
    yield Measured("batch_latency", "s", "lower", taken)
    yield Measured("batch_output_throughput", "tokens/s", "higher", [tokens / s for s in taken])


def throughput(run: Run) -> Iterator[Measured]:
    """Of an engine without a server; output tokens by our own count, for the tool keeps none."""
    seconds = float(run.record["elapsed_time"])
    tokens = THROUGHPUT.requests * THROUGHPUT.tokens_out
    for name, value in (
        ("offline_output_throughput", tokens / seconds),
        ("offline_total_throughput", float(run.record["tokens_per_second"])),
    ):
        yield Measured(name, "tokens/s", "higher", [value])
    requests = float(run.record["requests_per_second"])
    yield Measured("offline_request_throughput", "requests/s", "higher", [requests])


def _dollars(price_per_hour: float, tokens_per_second: float) -> float:
    """What a million tokens cost at a price of the hour."""
    return price_per_hour / _HOUR_SECONDS / tokens_per_second * _MILLION
