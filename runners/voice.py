"""What an attempt lets the world know while it runs: progress and log, seldom and in pieces.

An attempt that ends at once says nothing before its end, so that no-op jobs cost little.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from runners.log import Log
from runners.work import Happening, Key, LogChunk, Phase, Progress

EVERY_SECONDS = 0.25
Emit = Callable[[Happening], None]


class Voice:
    """The progress and the log of one attempt. `close` says what is left to say."""

    def __init__(self, key: Key, log_limit: int, spool: Path, emit: Emit) -> None:
        self.log = Log(log_limit, spool, lambda at, data: emit(LogChunk(key, at, data)))
        self._emit = emit
        self._told = self._now = Progress(key, Phase.ASSIGNED, 0, 0, "")
        self._ticks = 0
        self._timer: asyncio.TimerHandle | None = None

    def phase(self, phase: Phase, note: str = "") -> None:
        """A new phase, or a new note in it."""
        self._change(self._now._replace(phase=phase, note=note))

    def counted(self, done: int, total: int) -> None:
        """How many cases have ended."""
        self._change(self._now._replace(done=done, total=total))

    def write(self, data: bytes) -> None:
        """What the suite wrote, to the log."""
        self.log.write(data)
        self._arm()

    def line(self, text: str) -> None:
        """A line of Coevo's own, to the log."""
        self.write(text.encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """Hand on all of the log that is kept."""
        if self._timer is not None:
            self._timer.cancel()
        self.log.close()

    def _change(self, now: Progress) -> None:
        self._now = now
        self._arm()

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY_SECONDS, self._tick)

    def _tick(self) -> None:
        """Progress each time, log every second time: about four and two a second."""
        self._timer = None
        self._ticks += 1
        if self._now != self._told:
            self._told = self._now
            self._emit(self._now)
        if self.log.is_waiting and self._ticks % 2 == 0:
            self.log.flush()
        if self.log.is_waiting:
            self._arm()
