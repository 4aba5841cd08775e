"""Whether the server's metrics are in order, and count what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable

from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_serve import completions, exchange
from runners.suites.vllm_serve.problems import first, same
from runners.suites.vllm_serve.prometheus import Metrics, parsed
from runners.suites.vllm_serve.server import Server

RUNNING, WAITING = "vllm:num_requests_running", "vllm:num_requests_waiting"
GENERATED = "vllm:generation_tokens_total"
_SETTLING_SECONDS = 15.0
_LOOK_SECONDS = 0.1


def read(server: Server) -> Metrics:
    """The metrics of now."""
    return parsed(exchange.get(server.port, "/metrics", server.key).text)


def text(server: Server) -> Found:
    """Whether the text is one that Prometheus reads."""
    found = read(server)
    few = "" if GENERATED in {name for name, _ in found.samples} else f"there is no {GENERATED}"
    detail: dict[str, object] = {"samples": len(found.samples), "problems": found.problems[:20]}
    return Found(first(*found.problems, few), detail)


def counters(server: Server) -> Found:
    """Whether requests and tokens are counted, each once, and nothing runs or waits afterwards."""
    before = settled(server)
    said = [
        completions.plain(server, prompt, tokens)["usage"]
        for prompt, tokens in (("one", 5), ("a second", 9), ("and a third one", 17))
    ]
    wanted = {
        "vllm:prompt_tokens_total": sum(one["prompt_tokens"] for one in said),
        GENERATED: sum(one["completion_tokens"] for one in said),
        "vllm:request_success_total": len(said),
        "vllm:e2e_request_latency_seconds_count": len(said),
        "vllm:time_to_first_token_seconds_count": len(said),
    }
    until(server, lambda now: _grown(now, before, wanted) == wanted)
    after = settled(server)
    grown = _grown(after, before, wanted)
    apart = [same(grown[name], count, f"the growth of {name}") for name, count in wanted.items()]
    return Found(first(*apart, busy(after)), {"grown": grown, "sent": wanted})


def settled(server: Server) -> Metrics:
    """The metrics once nothing runs or waits any more; as they are where that does not come."""
    return until(server, lambda now: not busy(now))


def until(
    server: Server, holds: Callable[[Metrics], bool], seconds: float = _SETTLING_SECONDS
) -> Metrics:
    """The metrics once something holds of them; after so long as they are."""
    end = time.monotonic() + seconds
    found = read(server)
    while not holds(found) and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        found = read(server)
    return found


def busy(found: Metrics) -> str:
    """What runs or waits, as a problem."""
    running, waiting = found.total(RUNNING), found.total(WAITING)
    return f"{running:g} requests run and {waiting:g} wait" if running or waiting else ""


def _grown(now: Metrics, before: Metrics, names: dict[str, int]) -> dict[str, float]:
    return {name: now.total(name) - before.total(name) for name in names}
