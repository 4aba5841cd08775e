"""A kernel that Helion has tuned for the device: whether it is right, and how fast it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from runners.suites.helion_kernels import autotune_log, compare, execute, timing
from runners.suites.helion_kernels.catalog import Kernel
from runners.suites.helion_kernels.found import Found

_GRACE_SECONDS = 1200  # Helion minds its budget between configurations, each compiled for a while


def settings(effort: str, budget: int, log: Path) -> dict[str, object]:
    """What bounds the autotuner; with no effort it takes Helion's own configuration."""
    if effort == "none":
        return {"autotune_effort": "none"}
    return {
        "autotune_effort": effort,
        "autotune_budget_seconds": budget,
        "autotune_compile_timeout": min(60, budget),
        "autotune_log": str(log),
        "autotune_random_seed": 0,
    }


def patience_seconds(budget: int) -> int:
    """How long a tuned case may take before it hangs."""
    return budget + _GRACE_SECONDS


def tuned(name: str, dtype: str, device: str, said: Mapping[str, str]) -> Found:
    """Tune a case's kernel at its own size, judge it, and measure it beside torch.

    `said` holds `effort`, `budget` and the `folder` for the log.
    """
    effort, budget, folder = said["effort"], int(said["budget"]), Path(said["folder"])
    kernel = execute.BY_NAME[name.removesuffix(".tuned")]
    log = folder / name.replace(".", "-")  # Helion appends .csv and .log
    run = execute.made(kernel, **settings(effort, budget, log))
    given = execute.inputs(kernel, kernel.tuned, dtype)
    there = execute.moved(given, device)
    verdict = execute.judged(kernel, run(*there), given)
    lines = log.with_suffix(".csv")
    detail = {
        "tolerance": compare.tolerance(is_exact=kernel.is_exact, dtype=dtype),
        "used": round(verdict.used, 4),
        "sizes": [kernel.tuned],
        "budget_seconds": budget,
        "effort": effort,
        "autotuning": autotune_log.summary(
            lines.read_text().splitlines() if lines.exists() else ()
        ),
    }
    if verdict.problem:
        return Found(f"size {kernel.tuned}: {verdict.problem}", detail=detail)
    return Found("", detail=detail, milliseconds=_speeds(kernel, run, there, device))


def _speeds(
    kernel: Kernel, run: object, there: list[object], device: str
) -> dict[str, list[float]]:
    """Milliseconds of Helion, of torch eager, and of what `torch.compile` makes of the latter."""
    compiled = torch.compile(kernel.reference)
    by = {"helion": run, "eager": kernel.reference, "torch_compile": compiled}
    return {
        who: timing.milliseconds(lambda what=what: what(*there), lambda: _wait(device))  # type: ignore[misc] # reason: what is bound now
        for who, what in by.items()
    }


def _wait(device: str) -> None:
    if torch.device(device).type != "cpu":
        torch.accelerator.synchronize(device)
