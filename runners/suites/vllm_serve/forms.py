"""Whether what has to have a form has it: calls of tools, JSON by a schema, choices, patterns.

The model is random, so it is drawn at temperature 1 with a seed: that it keeps to the form is
the server's doing alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any  # JSON

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import chats, completions
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import NAME, Server

_CITIES, _DAYS = ["Lima", "Oslo", "Accra"], [1, 2, 7]
_SEEDS = (1, 2, 3)
_PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "enum": _CITIES},
        "days": {"type": "integer", "enum": _DAYS},
        "exact": {"type": "boolean"},
    },
    "required": ["city", "days", "exact"],
    "additionalProperties": False,
}
TOOLS = [
    {
        "type": "function",
        "function": {"name": name, "parameters": _PARAMETERS, "strict": True},
    }
    for name in ("weather", "tide")
]
_DRAWN = {"temperature": 1.0, "max_tokens": 1500}


def named_tool(server: Server) -> Found:
    """Whether the tool that is named is called, with arguments by its schema."""
    return _each(lambda seed: _called(server, seed, _named("tide"), ("tide",)))


def required_tool(server: Server) -> Found:
    """Whether some tool is called where one is required."""
    return _each(lambda seed: _called(server, seed, "required", ("weather", "tide")))


def streamed_tool(server: Server) -> Found:
    """Whether the pieces of a call are the call that comes as a whole."""
    wanted = {
        **_DRAWN,
        "model": NAME,
        "messages": chats.MESSAGES,
        "tools": TOOLS,
        "tool_choice": _named("tide"),
        "seed": _SEEDS[0],
    }
    client = server.client()
    whole = client.chat.completions.create(**wanted).choices[0].message.tool_calls[0].function
    name = arguments = ""
    for piece in client.chat.completions.create(**wanted, stream=True):
        for call in piece.choices[0].delta.tool_calls or () if piece.choices else ():
            name += call.function.name or ""
            arguments += call.function.arguments or ""
    return Found(
        first(
            same(name, whole.name, "the streamed name"),
            same(_read(arguments), _read(whole.arguments), "the streamed arguments"),
            fault_of(_read(arguments)),
        ),
        {"arguments": arguments},
    )


def json_schema(server: Server) -> Found:
    """Whether `response_format` holds an answer to a schema."""
    form = {"name": "report", "schema": _PARAMETERS, "strict": True}
    wanted = {"type": "json_schema", "json_schema": form}

    def problem(seed: int) -> str:
        said = server.client().chat.completions.create(
            model=NAME, messages=chats.MESSAGES, response_format=wanted, seed=seed, **_DRAWN
        )
        choice = said.choices[0]
        ended = same(choice.finish_reason, "stop", "finish_reason")
        return first(ended, fault_of(_read(choice.message.content)))

    return _each(problem)


def choice(server: Server) -> Found:
    """Whether one of the choices is answered, and nothing else."""
    choices = ["high", "low", "ebbing"]
    return _each(lambda seed: _outside(_structured(server, seed, choice=choices), choices))


def pattern(server: Server) -> Found:
    """Whether a regular expression holds of the whole answer."""
    wanted = "[0-9]{3}-[a-f]{2}"

    def problem(seed: int) -> str:
        text = _structured(server, seed, regex=wanted)
        return "" if re.fullmatch(wanted, text) else f"{text!r} is not of the form {wanted}"

    return _each(problem)


def fault_of(said: Any) -> str:  # noqa: ANN401 - JSON
    """What of the schema the value does not hold to."""
    if not isinstance(said, dict) or set(said) != {"city", "days", "exact"}:
        return f"{said!r:.200} is no object of city, days and exact"
    return first(
        _outside(said["city"], _CITIES),
        _outside(said["days"], _DAYS),
        "" if isinstance(said["exact"], bool) else f"exact is {said['exact']!r}",
    )


def _each(problem: Callable[[int], str]) -> Found:
    return Found(first(*(problem(seed) for seed in _SEEDS)), {"seeds": _SEEDS})


def _named(name: str) -> dict[str, object]:
    return {"type": "function", "function": {"name": name}}


def _called(server: Server, seed: int, tool_choice: object, names: tuple[str, ...]) -> str:
    said = server.client().chat.completions.create(
        model=NAME,
        messages=chats.MESSAGES,
        tools=TOOLS,
        tool_choice=tool_choice,
        parallel_tool_calls=False,
        seed=seed,
        **_DRAWN,
    )
    calls = said.choices[0].message.tool_calls or []
    if len(calls) != 1:
        text = said.choices[0].message.content
        return f"{len(calls)} calls instead of one; the text is {text!r:.200}"
    function = calls[0].function
    return first(_outside(function.name, list(names)), fault_of(_read(function.arguments)))


def _structured(server: Server, seed: int, **form: object) -> str:
    said = server.ask(
        completions.PATH, prompt="The tide is ", seed=seed, structured_outputs=form, **_DRAWN
    )
    return str(said["choices"][0]["text"])


def _outside(found: object, choices: list[Any]) -> str:
    return "" if found in choices else f"{found!r:.200} is none of {choices}"


def _read(text: str | None) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text or "")
    except ValueError:
        return f"no JSON: {text!r:.200}"
