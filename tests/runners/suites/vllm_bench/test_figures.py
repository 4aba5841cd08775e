"""Which figures of a benchmark agree, and which do not."""

from __future__ import annotations

from typing import Any

import pytest

from runners.suites.vllm_bench import asked, figures, running, speed
from runners.suites.vllm_bench.ours import Cost, Count
from runners.suites.vllm_bench.running import Run

TIMES = {f"{rank}_{kind}_ms": 5.0 for kind in figures.TIMES for rank in ("median", "p99")}
SERVED: dict[str, Any] = {
    "completed": 40,
    "failed": 0,
    "total_input_tokens": 1280,
    "total_output_tokens": 1280,
    "duration": 2.0,
    "request_throughput": 20.0,
    "output_throughput": 640.0,
    "total_token_throughput": 1280.0,
    **TIMES,
}
BATCHES: dict[str, Any] = {
    "latencies": [0.1] * 9 + [0.2],
    "avg_latency": 0.11,
    "percentiles": {"10": 0.1, "50": 0.1, "99": 0.2},
}
OFFLINE: dict[str, Any] = {
    "num_requests": 64,
    "total_num_tokens": 4096,
    "elapsed_time": 4.0,
    "requests_per_second": 16.0,
    "tokens_per_second": 1024.0,
}
RECORDS = {"serve": SERVED, "latency": BATCHES, "throughput": OFFLINE}
MADE = (1280.0, 1280.0)


def ran(tool: str, **other: object) -> Run:
    """A run of five seconds, two of them of a CPU."""
    return Run("", {**RECORDS[tool], **other}, Cost(5.0, 2.0, 0.1, None), MADE)


def wrong(tool: str, **other: object) -> dict[str, list[str]]:
    """The kinds of cases in which a record fails, with what they say."""
    kinds = ("counts", "agrees", "positive")
    told = {kind: running.problems(tool, kind, [ran(tool, **other)]) for kind in kinds}
    return {kind: said for kind, said in told.items() if said}


@pytest.mark.parametrize("tool", RECORDS)
def test_what_agrees_has_nothing_wrong(tool: str) -> None:
    assert wrong(tool) == {}


@pytest.mark.parametrize(
    ("tool", "other", "kind", "told"),
    [
        ("serve", {"output_throughput": 704.0}, "agrees", "output_throughput is 704"),
        ("serve", {"p99_itl_ms": 4.0}, "agrees", "itl: the median"),
        ("serve", {"median_ttft_ms": 5.1, "p99_ttft_ms": 6.0}, "agrees", "behind the last"),
        ("serve", {"failed": 1}, "counts", "failed is 1"),
        ("serve", {"total_input_tokens": 1279, "total_token_throughput": 1279.5}, "counts", "1280"),
        ("latency", {"avg_latency": 0.1}, "agrees", "avg_latency"),
        ("latency", {"percentiles": {"10": 0.3, "99": 0.2}}, "agrees", "do not rise"),
        ("throughput", {"tokens_per_second": 1000.0}, "agrees", "tokens_per_second"),
        ("throughput", {"num_requests": 63, "requests_per_second": 15.75}, "counts", "63"),
        ("throughput", {"total_num_tokens": 3072, "tokens_per_second": 768.0}, "counts", "1024"),
    ],
)
def test_a_figure_that_is_off_fails_in_its_own_case(
    tool: str, other: dict[str, object], kind: str, told: str
) -> None:
    found = wrong(tool, **other)
    assert set(found) == {kind}
    assert told in found[kind][0]


def test_one_request_too_many_that_all_figures_agree_on_is_counted() -> None:
    found = wrong("serve", completed=41, request_throughput=20.5)
    assert found == {"counts": ["completed is 41 instead of 40"]}


def test_a_clock_that_ran_longer_than_the_process_is_seen() -> None:
    assert (
        "elapsed_time is 8 s of 5 s"
        in wrong("throughput", elapsed_time=8.0, requests_per_second=8.0, tokens_per_second=512.0)[
            "agrees"
        ]
    )


def test_nothing_and_no_number_are_not_above_zero() -> None:
    assert wrong("serve", median_tpot_ms=0.0)["positive"] == ["median_tpot_ms is 0.0"]
    assert wrong("serve", p99_tpot_ms=float("inf"))["positive"] == ["p99_tpot_ms is inf"]


def test_a_figure_that_is_not_there_is_told() -> None:
    run = Run("", {"latencies": [1.0]}, Cost(5.0, 2.0, 0.0, None))
    (told,) = running.problems("latency", "agrees", [run])
    assert "KeyError: 'percentiles'" in told


def test_speed_is_told_by_cpu_time_and_price() -> None:
    found = {one.name: one.values for one in speed.served([ran("serve")] * 2, 2.304)}
    assert found["tokens_per_cpu_second"] == [640.0, 640.0]
    assert found["dollars_per_million_tokens"] == [1.0, 1.0]
    assert "joules_per_token" not in found
    assert "dollars_per_million_tokens" not in {
        one.name for one in speed.served([ran("serve")], None)
    }


def test_energy_is_told_where_power_was_read() -> None:
    run = ran("serve")._replace(cost=Cost(5.0, 2.0, 0.0, 64.0))
    found = {one.name: one.values for one in speed.served([run], None)}
    assert found["joules_per_token"] == [0.1]


def test_output_tokens_of_an_engine_are_our_own_count() -> None:
    found = {one.name: one.values for one in speed.throughput(ran("throughput"))}
    assert found["offline_output_throughput"] == [64 * asked.THROUGHPUT.tokens_out / 4.0]


def test_a_run_beside_others_is_contended() -> None:
    assert Cost(5.0, 2.0, 0.3, None).is_contended
    assert not Cost(5.0, 2.0, 0.2, None).is_contended


def test_what_is_counted_has_a_time() -> None:
    with Count() as count:
        sum(range(1000))
    assert count.cost.seconds > 0
    assert count.cost.others >= 0
