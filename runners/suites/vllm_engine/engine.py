"""The process in which one engine lives: reads what is asked from a file, leaves the answers.

It is started by `asking.py` with the settings made, and holds vLLM's own interface for programs
(`LLM`) and nothing of the suites.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any  # what vLLM takes and gives; it is not installed beside mypy


def main() -> None:
    """Answer what lies in the parameter `folder`."""
    answer(Path(json.loads(os.environ["COEVO_PARAMETERS"])["folder"]))


def answer(folder: Path) -> None:
    """Answer `asked.json`, a list of asks to one model, by `answers.json` beside it."""
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    from vllm import LLM  # noqa: PLC0415 - slow, and behind the settings

    engine = LLM(**asked["arguments"])
    found = [_answer(engine, one) for one in asked["asks"]]
    (folder / "answers.json").write_text(json.dumps(found), encoding="utf-8")
    print("answered", flush=True)  # noqa: T201 - the log


def _answer(engine: Any, ask: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: ANN401 - vLLM's
    prompts = [{"prompt_token_ids": tokens} for tokens in ask["prompts"]]
    if ask["kind"] == "embed":
        found = engine.embed(prompts, use_tqdm=False)
        return [{"embedding": list(one.outputs.embedding)} for one in found]
    found = engine.generate(prompts, _sampling(ask["sampling"]), use_tqdm=False)
    return [_generated(one) for one in found]


def _sampling(said: Mapping[str, Any]) -> Any:  # noqa: ANN401 - vLLM's
    from vllm import SamplingParams  # noqa: PLC0415 - behind the settings

    given = dict(said)
    if "logit_bias" in given:  # JSON knows no keys but texts
        given["logit_bias"] = {int(token): add for token, add in said["logit_bias"].items()}
    if "structured" in given:
        from vllm.sampling_params import StructuredOutputsParams  # noqa: PLC0415 - the same

        given["structured_outputs"] = StructuredOutputsParams(**given.pop("structured"))
    return SamplingParams(**given)


def _generated(found: Any) -> dict[str, Any]:  # noqa: ANN401 - vLLM's
    return {
        "prompt_logprobs": _chosen(found.prompt_token_ids, found.prompt_logprobs or ()),
        "cached": found.num_cached_tokens or 0,
        "outputs": [
            {
                "tokens": list(one.token_ids),
                "text": one.text,
                "finish": one.finish_reason,
                "stopped_by": one.stop_reason,
                "logprobs": _chosen(one.token_ids, one.logprobs or ()),
                "tops": [_tops(step) for step in one.logprobs or ()],
            }
            for one in found.outputs
        ],
    }


def _chosen(tokens: Sequence[int], steps: Sequence[Any]) -> list[float | None]:
    """The log-probability of each token; None of the first of a prompt, which has none."""
    return [step and step[token].logprob for token, step in zip(tokens, steps)]  # noqa: B905 - Python 3.9 has no strict


def _tops(step: Mapping[int, Any]) -> list[tuple[int, float]]:
    """The most likely tokens of a step, the best first, with their log-probabilities."""
    ranked = sorted(step.items(), key=lambda one: one[1].rank)
    return [(token, one.logprob) for token, one in ranked]
