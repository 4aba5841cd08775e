"""Our own count of what a benchmark cost: time, CPU time, others' share, energy."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable, Iterable
from statistics import fmean
from types import TracebackType
from typing import NamedTuple

from runners import meters

_LOOK_SECONDS = 1.0


class Cost(NamedTuple):
    """Seconds of the clock; CPU seconds of the engine's processes; what others took meanwhile.

    `others` is their share of the machine's cores. `watts` is None where no meter is readable.
    """

    seconds: float
    cpu_seconds: float
    others: float
    watts: float | None

    @property
    def is_contended(self) -> bool:
        """Whether others took so much that its timings are not to be compared."""
        return self.others > meters.OTHERS_SHARE


class Count:
    """A context in which everything is counted; `cost` holds it afterwards.

    `pids` are the engine's processes, where they run already; those that are started within, and
    have ended in it, count by themselves.
    """

    cost: Cost

    def __init__(self, pids: Callable[[], Iterable[int]] | None = None) -> None:
        self._pids = pids
        self._done = threading.Event()
        self._power = Power()

    def __enter__(self) -> Count:  # noqa: PYI034 - Self is Python 3.11's
        self._began = self._now()
        self._power.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ended, watts = self._now(), self._power.stopped()
        seconds, engine, children, own, busy = (
            now - before
            for now, before in zip(ended, self._began)  # noqa: B905 - Python 3.9 has no strict
        )
        others = max(0.0, busy - engine - children - own) / (seconds * (os.cpu_count() or 1))
        self.cost = Cost(seconds, engine if self._pids else children, others, watts)

    def _now(self) -> tuple[float, float, float, float, float]:
        engine = meters.taken(self._pids()).cpu_seconds if self._pids else 0.0
        children, own = _used(resource.RUSAGE_CHILDREN), _used(resource.RUSAGE_SELF)
        return time.monotonic(), engine, children, own, meters.busy_seconds()


class Power:
    """The mean of all readable power meters together, looked at every second."""

    def __init__(self) -> None:
        self._meters = [one for one in meters.meters() if one.unit == "W"]
        self._seen: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """Begin to look, where there is anything to look at."""
        if self._meters:
            self._thread.start()

    def stopped(self) -> float | None:
        """The mean since then; None where nothing was readable all the time."""
        self._done.set()
        if not self._meters:
            return None
        self._thread.join()
        return fmean(self._seen) if self._seen else None

    def _look(self) -> None:
        for one in self._meters:
            one.read()  # a counter's first reading says nothing
        while not self._done.wait(_LOOK_SECONDS):
            found = [one.read() for one in self._meters]
            if all(value is not None for value in found):
                self._seen.append(sum(value or 0.0 for value in found))


def _used(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime
