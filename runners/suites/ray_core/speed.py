"""How quick the cluster is: tasks, calls of an actor, and bytes into the store, in replicates."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import ray

from runners.suites.ray_core import actor_kinds, objects, work
from runners.suites.ray_core.calls import actor, prepared, value
from runners.suites.ray_core.found import awaited

REPLICATES = 7
_TASKS, _CALLS, _PUTS, _PUT_BYTES = 200, 1000, 4, 8 * 2**20


class Speed(NamedTuple):
    """A case that measures: its metric, and how the replicates are taken."""

    id: str
    metric: str
    unit: str
    measure: Callable[[], list[float]]


def tasks() -> list[float]:
    """Empty tasks that are finished in a second, of 200 that are handed in at once."""
    task = prepared(work.nothing)
    return _rates(_TASKS, lambda: value([task.remote() for _ in range(_TASKS)]))


def actor_calls() -> list[float]:
    """Calls of one actor that are answered in a second, of 1000 that are made at once."""
    ledger = actor(actor_kinds.Ledger)
    found = _rates(_CALLS, lambda: value([ledger.process.remote() for _ in range(_CALLS)]))
    ray.kill(ledger)
    return found


def puts() -> list[float]:
    """Gigabytes (1e9) that are put into the store in a second, in arrays of 8 MiB."""
    array = work.filled(_PUT_BYTES, 1)

    found = []
    for _ in range(1 + REPLICATES):
        awaited(
            lambda: objects.room() >= objects.capacity() - _PUT_BYTES,
            "the store did not get its room back",
        )
        began = time.perf_counter()
        references = [ray.put(array) for _ in range(_PUTS)]
        found.append(_PUTS * _PUT_BYTES / 1e9 / (time.perf_counter() - began))
        del references
    return found[1:]  # at first, pages of the store are touched


SPEEDS = (
    Speed("speed.tasks", "tasks_per_second", "tasks/s", tasks),
    Speed("speed.actor-calls", "actor_calls_per_second", "calls/s", actor_calls),
    Speed("speed.put", "put_bandwidth", "GB/s", puts),
)


def _rates(amount: float, once: Callable[[], object]) -> list[float]:
    once()  # workers start
    found = []
    for _ in range(REPLICATES):
        began = time.perf_counter()
        once()
        found.append(amount / (time.perf_counter() - began))
    return found
