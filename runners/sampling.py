"""Looks at an attempt's processes and at the machine along it, seldom enough to cost nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runners import processes
from runners.course import NOTHING, Course, Gauge
from runners.meters import Meter, Taken, meters, taken

FIRST_SECONDS = 1.0
MOST = 240  # moments: when there are more, every second one goes and looks become rarer
MEMORY = ("memory", "bytes", "/proc, the suite's processes")
CPU = ("cpu", "cores", "/proc, the suite's processes")


@dataclass(slots=True)
class Sampler:
    """Samples while it runs. `suite` tells the pid of the suite's process, 0 where none runs."""

    suite: Callable[[], int]
    pause: float = FIRST_SECONDS
    _meters: Sequence[Meter] | None = None
    _rows: list[tuple[float | None, ...]] = field(default_factory=list)
    _before: tuple[float, float] = (0.0, 0.0)

    async def run(self) -> None:
        """Until it is cancelled."""
        start = time.monotonic()
        while True:
            await asyncio.sleep(self.pause)
            await asyncio.to_thread(self.look, time.monotonic() - start)

    def look(self, moment: float) -> None:
        """Take one sample, so many seconds after the suite's start."""
        pid = self.suite()
        if not pid:
            return
        if self._meters is None:
            self._meters = meters()
        found = taken({pid, *processes.glimpsed(processes.parent(pid))})
        own = (round(moment, 2), float(found.memory_bytes), self._cores(moment, found))
        self._rows.append((*own, *(meter.read() for meter in self._meters)))
        if len(self._rows) > MOST:
            del self._rows[::2]
            self.pause *= 2

    def course(self) -> Course:
        """All that was seen."""
        if not self._rows or self._meters is None:
            return NOTHING
        named = (MEMORY, CPU, *((one.name, one.unit, one.source) for one in self._meters))
        moments, *columns = zip(*self._rows, strict=True)
        gauges = (
            Gauge(*name, tuple(map(_rounded, column)))
            for name, column in zip(named, columns, strict=True)
        )
        return Course(tuple(moment or 0.0 for moment in moments), tuple(gauges))

    def _cores(self, moment: float, found: Taken) -> float:
        """How many cores were busy with it since the last look."""
        (then, used), self._before = self._before, (moment, found.cpu_seconds)
        return max(0.0, found.cpu_seconds - used) / max(moment - then, 1e-3)


def _rounded(value: float | None) -> float | None:
    """To five digits: more are noise, and would be stored."""
    return None if value is None else float(f"{value:.5g}")
