"""Whether an engine with a feature writes what the plain engine writes with the same weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple  # Any: arguments and answers of vLLM

import torch

from runners.suites.harness import Skipped
from runners.suites.tiny_models.prompts import drawn
from runners.suites.tiny_models.reference import last_hidden
from runners.suites.vllm_engine.asking import Ask
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_models.agreement import ALLOWED, same, written_right
from runners.suites.vllm_models.bench import Bench
from runners.suites.vllm_models.writing import BATCH, GREEDY, PROMPTS

MODEL = "llama"
BLOCK = 32  # tokens of a block of the cache
_RANKS = 2
_ALIKE = 1e-5
_SHARED = drawn("models shared", 3 * BLOCK)
_OTHER = drawn("models other", 3 * BLOCK)  # as long, so that only what it says tells them apart
_CONTINUED = [
    [*begun, *drawn(f"models rest {number}", 9)]
    for number, begun in enumerate((_SHARED, _SHARED, _OTHER))
]
_PLAIN: dict[str, Any] = {"enable_prefix_caching": False, "block_size": BLOCK}


class Feature(NamedTuple):
    """Arguments of an engine that writes `BATCH`, and what shows that the feature was at work."""

    id: str
    arguments: Mapping[str, Any]
    dtype: str = "float32"
    ranks: int = 1


FEATURES = (
    Feature("prefill.chunked", {"enable_chunked_prefill": True, "max_num_batched_tokens": 16}),
    Feature("compiled", {"enforce_eager": False}),
    Feature("parallel.tensor", {"tensor_parallel_size": _RANKS}, ranks=_RANKS),
    Feature("parallel.pipeline", {"pipeline_parallel_size": _RANKS}, ranks=_RANKS),
    Feature(
        "speculation.ngram",
        {
            "speculative_config": {
                "method": "ngram",
                "num_speculative_tokens": 3,
                "prompt_lookup_max": 2,
                "prompt_lookup_min": 1,
            }
        },
    ),
)


def plain(bench: Bench, *asks: Ask) -> list[list[dict[str, Any]]]:
    """What the plain engine answers."""
    return bench.answers(MODEL, *asks, **_PLAIN)


def unchanged(feature: Feature, bench: Bench) -> Found:
    """Whether the feature changes nothing of what is written."""
    _afford(feature, bench)
    more = {**_PLAIN, **feature.arguments}
    (found,) = bench.answers(MODEL, BATCH, dtype=feature.dtype, **more)
    (right,) = plain(bench, BATCH)
    return same(found, right, ALLOWED["float32"])


def alone(bench: Bench) -> Found:
    """Whether each text gets the same answer alone as in a batch."""
    batch, *singles = plain(bench, BATCH, *(Ask([prompt], GREEDY) for prompt in PROMPTS))
    return same([one for (one,) in singles], batch, ALLOWED["float32"])


def prefix(bench: Bench) -> Found:
    """Whether texts with a beginning that is cached are answered as without any cache."""
    ask = Ask(_CONTINUED, GREEDY)
    more = {**_PLAIN, "enable_prefix_caching": True}
    _, cached = bench.answers(MODEL, ask, ask, **more)
    (right,) = plain(bench, ask)
    least = min(one["cached"] for one in cached)
    found = same(cached, right, ALLOWED["float32"])
    detail = {**found.detail, "cached": least}
    if least < len(_SHARED) and not found.problem:
        return Found(f"only {least} of {len(_SHARED)} tokens came from the cache", detail)
    return Found(found.problem, detail)


def narrow_cache(bench: Bench) -> Found:
    """Whether a cache in fp8 is used, and is no worse than such numbers are."""
    more = {**_PLAIN, "kv_cache_dtype": "fp8"}
    wide, narrow = (
        bench.answers(MODEL, BATCH, dtype="bfloat16", **one)[0] for one in (_PLAIN, more)
    )
    found = written_right(bench.reference(MODEL), PROMPTS, narrow, ALLOWED["fp8"])
    said = [[one["outputs"][0]["logprobs"] for one in answers] for answers in (wide, narrow)]
    if said[0] == said[1] and not found.problem:
        return Found("with the cache in fp8 nothing differs by a bit", found.detail)
    return found


def embeds(bench: Bench) -> Found:
    """Whether the pooled state of a text is what stands behind the last layer."""
    (found,) = bench.answers(MODEL, Ask(PROMPTS, kind="embed"), runner="pooling")
    apart = 0.0
    for prompt, answer in zip(PROMPTS, found):  # noqa: B905 - Python 3.9 has no strict
        right = last_hidden(bench.reference(MODEL), prompt)
        off = (torch.tensor(answer["embedding"]) - right).abs().max()
        apart = max(apart, float(torch.nan_to_num(off, nan=torch.inf)))
    detail = {"tolerance": f"{_ALIKE:g} of a vector of length 1", "used": apart / _ALIKE}
    return Found(f"an embedding is off by {apart:.3g}" if apart > _ALIKE else "", detail)


def _afford(feature: Feature, bench: Bench) -> None:
    if bench.device != "cpu" and 0 < bench.devices < feature.ranks:
        raise Skipped(
            f"capability: {feature.ranks} ranks need as many devices, not {bench.devices}"
        )


OTHERS: tuple[tuple[str, str, Callable[[Bench], Found]], ...] = (
    ("batch", "float32", alone),
    ("cache.prefix", "float32", prefix),
    ("cache.fp8", "bfloat16", narrow_cache),
    ("embedding", "float32", embeds),
)
