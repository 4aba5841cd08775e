"""Plays the script of `script.py` instead of testing hardware, and says so in its first line.

For the demo and for tests of everything behind a suite. Parameters: `seed`, `tick` (by default
the minutes of the clock, so that repeated runs tell a story), `pace` (1: as scripted, 0: at once).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from runners.suites import harness
from runners.suites.script import Ending, Scene, Step, scene

_GREEN, _RED, _DIM, _PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[2m", "\x1b[0m"
_COLOURS = {"PASS": _GREEN, "FAIL": _RED, "MISS": _RED}


def main() -> None:
    """Run the suite."""
    plan = harness.suite()
    pace = float(plan.parameters.get("pace", "1"))
    played = scene_of(plan.cell, plan.parameters, time.time())
    with harness.suite(total=len(played.steps), resume=True, simulated=True) as suite:
        _log(f"{_DIM}simulated: a seeded script, no hardware{_PLAIN}")
        suite.fact("simulated", "a seeded script; no hardware was used", "runners.suites.simulated")
        for number, step in enumerate(played.steps):
            if suite.wants(step.id, step.dtype):
                _play(suite, step, pace, dies=_dies(played, number))
            if played.ending is Ending.VANISH and number == played.dies_in:
                _log(f"{_RED}Traceback: ImportError: cannot import name 'fused_rope'{_PLAIN}")
                os._exit(1)
        _measured(suite, played)


def scene_of(cell: Mapping[str, str], parameters: Mapping[str, str], now: float) -> Scene:
    """The scene that a job plays; `now` (seconds since the epoch) stands in for a missing tick."""
    seed = int(parameters.get("seed", "3"))
    tick = int(parameters.get("tick", str(int(now // 60))))
    return scene(seed, cell.get("site", ""), cell.get("accelerator", ""), tick)


def _dies(played: Scene, number: int) -> bool:
    return played.ending is Ending.ABORT and number == played.dies_in


def _play(suite: harness.Suite, step: Step, pace: float, *, dies: bool) -> None:
    with suite.case(step.id, dtype=step.dtype) as case:
        time.sleep(step.seconds * pace)
        if dies:
            _log(f"{_RED}Fatal: {step.message}{_PLAIN}")
            os.abort()
        case.status = step.status
        case.note(message=step.message)
    _log(f"{_COLOURS[step.status]}{step.status}{_PLAIN} {step.id} {step.dtype} {step.message}")


def _measured(suite: harness.Suite, played: Scene) -> None:
    speeds = played.tokens_per_second
    suite.metric("tokens_per_second", speeds, unit="tokens/s", better="higher")
    middle = sorted(speeds)[len(speeds) // 2]
    _log(f"{middle:.1f} tokens/s over {len(speeds)} runs")


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - standard output is the attempt's log
