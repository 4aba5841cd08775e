"""Whether a tiny model of an architecture writes what Transformers writes with the same weights."""

from __future__ import annotations

from runners.suites.tiny_models.prompts import drawn
from runners.suites.vllm_engine.asking import Ask
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_models.agreement import ALLOWED, written_right
from runners.suites.vllm_models.bench import Bench

STEPS = 16
LENGTHS = (48, 33, 20, 7)
PROMPTS = [drawn(f"models {length}", length) for length in LENGTHS]
GREEDY = {"temperature": 0, "max_tokens": STEPS, "logprobs": 5, "ignore_eos": True}
BATCH = Ask(PROMPTS, GREEDY)


def writes(bench: Bench, architecture: str, dtype: str) -> Found:
    """Four prompts of different lengths in one batch, greedily."""
    (found,) = bench.answers(architecture, BATCH, dtype=dtype)
    return written_right(bench.reference(architecture), PROMPTS, found, ALLOWED[dtype])
