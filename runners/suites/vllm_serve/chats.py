"""Whether `/v1/chat/completions` answers the text that the model's template makes of messages."""

from __future__ import annotations

from typing import Any  # what OpenAI's client hands out

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import completions
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import NAME, Server

MESSAGES = [{"role": "user", "content": "What is the tide in Lima?"}]
SYSTEM = {"role": "system", "content": "Be brief."}
TOKENS = 24


def template(server: Server) -> Found:
    """Whether a message of a user becomes the template's text."""
    return _answered(server, MESSAGES)


def system(server: Server) -> Found:
    """Whether a system message stands in front, and a conversation of several turns in order."""
    turns = [{"role": "assistant", "content": "High."}, {"role": "user", "content": "And now?"}]
    return _answered(server, [SYSTEM, *MESSAGES, *turns])


def rendered(messages: list[dict[str, str]]) -> str:
    """What the template of the tiny model makes of messages, written a second time."""
    said = [f"{one['role']}: {one['content']}\n" for one in messages]
    return "".join(said) + "assistant: "


def asked(server: Server, messages: list[dict[str, str]], **more: object) -> Any:  # noqa: ANN401 - the client's
    """The greedy answer by OpenAI's client."""
    return server.client().chat.completions.create(
        model=NAME,
        messages=messages,
        max_completion_tokens=TOKENS,
        temperature=0,
        extra_body={"ignore_eos": True},
        **more,
    )


def _answered(server: Server, messages: list[dict[str, str]]) -> Found:
    text = rendered(messages)
    answer = asked(server, messages)
    choice = answer.choices[0]
    plain = completions.plain(server, text, TOKENS)["choices"][0]
    return Found(
        first(
            same(answer.usage.prompt_tokens, len(text.encode()), "prompt_tokens"),
            same(answer.usage.completion_tokens, TOKENS, "completion_tokens"),
            same(choice.message.role, "assistant", "the role"),
            same(choice.finish_reason, "length", "finish_reason"),
            same(choice.message.content, plain["text"], "the answer"),
        ),
        {"prompt": text},
    )
