"""What each benchmark is asked to do: how many requests, how long, how often; and its command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

VOCABULARY = 12_000  # `bench latency` draws tokens up to 10,000
LONGEST = 256
_CACHE_BYTES = 1 << 26


class Load(NamedTuple):
    """Requests of so many tokens in and out; `at_once` of them at a time."""

    requests: int
    tokens_in: int
    tokens_out: int
    at_once: int


SERVE = Load(requests=40, tokens_in=32, tokens_out=32, at_once=8)
THROUGHPUT = Load(requests=64, tokens_in=32, tokens_out=32, at_once=16)
LATENCY = Load(requests=8, tokens_in=32, tokens_out=32, at_once=8)
ITERATIONS, WARM_UPS = 10, 3
RUNS = 5  # of `bench serve`, behind one to warm up


def latency(model: Path, result: Path) -> list[str]:
    """`vllm bench latency`: a batch again and again in one process."""
    return _command(
        "latency",
        {
            **_engine(model),
            "input-len": LATENCY.tokens_in,
            "output-len": LATENCY.tokens_out,
            "batch-size": LATENCY.requests,
            "num-iters-warmup": WARM_UPS,
            "num-iters": ITERATIONS,
            "output-json": result,
        },
    )


def throughput(model: Path, result: Path) -> list[str]:
    """`vllm bench throughput`: many requests, handed over at once."""
    return _command(
        "throughput",
        {
            **_engine(model),
            "max-num-seqs": THROUGHPUT.at_once,
            "dataset-name": "random",
            "random-input-len": THROUGHPUT.tokens_in,
            "random-output-len": THROUGHPUT.tokens_out,
            "num-prompts": THROUGHPUT.requests,
            "output-json": result,
        },
    )


def serve(model: Path, port: int, name: str, result: Path, seed: int) -> list[str]:
    """`vllm bench serve`: clients of a server that runs, so many at a time."""
    return [
        *_command(
            "serve",
            {
                "backend": "openai",
                "base-url": f"http://127.0.0.1:{port}",
                "model": name,
                "tokenizer": model,
                "dataset-name": "random",
                "random-input-len": SERVE.tokens_in,
                "random-output-len": SERVE.tokens_out,
                "num-prompts": SERVE.requests,
                "max-concurrency": SERVE.at_once,
                "ready-check-timeout-sec": 0,
                "num-warmups": 0,
                "percentile-metrics": "ttft,tpot,itl,e2el",
                "metric-percentiles": "50,99",
                "seed": seed,
                "result-dir": result.parent,
                "result-filename": result.name,
            },
        ),
        *("--save-result", "--ignore-eos", "--disable-tqdm"),
    ]


def _engine(model: Path) -> dict[str, object]:
    return {
        "model": model,
        "dtype": "float32",
        "max-model-len": LONGEST,
        "kv-cache-memory-bytes": _CACHE_BYTES,
        "seed": 0,
    }


def _command(tool: str, said: dict[str, object]) -> list[str]:
    program = Path(sys.executable).with_name("vllm")
    eager = ["--enforce-eager"] if tool != "serve" else []
    options = [f"--{name}={value}" for name, value in said.items()]
    return [str(program), "bench", tool, *options, *eager]
