"""How long one call takes: blocks of calls, the device waited for around each.

A CPU's single thread is timed by the processor's time that it got, so that what others took of the
core is not counted; they still share its caches and memory. The wall clock is read as well. An
accelerator is timed by the wall clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple  # Any: what a kernel returns is dropped

import torch

_BLOCK_SECONDS = 0.002  # many thousand times the clocks' own grain
_LEAST_BLOCKS, _MOST_BLOCKS = 5, 500
_WARM_CALLS = 3
_SLOW = 4  # times the time there is: a kernel that takes so long has fewer blocks


class Taken(NamedTuple):
    """Seconds per call: the medians of blocks; and how many calls were timed."""

    seconds: float
    wall: float
    calls: int


def taken(run: Callable[[], Any], device: str, seconds: float, *, enqueued: bool = False) -> Taken:
    """Time a kernel for so many seconds; one whose single call takes longer is called three times.

    `enqueued` stops the clock when the last call has returned, and not when the device has done
    it: what the host pays for a launch.
    """
    timed = _Timed(run, device, enqueued=enqueued)
    timed.warm(seconds)
    calls = timed.filling()
    begun = time.perf_counter()
    blocks = [timed.block(calls)]
    while len(blocks) < _MOST_BLOCKS:
        spent = time.perf_counter() - begun
        if spent > seconds and (len(blocks) >= _LEAST_BLOCKS or spent > _SLOW * seconds):
            break
        blocks.append(timed.block(calls))
    own, wall = (median(times) / calls for times in zip(*blocks))  # noqa: B905 - Python 3.9 has no strict
    return Taken(own, wall, calls * len(blocks))


class _Timed:
    """Blocks of calls of one kernel."""

    def __init__(self, run: Callable[[], Any], device: str, *, enqueued: bool) -> None:
        self._run, self._enqueued = run, enqueued
        self._device = None if device.partition(":")[0] == "cpu" else torch.device(device)
        self._clock = time.thread_time if self._device is None else time.perf_counter

    def warm(self, seconds: float) -> None:
        """Call it thrice, or once where that takes so many seconds."""
        end = time.perf_counter() + seconds
        for _ in range(_WARM_CALLS):
            self._run()
            if time.perf_counter() > end:
                break

    def filling(self) -> int:
        """How many calls fill a block."""
        calls = 1
        while self.block(calls)[0] < _BLOCK_SECONDS:
            calls *= 2
        return calls

    def block(self, calls: int) -> tuple[float, float]:
        """Seconds by the clock that counts, and by the wall clock."""
        self._wait()
        start, wall = self._clock(), time.perf_counter()
        for _ in range(calls):
            self._run()
        if not self._enqueued:
            self._wait()
        took = self._clock() - start, time.perf_counter() - wall
        self._wait()
        return took

    def _wait(self) -> None:
        """Until the device has nothing left to do; a CPU never has."""
        if self._device is not None:
            torch.accelerator.synchronize(self._device)
