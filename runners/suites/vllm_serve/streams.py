"""Whether a streamed answer is the plain one, in pieces, with its end and its usage."""

from __future__ import annotations

import json
from typing import Any  # the server's JSON

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import chats, completions, exchange
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import NAME, Server

_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
_CHAT = "/v1/chat/completions"
_DONE = "[DONE]"


def completion(server: Server) -> Found:
    """Of a completion: also by OpenAI's client."""
    wanted = {"prompt": completions.PROMPT, "max_tokens": 40, "temperature": 0}
    plain = server.ask(completions.PATH, ignore_eos=True, **wanted)
    raw = _events(server, completions.PATH, {**wanted, "ignore_eos": True})
    more = {**_STREAMED, "extra_body": {"ignore_eos": True}}
    pieces = list(server.client().completions.create(model=NAME, **wanted, **more))
    by_client = "".join(one.choices[0].text for one in pieces if one.choices)
    text = plain["choices"][0]["text"]
    return _judged(
        raw, plain, text, "text", same(by_client, text, "what OpenAI's client put together")
    )


def chat(server: Server) -> Found:
    """Of a chat: the role comes first, then the words."""
    wanted = {"messages": chats.MESSAGES, "max_tokens": 40, "temperature": 0, "ignore_eos": True}
    plain = server.ask(_CHAT, **wanted)
    raw = _events(server, _CHAT, wanted)
    roles = [one["choices"][0]["delta"].get("role") for one in _chunks(raw)[:1]]
    text = plain["choices"][0]["message"]["content"]
    return _judged(raw, plain, text, "delta", same(roles, ["assistant"], "the first role"))


def _events(server: Server, path: str, wanted: dict[str, Any]) -> list[str]:
    said = {"model": NAME, **wanted, **_STREAMED}
    return exchange.events(exchange.post(server.port, path, said, server.key))


def _chunks(raw: list[str]) -> list[Any]:
    """The pieces of an answer, without its usage and its end."""
    said = [json.loads(one) for one in raw if one != _DONE]
    return [one for one in said if one.get("choices")]


def _judged(raw: list[str], plain: Any, text: str, key: str, other: str) -> Found:  # noqa: ANN401 - the server's JSON
    chunks = [one["choices"][0] for one in _chunks(raw)]
    words = [one["text"] if key == "text" else one["delta"].get("content") or "" for one in chunks]
    ends = [one["finish_reason"] for one in chunks if one["finish_reason"]]
    usages = [one["usage"] for one in map(json.loads, raw[:-1]) if one.get("usage")]
    counted = ("prompt_tokens", "completion_tokens", "total_tokens")
    used = [{name: one[name] for name in counted} for one in usages]
    return Found(
        first(
            same(raw[-1:], [_DONE], "the last event"),
            same("".join(words), text, "the streamed text"),
            "it came in one piece" if len([one for one in words if one]) < 2 else "",  # noqa: PLR2004 - several
            same(ends, ["length"], "the finish reasons"),
            same(used, [{name: plain["usage"][name] for name in counted}], "the usages"),
            other,
        ),
        {"pieces": len(chunks)},
    )
