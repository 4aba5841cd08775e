"""Whether bad requests are refused with their status and a reason, and the server lives on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple  # Any: JSON

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import completions, exchange, forms
from runners.suites.vllm_serve.problems import first
from runners.suites.vllm_serve.server import LONGEST, NAME, Server

_CHAT = "/v1/chat/completions"
_ORDERLY: dict[str, Any] = {"model": NAME, "prompt": completions.PROMPT, "max_tokens": 4}
_TALK: dict[str, Any] = {"model": NAME, "messages": [{"role": "user", "content": "?"}]}


class Bad(NamedTuple):
    """A request that is not in order, and the statuses that say so."""

    id: str
    path: str
    said: Any
    statuses: tuple[int, ...] = (400, 422)


BAD = (
    Bad("unknown-model", completions.PATH, {**_ORDERLY, "model": "nobody"}, (404,)),
    Bad("long-prompt", completions.PATH, {**_ORDERLY, "prompt": "x" * (LONGEST + 1)}),
    Bad("long-answer", completions.PATH, {**_ORDERLY, "max_tokens": LONGEST + 1}),
    Bad("malformed", completions.PATH, b'{"model": "tiny", "prompt": "x'),
    Bad("empty", completions.PATH, b""),
    Bad("negative-max-tokens", completions.PATH, {**_ORDERLY, "max_tokens": -1}),
    Bad("wrong-type", completions.PATH, {**_ORDERLY, "max_tokens": "many"}),
    Bad("unknown-token", completions.PATH, {**_ORDERLY, "prompt": [10**6]}),
    Bad("negative-temperature", completions.PATH, {**_ORDERLY, "temperature": -1}),
    Bad("no-answers", completions.PATH, {**_ORDERLY, "n": 0}),
    Bad("no-messages", _CHAT, {"model": NAME}),
    Bad(
        "unknown-tool",
        _CHAT,
        {
            **_TALK,
            "tools": forms.TOOLS,
            "tool_choice": {"type": "function", "function": {"name": "nobody"}},
        },
    ),
    Bad(
        "bad-schema",
        _CHAT,
        {
            **_TALK,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "x", "schema": {"type": "nothing"}},
            },
        },
    ),
)


def checks() -> list[tuple[str, Callable[[Server], Found]]]:
    """A check for each bad request, by its name."""
    return [(one.id, partial(_refused, one)) for one in BAD]


def no_key(server: Server) -> Found:
    """Whether who shows no key is turned away, while anybody may ask for the health."""
    return _kept_out(server, "")


def wrong_key(server: Server) -> Found:
    """Whether who shows another key is."""
    return _kept_out(server, "not-" + server.key)


def _kept_out(server: Server, key: str) -> Found:
    answers = {
        "models": exchange.get(server.port, "/v1/models", key),
        "completions": exchange.post(server.port, completions.PATH, _ORDERLY, key),
    }
    wrong = [f"{name} answers {one.status}" for name, one in answers.items() if one.status != 401]  # noqa: PLR2004 - HTTP's "Unauthorized"
    health = exchange.get(server.port, "/health").status
    closed = "" if health == 200 else f"/health answers {health}"  # noqa: PLR2004 - HTTP's "OK"
    return Found(first(*wrong, closed), {"body": answers["models"].text[:300]})


def _refused(bad: Bad, server: Server) -> Found:
    answer = exchange.post(server.port, bad.path, bad.said, server.key)
    told = reason(answer.json)
    wrong = f"it answers {answer.status}: {answer.text[:200]}"
    return Found(
        first(
            "" if answer.status in bad.statuses else wrong,
            "" if told else f"it does not say why: {answer.text[:200]!r}",
            _goes_on(server),
        ),
        {"status": answer.status, "reason": told[:300], "allowed": bad.statuses},
    )


def reason(body: Any) -> str:  # noqa: ANN401 - JSON
    """Why the server refuses, in its words; "" where it is no error by OpenAI's form."""
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else ""


def _goes_on(server: Server) -> str:
    """Whether it still answers what is in order."""
    answer = exchange.post(server.port, completions.PATH, _ORDERLY, server.key)
    return "" if answer.status == 200 else f"afterwards it answers {answer.status}"  # noqa: PLR2004 - "OK"
