"""Whether fifty clients at once are all answered, and as each would be alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple  # Any: the server's JSON

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import completions, counting
from runners.suites.vllm_serve.problems import first
from runners.suites.vllm_serve.server import Server

CLIENTS = 50
_TOKENS = 32
_TIE = 1e-3  # two tokens whose log-probabilities are closer may change places in another batch


class Answer(NamedTuple):
    """Tokens, and how far the likeliest is ahead of the second at each of them."""

    tokens: Sequence[int]
    leads: Sequence[float]


def parallel(server: Server) -> Found:
    """Whether answers in a crowd differ from those alone only behind a tie."""
    prompts = [f"Client {n} asks for {'the tide ' * (n % 7)}now" for n in range(CLIENTS)]
    alone = [_answer(server, one) for one in prompts]
    before = counting.settled(server)
    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(lambda one: _answer(server, one), prompts))
    after = counting.settled(server)
    apart = {n: parting(*pair) for n, pair in enumerate(zip(found, alone))}  # noqa: B905 - Python 3.9 has no strict
    differing = {n: lead for n, lead in apart.items() if lead is not None}
    wrong = {n: lead for n, lead in differing.items() if lead > _TIE}
    made = after.total(counting.GENERATED) - before.total(counting.GENERATED)
    return Found(
        first(
            *(f"client {n} has another answer, {lead:.3g} from a tie" for n, lead in wrong.items()),
            "" if made == CLIENTS * _TOKENS else f"{made:g} tokens were made",
            counting.busy(after),
        ),
        {
            "clients": CLIENTS,
            "differing": len(differing),
            "tolerance": f"another token only where two are within {_TIE:g} of each other",
            "used": max(differing.values(), default=0.0) / _TIE,
        },
    )


def parting(found: Answer, wanted: Answer) -> float | None:
    """How far from a tie the place is where two answers part; None where they are the same."""
    if len(found.tokens) != len(wanted.tokens):
        return float("inf")
    pairs = zip(found.tokens, wanted.tokens, wanted.leads)  # noqa: B905 - Python 3.9 has no strict
    return next((lead for one, other, lead in pairs if one != other), None)


def _answer(server: Server, prompt: str) -> Answer:
    said: Any = completions.plain(server, prompt, _TOKENS, logprobs=2)["choices"][0]
    tops = [sorted(one.values()) for one in said["logprobs"]["top_logprobs"]]
    # Tokens that are spelled alike share a place: then the lead is not known, and none is excused.
    leads = [one[-1] - one[-2] if len(one) > 1 else float("inf") for one in tops]
    return Answer(said["token_ids"], leads)
