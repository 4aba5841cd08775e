"""Whether a server ends as a whole, gives its port back, and starts there again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from http.client import HTTPConnection

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import completions, counting, exchange, leaving
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.server import Server, is_free

_TERM_SECONDS = 30.0
_STAYS_SECONDS = 10.0
_ORPHAN_SECONDS = 10.0
_GOOD = (0, -signal.SIGTERM, 128 + signal.SIGTERM)  # by itself, or as a process that was ended


def terminated(server: Server) -> Found:
    """Whether SIGTERM ends it in time, and nothing of it stays."""
    server.answered = _answer(server)
    return _ended(server, lambda: None, {})


def in_flight(server: Server) -> Found:
    """The same with a request under way, whose client stays for a while."""
    server.answered = _answer(server)
    connection = exchange.posted(
        server.port, completions.PATH, leaving.long_request(stream=True), server.key
    )
    connection.getresponse().readline()
    counting.until(server, lambda now: now.total(counting.RUNNING) > 0)
    told: dict[str, object] = {}

    def leave() -> None:
        told.update(client_stayed_seconds=_STAYS_SECONDS, in_flight=_last_of(connection))

    return _ended(server, leave, told)


def _ended(server: Server, leave: Callable[[], None], detail: dict[str, object]) -> Found:
    """How it ends at SIGTERM; after some seconds `leave` is called, whether it has or not."""
    began = time.monotonic()
    server.signal(signal.SIGTERM, _STAYS_SECONDS)
    leave()
    code = server.ended(_TERM_SECONDS - _STAYS_SECONDS)
    seconds = time.monotonic() - began
    left = [] if code is None else server.left(_ORPHAN_SECONDS)
    free = code is None or is_free(server.port)
    server.end()
    late = f"it had not ended {_TERM_SECONDS:g} s after SIGTERM"
    return Found(
        first(
            late if code is None else "",
            "" if code in {*_GOOD, None} else f"it ended with {code}",
            f"it left behind: {', '.join(left)}" if left else "",
            "" if free else f"port {server.port} is still taken",
        ),
        {"seconds": seconds, "limit_seconds": _TERM_SECONDS, "code": code, **detail},
    )


def restarted(server: Server) -> Found:
    """Whether it comes up a second time on the same port, with the same answers."""
    if not server.is_up and not server.answered:
        server.start()
    if server.is_up:
        server.answered = _answer(server)
        server.signal(signal.SIGTERM, _TERM_SECONDS)
    server.start()
    apart = same(_answer(server), server.answered, "an answer after the second start")
    return Found(apart, {"seconds": server.starts[-1]})


def killed(server: Server) -> Found:
    """Whether what it has started ends by itself when its first process is killed."""
    server.signal(signal.SIGKILL, _TERM_SECONDS)
    left = server.left(_ORPHAN_SECONDS)
    free = is_free(server.port)
    server.end()
    return Found(
        first(
            f"{_ORPHAN_SECONDS:g} s after SIGKILL there are: {', '.join(left)}" if left else "",
            "" if free else f"port {server.port} is still taken",
        ),
        {"left": left, "limit_seconds": _ORPHAN_SECONDS},
    )


def _answer(server: Server) -> list[int]:
    tokens: list[int] = completions.plain(server)["choices"][0]["token_ids"]
    return tokens


def _last_of(connection: HTTPConnection) -> str:
    """How the request that was under way ended, for the reader."""
    try:
        said = connection.sock.recv(1 << 20) if connection.sock else b""
    except OSError as error:
        return f"the connection broke: {error}"
    finally:
        connection.close()
    return "it was answered to the end" if said.rstrip().endswith(b"[DONE]") else "it was cut off"
