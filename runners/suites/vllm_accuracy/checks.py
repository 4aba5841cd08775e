"""How far vLLM's log-probabilities lie from the stored ones, and what share of a task it solves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runners.suites.tiny_models.architectures import named
from runners.suites.vllm_accuracy import copying
from runners.suites.vllm_accuracy.bench import Bench
from runners.suites.vllm_accuracy.stored import Reference, reference
from runners.suites.vllm_accuracy.texts import TEXTS
from runners.suites.vllm_engine.asking import Ask

# How far a log-probability may be off; docs/suites/vllm-accuracy.md says why, and what is used.
ALLOWED = {"float32": 2e-5, "bfloat16": 0.125}
ALLOWED_MEAN = {"float32": 4e-6, "bfloat16": 0.025}
# Of a mixture of experts in a narrow dtype: where two experts are as good as equally likely, the
# other one answers, and that place is off by more than rounding.
STRAYS = 0.05
_FORCED = {"max_tokens": 1, "temperature": 0, "prompt_logprobs": 0, "detokenize": False}


class Found(NamedTuple):
    """`problem` is "" where all is right; `exact` is the share of solved tasks in percent."""

    problem: str
    detail: dict[str, object]
    exact: float | None = None


class Off(NamedTuple):
    """A place in a text, and by how much its log-probability is off there."""

    text: int
    place: int
    apart: float


def forced(bench: Bench, architecture: str, dtype: str) -> Found:
    """Whether each token of the texts has the stored log-probability, given those before it."""
    right = reference(architecture)
    (answers,) = bench.architecture(architecture, right.fingerprint, dtype, Ask(TEXTS, _FORCED))
    off = list(_off([one["prompt_logprobs"] for one in answers], right))
    strays = STRAYS if named(architecture).has_experts and dtype != "float32" else 0.0
    return judged(off, dtype, right, strays)


def judged(off: Sequence[Off], dtype: str, right: Reference, strays: float = 0.0) -> Found:
    """What the worst place and the mean say; `strays` is the share of places that is let go."""
    let_go = int(strays * len(off))
    worst = sorted(off, key=lambda one: one.apart, reverse=True)[let_go]
    mean = sum(one.apart for one in off) / len(off)
    used = max(worst.apart / ALLOWED[dtype], mean / ALLOWED_MEAN[dtype])
    detail: dict[str, object] = {
        "places": len(off),
        "worst": worst.apart,
        "mean": mean,
        "tolerance": f"{ALLOWED[dtype]:g} of a log-probability, {ALLOWED_MEAN[dtype]:g} on average",
        "let_go": let_go,
        "used": used,
        "reference": right.made_with,
    }
    if worst.apart > ALLOWED[dtype]:
        place = f"text {worst.text}, place {worst.place}"
        return Found(f"log-probability off by {worst.apart:.3g} in {place}", detail)
    if mean > ALLOWED_MEAN[dtype]:
        return Found(f"log-probabilities are off by {mean:.3g} on average", detail)
    return Found("", detail)


def copies(bench: Bench, dtype: str) -> Found:
    """What share of words the trained model copies without a mistake."""
    words = copying.words()
    asks = Ask([copying.asked(word) for word in words], copying.SAMPLING)
    (answers,) = bench.trained(dtype, asks)
    said = [one["outputs"][0]["tokens"] for one in answers]
    right = [copying.tokens(word) for word in words]
    trained = copying.exact()
    exact = 100.0 * sum(a == b for a, b in zip(said, right)) / len(words)  # noqa: B905 - Python 3.9 has no strict
    detail: dict[str, object] = {
        "words": len(words),
        "exact": exact,
        "tolerance": f"at most {copying.LESS:g} % less than Transformers in float32",
        "right": trained,
    }
    if exact < trained - copying.LESS:
        return Found(f"{exact:g} % of words were copied, not {trained:g} %", detail, exact)
    return Found("", detail, exact)


def _off(rows: Sequence[Sequence[float | None]], right: Reference) -> Iterator[Off]:
    """Each place but the first of a text, which nothing precedes."""
    for text, (said, stored) in enumerate(zip(rows, right.rows)):  # noqa: B905 - Python 3.9 has no strict
        for place, (one, other) in enumerate(zip(said[1:], stored)):  # noqa: B905 - the same
            apart = float("inf") if one is None else abs(one - other)
            yield Off(text, place, apart if apart == apart else float("inf"))  # noqa: PLR0124 - NaN is unlike itself
