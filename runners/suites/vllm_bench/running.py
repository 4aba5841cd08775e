"""Runs a benchmark as a process of its own, and reads what it leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple  # Any: what a result file holds

from runners.suites.vllm_bench import asked, figures
from runners.suites.vllm_bench.ours import Cost, Count
from runners.suites.vllm_engine.group import Group
from runners.suites.vllm_engine.metadata import found_metadata
from runners.suites.vllm_engine.settings import settings, surroundings

_PATIENCE_SECONDS = 400.0


class Run(NamedTuple):
    """One run of a tool: how it ended ("" where well), what it told, what it cost.

    `made`: the tokens in and out that the server counted meanwhile, where there is one.
    """

    problem: str
    record: dict[str, Any]
    cost: Cost
    made: tuple[float, float] | None = None


def run(
    argv: list[str],
    result: Path,
    device: str,
    pids: Callable[[], Iterable[int]] | None = None,
) -> Run:
    """Run it to its end; whatever it has started is ended with it."""
    folder = result.parent
    env = surroundings({**settings(device, folder), **found_metadata(folder)})
    with Count(pids) as count:
        with Group(argv, env, result.with_suffix(".log")) as group:
            problem = group.problem(_PATIENCE_SECONDS)
        group.show()
    record, wrong = _read(result)
    return Run(problem or wrong, record, count.cost)


def offline(tool: str, model: Path, device: str) -> Run:
    """`latency` or `throughput`: an engine in a process of its own."""
    result = model.parent / f"{tool}.json"
    command = asked.latency if tool == "latency" else asked.throughput
    return run(command(model, result), result, device)


def _read(result: Path) -> tuple[dict[str, Any], str]:
    try:
        record = json.loads(result.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return {}, f"it left no result: {error}"
    return record, ""


def problems(tool: str, what: str, runs: Iterable[Run]) -> list[str]:
    """What is wrong in some of the runs, of one kind: `counts`, `agrees` or `positive`."""
    found: list[str] = []
    for one in runs:
        try:
            if what == "counts":
                found += figures.counts(tool, one.record, one.made)
            elif what == "agrees":
                found += figures.agreement(tool, one.record, one.cost.seconds)
            else:
                found += figures.positive(tool, one.record)
        except (KeyError, TypeError, ZeroDivisionError) as error:
            found.append(f"its result has no such figure: {type(error).__name__}: {error}")
    return [one for one in found if one]
