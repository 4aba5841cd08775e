"""Whether a request ends when its client leaves in the middle of it."""

from __future__ import annotations

import time

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import completions, counting, exchange
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import LONGEST, NAME, Server

_TOKENS = LONGEST - 100
_PATIENCE_SECONDS = 10.0


def streaming(server: Server) -> Found:
    """The client of a stream leaves behind the first piece."""
    return _left(server, stream=True)


def waiting(server: Server) -> Found:
    """One that waits for the whole answer leaves once its request runs."""
    return _left(server, stream=False)


def long_request(stream: bool) -> dict[str, object]:  # noqa: FBT001 - as the request's own key
    """A request that takes seconds."""
    said = {"model": NAME, "prompt": completions.PROMPT, "max_tokens": _TOKENS}
    return {**said, "temperature": 0, "ignore_eos": True, "stream": stream}


def _left(server: Server, *, stream: bool) -> Found:
    wanted = completions.plain(server)["choices"][0]["token_ids"]
    before = counting.settled(server)
    connection = exchange.posted(server.port, completions.PATH, long_request(stream), server.key)
    if stream:
        connection.getresponse().readline()
    running = counting.until(server, lambda now: now.total(counting.RUNNING) > 0)
    connection.close()
    began = time.monotonic()
    after = counting.until(server, lambda now: not counting.busy(now), _PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    made = after.total(counting.GENERATED) - before.total(counting.GENERATED)
    again = completions.plain(server)["choices"][0]["token_ids"]
    ran = running.total(counting.RUNNING)
    return Found(
        first(
            "" if ran else "it was never seen to run",
            counting.busy(after) and f"{_PATIENCE_SECONDS:g} s later {counting.busy(after)}",
            f"all of its {_TOKENS} tokens were made" if made >= _TOKENS else "",
            same(again, wanted, "an answer afterwards"),
        ),
        {"tokens": made, "asked": _TOKENS, "seconds": seconds, "limit_seconds": _PATIENCE_SECONDS},
    )
