"""Whether `/v1/completions` does what it is asked: a text, its length, its end, its numbers."""

from __future__ import annotations

import math
from typing import Any  # the server's JSON

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import Server

PATH = "/v1/completions"
PROMPT = "The harbour of Lisbon"
_LENGTH = 40
_TOLERANCE = 1e-4  # of a log-probability: float32, once token by token and once all at a time
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(server: Server, prompt: object = PROMPT, tokens: int = _LENGTH, **more: object) -> Any:  # noqa: ANN401 - the server's JSON
    """The greedy answer to a prompt, of exactly so many tokens."""
    wanted = {"max_tokens": tokens, "temperature": 0, "ignore_eos": True, "return_token_ids": True}
    return server.ask(PATH, prompt=prompt, **{**wanted, **more})


def greedy(server: Server) -> Found:
    """Whether the same request has the same answer three times, and says how long it is."""
    texts = [plain(server) for _ in range(3)]
    tokens = [one["choices"][0]["token_ids"] for one in texts]
    apart = [same(one, tokens[0], "a repeated answer") for one in tokens[1:]]
    usage = texts[0]["usage"]
    counts = {"prompt_tokens": len(PROMPT.encode()), "completion_tokens": _LENGTH}
    wrong = [same(usage[name], count, name) for name, count in counts.items()]
    total = same(usage["total_tokens"], sum(counts.values()), "total_tokens")
    return Found(first(*apart, *wrong, total), {"text": texts[0]["choices"][0]["text"]})


def max_tokens(server: Server) -> Found:
    """Whether an answer has as many tokens as it may, and a shorter one begins a longer one."""
    longest = plain(server, tokens=33)["choices"][0]["token_ids"]
    problems = []
    for count in (1, 7, 33):
        said = plain(server, tokens=count)
        choice = said["choices"][0]
        problems += [
            same(said["usage"]["completion_tokens"], count, "completion_tokens"),
            same(choice["finish_reason"], "length", "finish_reason"),
            same(choice["token_ids"], longest[:count], f"the answer of {count} tokens"),
        ]
    return Found(first(*problems), {"tokens": [1, 7, 33]})


def several(server: Server) -> Found:
    """Whether `n` brings as many answers, unlike each other, and the same with the same seed."""
    drawn = {"tokens": 12, "temperature": 1.0, "n": 3}
    once, again, other = (plain(server, seed=seed, **drawn) for seed in (7, 7, 8))  # type: ignore[arg-type] # reason: a mapping of the keywords
    texts = [_tokens(one) for one in (once, again, other)]
    indexes = [one["index"] for one in once["choices"]]
    alike = len({tuple(one) for one in texts[0]}) < len(texts[0])
    return Found(
        first(
            same(indexes, [0, 1, 2], "the indexes of the choices"),
            same(once["usage"]["completion_tokens"], 36, "completion_tokens"),
            same(texts[1], texts[0], "what the same seed draws"),
            "three answers drawn at temperature 1 are not three" if alike else "",
            "another seed draws the same" if texts[2] == texts[0] else "",
        ),
        {"seeds": [7, 8]},
    )


def batch(server: Server) -> Found:
    """Whether a list of prompts is answered in its order, each as if it were alone."""
    prompts = [PROMPT, "A", "Seven sisters went to sea"]
    alone = [plain(server, one)["choices"][0]["token_ids"] for one in prompts]
    together = plain(server, prompts)
    found = [one["token_ids"] for one in sorted(together["choices"], key=lambda one: one["index"])]
    return Found(same(found, alone, "the answers to a list"), {"prompts": len(prompts)})


def stop(server: Server) -> Found:
    """Whether an answer ends in front of a stop string, and says so."""
    whole = plain(server)["choices"][0]["text"]
    word = stop_string(whole)
    choice = plain(server, stop=[word])["choices"][0]
    kept = plain(server, stop=[word], include_stop_str_in_output=True)["choices"][0]
    before = whole[: whole.index(word)]
    return Found(
        first(
            same(choice["text"], before, "the text in front of a stop string"),
            same(choice["finish_reason"], "stop", "finish_reason"),
            same(choice["stop_reason"], word, "stop_reason"),
            same(kept["text"], before + word, "the text with its stop string"),
        ),
        {"stop": word, "text": whole},
    )


def stop_string(text: str) -> str:
    """Three characters from behind the middle of a text, each of them whole."""
    middle = range(len(text) // 2, len(text) - 2)
    words = [text[begin : begin + 3] for begin in middle]
    return next(word for word in (*words, text[:3]) if _REPLACEMENT not in word)


def echo(server: Server) -> Found:
    """Whether the prompt stands in front of the answer where that is asked for."""
    whole = plain(server)["choices"][0]["text"]
    # With the tokens, which are then the prompt's as well, the text is the answer's alone.
    echoed = plain(server, echo=True, return_token_ids=False)["choices"][0]["text"]
    return Found(same(echoed, PROMPT + whole, "the echoed text"), {})


def logprobs(server: Server) -> Found:
    """Whether the numbers of an answer are those that the same tokens have as a prompt."""
    answer = plain(server, logprobs=3)["choices"][0]
    said = answer["logprobs"]["token_logprobs"]
    tops = answer["logprobs"]["top_logprobs"]
    given = [*plain(server, return_token_ids=True)["choices"][0]["prompt_token_ids"]]
    forced = plain(server, [*given, *answer["token_ids"]], 1, echo=True, logprobs=1)
    again = forced["choices"][0]["logprobs"]["token_logprobs"][len(given) :][: len(said)]
    apart = max((abs(one - other) for one, other in zip(said, again)), default=math.inf)  # noqa: B905 - Python 3.9 has no strict
    low = [n for n, (one, top) in enumerate(zip(said, tops)) if one < max(top.values())]  # noqa: B905 - the same
    return Found(
        first(
            same(len(said), _LENGTH, "the number of log-probabilities"),
            f"a greedy token is not the likeliest, at {low[0]}" if low else "",
            "a log-probability is above 0" if max(said) > 0 else "",
            f"as a prompt the answer is off by {apart:.3g}" if not apart <= _TOLERANCE else "",
        ),
        {"tolerance": f"{_TOLERANCE:g} of a log-probability", "used": apart / _TOLERANCE},
    )


def _tokens(said: Any) -> list[list[int]]:  # noqa: ANN401 - the server's JSON
    return [one["token_ids"] for one in said["choices"]]
