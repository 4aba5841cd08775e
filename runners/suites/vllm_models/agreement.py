"""Whether what an engine wrote is what Transformers would write, and how sure each was of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple  # Any: an answer is JSON

from runners.suites.tiny_models.reference import log_probabilities
from runners.suites.vllm_engine.found import Found

# How far a log-probability may be off; docs/suites/vllm-models.md says why, and what is used.
ALLOWED = {"float32": 1e-5, "bfloat16": 0.125, "fp8": 0.5}


class Off(NamedTuple):
    """A step of an answer: by how much its token's log-probability is off, and who is likelier.

    `behind` is how much less likely the reference holds the token than its own favourite.
    """

    prompt: int
    step: int
    token: int
    apart: float
    behind: float


def written_right(
    model: Any,  # noqa: ANN401 - a model of Transformers
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Mapping[str, Any]],
    allowed: float,
) -> Found:
    """Whether greedy answers are the reference's, with its log-probabilities.

    The reference is given what was written so far, so that one step does not spoil the next. A
    token may be another one than its favourite where the two are as good as equally likely.
    """
    steps = [
        one
        for number, (prompt, answer) in enumerate(zip(prompts, answers))  # noqa: B905 - Python 3.9 has no strict
        for one in _steps(model, number, prompt, answer["outputs"][0])
    ]
    return judged(steps, allowed)


def judged(steps: Sequence[Off], allowed: float) -> Found:
    """What the worst of the steps says of all."""
    if not steps:
        return Found("nothing was written", {})
    apart = max(steps, key=lambda one: _size(one.apart))
    behind = max(steps, key=lambda one: _size(one.behind))
    detail = {
        "steps": len(steps),
        "tolerance": f"{allowed:g} of a log-probability",
        "used": _size(apart.apart) / allowed,
        "behind": behind.behind,
    }
    if _size(apart.apart) > allowed:
        return Found(f"log-probability off by {apart.apart:.3g} {_place(apart)}", detail)
    if _size(behind.behind) > 2 * allowed:
        what = f"a token that is {behind.behind:.3g} less likely than the best"
        return Found(f"{what} {_place(behind)}", detail)
    return Found("", detail)


def same(
    found: Sequence[Mapping[str, Any]], plain: Sequence[Mapping[str, Any]], allowed: float
) -> Found:
    """Whether two engines have written the same tokens with the same log-probabilities."""
    steps, other = [], ""
    for number, (one, right) in enumerate(zip(found, plain)):  # noqa: B905 - Python 3.9 has no strict
        got, want = one["outputs"][0], right["outputs"][0]
        if got["tokens"] != want["tokens"]:
            at = next(_differing(got["tokens"], want["tokens"]))
            other = other or f"another token than the plain engine's in prompt {number}, step {at}"
        pairs = zip(got["tokens"], got["logprobs"], want["logprobs"])  # noqa: B905 - the same
        steps += [Off(number, k, t, a - b, 0.0) for k, (t, a, b) in enumerate(pairs)]
    found_ = judged(steps, allowed)
    return found_ if found_.problem or not other else Found(other, found_.detail)


def _steps(
    model: Any,  # noqa: ANN401 - a model of Transformers
    number: int,
    prompt: Sequence[int],
    output: Mapping[str, Any],
) -> Iterator[Off]:
    tokens = output["tokens"]
    rows = log_probabilities(model, [*prompt, *tokens])
    for step, (token, said) in enumerate(zip(tokens, output["logprobs"])):  # noqa: B905 - the same
        row = rows[len(prompt) - 1 + step]
        right = float(row[token])
        yield Off(number, step, token, said - right, float(row.max()) - right)


def _differing(one: Sequence[int], other: Sequence[int]) -> Iterator[int]:
    shared = min(len(one), len(other))
    yield from (k for k in range(shared) if one[k] != other[k])
    yield shared


def _size(number: float) -> float:
    """Its size; infinite where it is no number."""
    return abs(number) if number == number else float("inf")  # noqa: PLR0124 - NaN is unlike itself


def _place(one: Off) -> str:
    return f"in prompt {one.prompt}, step {one.step}, token {one.token}"
