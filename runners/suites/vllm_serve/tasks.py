"""Which cases there are, in the order in which they share one server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import (
    chats,
    completions,
    counting,
    crowd,
    forms,
    leaving,
    lifecycle,
    refusals,
    streams,
    talk,
)
from runners.suites.vllm_serve.server import Server

Check = Callable[[Server], Found]


class Task(NamedTuple):
    """One case. `starts` says that the check itself sees to it that a server is up."""

    id: str
    check: Check
    starts: bool = False


def tasks() -> Iterator[Task]:
    """Every case; those that end the server come last."""
    for id_, check in _ANSWERS:
        yield Task(id_, check)
    for id_, check in refusals.checks():
        yield Task(f"refused.{id_}", check)
    yield Task("key.missing", refusals.no_key)
    yield Task("key.wrong", refusals.wrong_key)
    yield Task("cancel.stream", leaving.streaming)
    yield Task("cancel.waiting", leaving.waiting)
    yield Task("parallel", crowd.parallel)
    yield Task("metrics.text", counting.text)
    yield Task("metrics.counters", counting.counters)
    yield Task("stop.terminated", lifecycle.terminated)
    yield Task("restart.same-port", lifecycle.restarted, starts=True)
    yield Task("stop.in-flight", lifecycle.in_flight)
    yield Task("stop.killed", lifecycle.killed)


_ANSWERS: tuple[tuple[str, Check], ...] = (
    ("models", talk.models),
    ("version", talk.version),
    ("tokenize", talk.tokens),
    ("embeddings", talk.embeddings),
    ("completion.greedy", completions.greedy),
    ("completion.max-tokens", completions.max_tokens),
    ("completion.n", completions.several),
    ("completion.batch", completions.batch),
    ("completion.stop", completions.stop),
    ("completion.echo", completions.echo),
    ("completion.logprobs", completions.logprobs),
    ("chat.template", chats.template),
    ("chat.system", chats.system),
    ("stream.completion", streams.completion),
    ("stream.chat", streams.chat),
    ("tools.named", forms.named_tool),
    ("tools.required", forms.required_tool),
    ("tools.stream", forms.streamed_tool),
    ("structured.json-schema", forms.json_schema),
    ("structured.choice", forms.choice),
    ("structured.regex", forms.pattern),
)
