"""`vllm bench serve` against a server: once to warm up, then again and again with other prompts."""

from __future__ import annotations

from runners import processes
from runners.suites.vllm_bench import asked
from runners.suites.vllm_bench.running import Run, run
from runners.suites.vllm_serve import counting
from runners.suites.vllm_serve.server import NAME, Server

_PROMPTED = "vllm:prompt_tokens_total"


def runs(server: Server) -> list[Run]:
    """The runs that count; one that does not end well is the last."""
    found: list[Run] = []
    for seed in range(asked.RUNS + 1):
        found.append(_once(server, seed))
        if found[-1].problem:
            return found[-1:]
    return found[1:]


def _once(server: Server, seed: int) -> Run:
    before = counting.settled(server)
    result = server.folder / f"serve-{seed}.json"
    argv = asked.serve(server.model, server.port, NAME, result, seed)
    done = run(argv, result, server.device, lambda: processes.in_session(server.session))
    after = counting.settled(server)
    grown = [after.total(name) - before.total(name) for name in (_PROMPTED, counting.GENERATED)]
    return done._replace(made=(grown[0], grown[1]))
