"""What happened in a slot, numbered and kept until it is collected."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress

from runners.work import Ended, Happening, Key, LogChunk, Progress

BUFFER_BYTES = 1 << 26  # of log that nobody collects; beyond it the oldest goes
BATCH_BYTES = 1 << 22  # of log in one answer
GATHER_SECONDS = 0.05  # how long news may wait for more while there is work


class Buffer:
    """Happenings numbered from 1. Progress replaces older progress of its attempt.

    `is_last` says that nothing will follow what is here, so that nobody waits for more.
    """

    def __init__(self) -> None:
        self.is_last = True
        self._kept: deque[tuple[int, Happening]] = deque()
        self._last = 0
        self._log_bytes = 0
        self._news = asyncio.Event()
        self._enough = asyncio.Event()
        self._due = 0.0  # when what has happened since the last answer is to be told

    def add(self, happening: Happening) -> None:
        """Keep it until it is collected."""
        self._last += 1
        self._kept.append((self._last, happening))
        if isinstance(happening, LogChunk):
            self._log_bytes += len(happening.data)
            if self._log_bytes > BUFFER_BYTES:
                self._drop_oldest_log()
        elif isinstance(happening, Progress):
            self._drop_older_progress(happening.key)
        self._due = self._due or time.monotonic() + GATHER_SECONDS
        self._news.set()
        if self._is_enough():
            self._enough.set()

    async def after(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`, and the cursor to ask from next; forgets all before it."""
        self._forget(cursor)
        if not self._kept and wait_seconds > 0:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait_seconds)
        if self._kept and wait_seconds > 0 and not self._is_enough():
            self._enough.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), self._due - time.monotonic())
        self._due = 0.0
        found = self._batch()
        return (found[-1][0] if found else cursor), tuple(one for _, one in found)

    def ended(self) -> tuple[Key, ...]:
        """The attempts whose end has not been forgotten yet."""
        return tuple(one.key for _, one in self._kept if isinstance(one, Ended))

    def _is_enough(self) -> bool:
        return self.is_last or self._log_bytes >= BATCH_BYTES

    def _batch(self) -> list[tuple[int, Happening]]:
        """As much as one answer may hold."""
        found: list[tuple[int, Happening]] = []
        room = BATCH_BYTES
        for number, happening in self._kept:
            room -= len(happening.data) if isinstance(happening, LogChunk) else 0
            if room < 0 and found:
                break
            found.append((number, happening))
        return found

    def _forget(self, cursor: int) -> None:
        while self._kept and self._kept[0][0] <= cursor:
            _, happening = self._kept.popleft()
            if isinstance(happening, LogChunk):
                self._log_bytes -= len(happening.data)

    def _drop_oldest_log(self) -> None:
        for index, (_, happening) in enumerate(self._kept):
            if isinstance(happening, LogChunk):
                self._log_bytes -= len(happening.data)
                del self._kept[index]
                return

    def _drop_older_progress(self, key: Key) -> None:
        for index in range(len(self._kept) - 2, -1, -1):
            happening = self._kept[index][1]
            if isinstance(happening, Progress) and happening.key == key:
                del self._kept[index]
                return
