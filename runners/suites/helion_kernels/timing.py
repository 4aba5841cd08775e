"""How long a call takes on a device, in replicates of many calls each."""

from __future__ import annotations

import time
from collections.abc import Callable

REPLICATES = 10
_LEAST_SECONDS = 0.02
_MOST_CALLS = 10_000


def milliseconds(
    call: Callable[[], object],
    wait: Callable[[], None],
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """The milliseconds of one call, ten times; `wait` returns when the device has done all."""
    call()
    wait()
    calls = 1
    while (taken := _seconds(call, calls, wait, clock)) < _LEAST_SECONDS and calls < _MOST_CALLS:
        calls = min(_MOST_CALLS, max(calls * 2, int(calls * _LEAST_SECONDS / max(taken, 1e-9))))
    return [1000 * _seconds(call, calls, wait, clock) / calls for _ in range(REPLICATES)]


def _seconds(
    call: Callable[[], object],
    calls: int,
    wait: Callable[[], None],
    clock: Callable[[], float],
) -> float:
    start = clock()
    for _ in range(calls):
        call()
    wait()
    return clock() - start
