"""A slot: carries out tickets one after another and keeps what happened until it is collected."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from matrix.status import Layer, Status
from runners import invocation
from runners.attempt import Attempt
from runners.environments.bindings import Bindings
from runners.environments.choice import Choice
from runners.environments.provider import Provider
from runners.guarded import Guard, sweep
from runners.work import Ended, Happening, Key, LogChunk, Progress, Report, Ticket

BUFFER_BYTES = 1 << 26  # of log that nobody collects; beyond it the oldest goes
BATCH_BYTES = 1 << 22  # of log in one answer
GATHER_SECONDS = 0.05  # how long news may wait for more while there is work


class Slot:
    """A place where attempts run, one at a time. Its methods belong to one event loop.

    `home` holds the environments, shared by all slots of a machine, and this slot's own folders.
    `environ` is what suites get of the runner's variables (default: this process's own);
    `bindings` what the runner brings of its own. A `provider` stands in for all others.
    """

    def __init__(
        self,
        name: str,
        home: Path,
        *,
        provider: Provider | None = None,
        environ: Mapping[str, str] | None = None,
        bindings: Bindings | None = None,
    ) -> None:
        self.name = name
        self._folder = home.absolute() / "work" / name.replace("/", "_")
        self._provider = provider
        self._choice = Choice(home.absolute(), bindings or Bindings())
        base = os.environ if environ is None else environ
        self._base = invocation.base_environment(base)
        self._tickets: deque[Ticket] = deque()
        self._running: Attempt | None = None
        self._work: asyncio.Task[None] | None = None
        self._guard: Guard | None = None
        self._buffer = _Buffer()

    async def assign(self, tickets: Sequence[Ticket]) -> None:
        """Queue tickets; those that are here already are not queued twice."""
        held = set(self.held())
        self._tickets.extend(ticket for ticket in tickets if ticket.key not in held)
        self._buffer.is_last = False
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._carry_out_all())

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`, and the cursor to ask from next; forgets all before it.

        Waits up to `wait_seconds` for something to happen, and then a moment for more unless the
        slot has nothing left to do. A first call has the cursor 0.
        """
        return await self._buffer.after(cursor, wait_seconds)

    async def cancel(self, key: Key) -> None:
        """End an attempt, or drop it if it has not begun; either way its report arrives."""
        if self._running is not None and self._running.ticket.key == key:
            self._running.cancel()
            return
        for ticket in [one for one in self._tickets if one.key == key]:
            self._tickets.remove(ticket)
            self._buffer.add(Ended(key, _dropped()))

    def held(self) -> tuple[Key, ...]:
        """The attempts that are here and whose end was not collected; the first may be running."""
        running = (self._running.ticket.key,) if self._running else ()
        waiting = tuple(ticket.key for ticket in self._tickets)
        return (*self._buffer.ended(), *running, *waiting)

    async def close(self) -> None:
        """End everything here: drop what waits, end what runs, let the guard go."""
        self._tickets.clear()
        if self._running is not None:
            self._running.cancel()
        if self._work is not None:
            await asyncio.wait({self._work})
        if self._guard is not None:
            self._guard.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _carry_out_all(self) -> None:
        while self._tickets:
            key = self._tickets[0].key
            try:
                guard = await self._ready_guard()
                if not self._tickets or self._tickets[0].key != key:
                    continue  # cancelled meanwhile
                self._running = self._attempt(self._tickets.popleft(), guard)
                report = await self._running.carry_out()
            except Exception as error:  # noqa: BLE001 - recorded, so that the job ends
                report = _failed(error)
                self._tickets = deque(one for one in self._tickets if one.key != key)
            self._running = None
            self._buffer.is_last = not self._tickets
            self._buffer.add(Ended(key, report))
        self._buffer.is_last = True

    def _attempt(self, ticket: Ticket, guard: Guard) -> Attempt:
        return Attempt(
            ticket=ticket,
            guard=guard,
            provider=self._provider or self._choice.of(ticket.suite),
            base=self._base,
            work=self._folder / "w",  # short, since sockets' paths may have 107 characters
            marker=f"{self._folder}/{ticket.key.job}-{ticket.key.fence}/",
            emit=self._buffer.add,
        )

    async def _ready_guard(self) -> Guard:
        """The warm guard; a new one at first, and after the last was killed."""
        if self._guard is None or self._guard.lost:
            if self._guard is not None:
                self._guard.close()
            # A slot of this name may have been killed together with its guard.
            await asyncio.to_thread(sweep, f"{self._folder}/")
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._guard = await Guard.start(self._folder / "guard.log")
        return self._guard


class _Buffer:
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

    def _is_enough(self) -> bool:
        return self.is_last or self._log_bytes >= BATCH_BYTES

    def ended(self) -> tuple[Key, ...]:
        return tuple(one.key for _, one in self._kept if isinstance(one, Ended))

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


def _failed(error: Exception) -> Report:
    """The report where Coevo itself could not carry a ticket out."""
    reason = f"The runner failed: {type(error).__name__}: {error}."
    lines = tuple(traceback.format_exception(error)[-20:])
    return Report(Status.MISS, Layer.INFRA, reason, last_lines=lines, retry=True)


def _dropped() -> Report:
    """The report of an attempt that was cancelled before it began."""
    return Report(Status.SKIP, Layer.NONE, "Cancelled before it began.", cancelled=True)
