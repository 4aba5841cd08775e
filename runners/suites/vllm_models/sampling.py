"""Whether the sampler draws what it is to draw, and stops and forms texts as it is told."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any  # answers of vLLM

from runners.suites.tiny_models.prompts import drawn
from runners.suites.tiny_models.reference import log_probabilities
from runners.suites.tiny_models.tokenizer import byte
from runners.suites.vllm_engine.asking import Ask
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_models.agreement import ALLOWED, Off, judged
from runners.suites.vllm_models.bench import Bench
from runners.suites.vllm_models.features import MODEL, plain
from runners.suites.vllm_models.writing import BATCH, PROMPTS

_DRAWS, _KEPT, _TEMPERATURE = 480, 6, 0.5
_SIGMAS = 5.0
_NUCLEUS = 0.3
_PROMPT = drawn("models sampled", 12)
_FORM = "[0-9]{3}-[a-f]{2}"
_WORDS = ["yes", "no", "perhaps"]
_SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["cpu", "gpu"]}, "works": {"type": "boolean"}},
    "required": ["kind", "works"],
    "additionalProperties": False,
}


def logprobs(bench: Bench) -> Found:
    """Whether the five likeliest tokens of each step are the reference's, in its order."""
    (found,) = plain(bench, BATCH)
    steps = [
        one
        for number, (prompt, answer) in enumerate(zip(PROMPTS, found))  # noqa: B905 - Python 3.9 has no strict
        for one in _tops(bench.reference(MODEL), number, prompt, answer["outputs"][0])
    ]
    return judged(steps, ALLOWED["float32"])


def seeded(bench: Bench) -> Found:
    """Whether a seed repeats a text, and another gives another."""
    asks = [
        Ask([_PROMPT], {"max_tokens": 24, "seed": seed, "ignore_eos": True}) for seed in (5, 5, 6)
    ]
    first, again, other = (_tokens(one) for one in plain(bench, *asks))
    detail: dict[str, object] = {"tolerance": "equal", "seeds": [5, 6]}
    if first != again:
        return Found("the same seed gives another text", detail)
    return Found("another seed gives the same text" if first == other else "", detail)


def distribution(bench: Bench) -> Found:
    """Whether tokens come as often as temperature and `top_k` make them."""
    said = {"n": _DRAWS, "max_tokens": 1, "temperature": _TEMPERATURE, "top_k": _KEPT, "seed": 1}
    counts = _drawn(bench, said)
    row = log_probabilities(bench.reference(MODEL), _PROMPT)[-1] / _TEMPERATURE
    best = row.topk(_KEPT)
    right = dict(zip(best.indices.tolist(), best.values.softmax(-1).tolist()))  # noqa: B905 - the same
    strange = sorted(set(counts) - set(right))
    detail: dict[str, object] = {"tolerance": f"{_SIGMAS:g} standard deviations of {_DRAWS} draws"}
    if strange:
        return Found(f"token {strange[0]} was drawn, which is not among the {_KEPT} best", detail)
    off = {token: _sigmas(counts[token], share) for token, share in right.items()}
    worst = max(off, key=lambda token: off[token])
    detail["used"] = off[worst] / _SIGMAS
    if off[worst] > _SIGMAS:
        told = f"{counts[worst]} of {_DRAWS} times and not {right[worst] * _DRAWS:.0f}"
        return Found(f"token {worst} was drawn {told}", detail)
    return Found("", detail)


def nucleus(bench: Bench) -> Found:
    """Whether `top_p` keeps the likeliest tokens that make up the mass, and draws all of them."""
    said = {"n": _DRAWS, "max_tokens": 1, "top_p": _NUCLEUS, "temperature": _TEMPERATURE, "seed": 2}
    counts = _drawn(bench, said)
    row = log_probabilities(bench.reference(MODEL), _PROMPT)[-1] / _TEMPERATURE
    ranked = row.softmax(-1).sort(descending=True)
    before = ranked.values.cumsum(-1) - ranked.values
    kept = set(ranked.indices[before < _NUCLEUS].tolist())
    strange = sorted(set(counts) - kept)
    detail: dict[str, object] = {
        "tolerance": "none outside",
        "kept": len(kept),
        "drawn": len(counts),
    }
    if strange:
        return Found(f"token {strange[0]} was drawn, which `top_p` leaves out", detail)
    return Found("only one token was ever drawn" if len(counts) < 2 < len(kept) else "", detail)  # noqa: PLR2004 - any other


def bias(bench: Bench) -> Found:
    """Whether a token with a bias is written and one that is forbidden is not."""
    (free,) = plain(bench, BATCH)
    forbidden = free[0]["outputs"][0]["tokens"][0]
    greedy = {"temperature": 0, "max_tokens": 4, "ignore_eos": True}
    forced, without = plain(
        bench,
        Ask(PROMPTS[:1], {**greedy, "logit_bias": {"77": 100.0}}),
        Ask(PROMPTS[:1], {**greedy, "logit_bias": {str(forbidden): -100.0}}),
    )
    detail: dict[str, object] = {"tolerance": "equal"}
    if set(_tokens(forced)) != {77}:
        return Found("a token with a bias of 100 is not the one that is written", detail)
    row = log_probabilities(bench.reference(MODEL), PROMPTS[0])[-1]
    second = int(row.topk(2).indices[1])
    if _tokens(without)[0] != second:
        return Found("without the best token another than the second is written", detail)
    return Found("", detail)


def stops(bench: Bench) -> Found:
    """Whether a text ends before a string and behind a token that are to end it."""
    (free,) = plain(bench, BATCH)
    tokens = free[0]["outputs"][0]["tokens"]
    at = next(k for k in range(2, len(tokens)) if tokens[k] not in tokens[:k])
    greedy = {"temperature": 0, "max_tokens": len(tokens), "ignore_eos": True}
    (by_token,) = plain(bench, Ask(PROMPTS[:1], {**greedy, "stop_token_ids": [tokens[at]]}))
    detail: dict[str, object] = {"tolerance": "equal", "step": at}
    ended = by_token[0]["outputs"][0]
    if (ended["tokens"], ended["finish"]) != (tokens[: at + 1], "stop"):
        return Found(f"a stop token at step {at} ended it with {ended['finish']}", detail)
    text = free[0]["outputs"][0]["text"]
    word = text[len(text) // 2 : len(text) // 2 + 3]
    (by_word,) = plain(bench, Ask(PROMPTS[:1], {**greedy, "stop": [word]}))
    said = by_word[0]["outputs"][0]
    if said["text"] != text[: text.index(word)] or said["stopped_by"] != word:
        return Found(f"at the string {word!r} it ended with {said['text'][-20:]!r}", detail)
    return Found("", detail)


def formed(check: Callable[[str], bool], structured: Mapping[str, Any], bench: Bench) -> Found:
    """Whether every text has the form that was asked for, to its end."""
    said = {"max_tokens": 64, "temperature": 1.0, "seed": 3, "structured": dict(structured)}
    said["logit_bias"] = {str(byte(blank)): -100.0 for blank in " \t\n\r"}
    # A text that ends inside a character has vLLM repeat it in front of the answer.
    asked = [[*prompt, byte(":")] for prompt in PROMPTS]
    (found,) = plain(bench, Ask(asked, said))
    detail: dict[str, object] = {"tolerance": "every text", "texts": [_text(one) for one in found]}
    wrong = [_text(one) for one in found if not check(_text(one))]
    return Found(f"{wrong[0][:200]!r} has another form" if wrong else "", detail)


def is_json(text: str) -> bool:
    """Whether it is an object of the schema that was asked for."""
    try:
        said = json.loads(text)
    except ValueError:
        return False
    known = isinstance(said, dict) and set(said) == {"kind", "works"}
    return known and said["kind"] in {"cpu", "gpu"} and isinstance(said["works"], bool)


FORMS: tuple[tuple[str, Callable[[str], bool], Mapping[str, Any]], ...] = (
    ("structured.json", is_json, {"json": _SCHEMA}),
    ("structured.regex", lambda text: bool(re.fullmatch(_FORM, text)), {"regex": _FORM}),
    ("structured.choice", lambda text: text in _WORDS, {"choice": _WORDS}),
)
CHECKS: tuple[tuple[str, Callable[[Bench], Found]], ...] = (
    ("logprobs", logprobs),
    ("sampling.seeded", seeded),
    ("sampling.distribution", distribution),
    ("sampling.top-p", nucleus),
    ("sampling.bias", bias),
    ("stop", stops),
)


def _tops(model: Any, number: int, prompt: list[int], output: Mapping[str, Any]) -> Iterator[Off]:  # noqa: ANN401 - a model
    """Each of the best tokens of each step: its log-probability, and that of the one so ranked."""
    rows = log_probabilities(model, [*prompt, *output["tokens"]])
    for step, tops in enumerate(output["tops"]):
        row = rows[len(prompt) - 1 + step]
        ranked = row.topk(len(tops)).values.tolist()
        for (token, said), right in zip(tops, ranked):  # noqa: B905 - Python 3.9 has no strict
            own = float(row[token])
            yield Off(number, step, token, said - own, right - own)


def _drawn(bench: Bench, said: Mapping[str, Any]) -> Counter[int]:
    (found,) = plain(bench, Ask([_PROMPT], said))
    return Counter(one["tokens"][0] for one in found[0]["outputs"])


def _sigmas(count: int, share: float) -> float:
    """By how many standard deviations of a binomial distribution a count is off."""
    spread = math.sqrt(_DRAWS * share * (1 - share))
    return abs(count - _DRAWS * share) / max(spread, 1.0)


def _tokens(answers: list[dict[str, Any]]) -> list[int]:
    found: list[int] = answers[0]["outputs"][0]["tokens"]
    return found


def _text(answer: Mapping[str, Any]) -> str:
    return str(answer["outputs"][0]["text"])
