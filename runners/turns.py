"""Carries out tickets one after another and keeps what happened until it is collected."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from matrix.status import Layer, Status
from runners.buffer import Buffer
from runners.work import Ended, Happening, Key, Report, Ticket


class Running(Protocol):
    """An attempt that has begun: `runners.attempt.Attempt`, or one of several ranks."""

    @property
    def ticket(self) -> Ticket:
        """What it carries out."""

    async def carry_out(self) -> Report:
        """Run it to its end, whatever that is."""

    def cancel(self) -> None:
        """End it; the report still arrives."""


Begin = Callable[[Ticket], Awaitable[Running]]


class Turns:
    """The tickets of one slot. Its methods belong to one event loop.

    `begin` makes an attempt of a ticket and may take its time; what it emits goes to `add`.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._tickets: deque[Ticket] = deque()
        self.running: Running | None = None
        self._work: asyncio.Task[None] | None = None
        self._buffer = Buffer()
        self.add = self._buffer.add

    async def assign(self, tickets: Sequence[Ticket]) -> None:
        """Queue tickets; those that are here already are not queued twice."""
        held = set(self.held())
        self._tickets.extend(ticket for ticket in tickets if ticket.key not in held)
        self._buffer.is_last = False
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._carry_out_all())

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`, and the cursor to ask from next; forgets all before it.

        Waits up to `wait_seconds` for something to happen, and then a moment for more unless
        there is nothing left to do. A first call has the cursor 0.
        """
        return await self._buffer.after(cursor, wait_seconds)

    async def cancel(self, key: Key) -> None:
        """End an attempt, or drop it if it has not begun; either way its report arrives."""
        if self.running is not None and self.running.ticket.key == key:
            self.running.cancel()
            return
        for ticket in [one for one in self._tickets if one.key == key]:
            self._tickets.remove(ticket)
            self.add(Ended(key, _dropped()))

    def held(self) -> tuple[Key, ...]:
        """The attempts that are here and whose end was not collected; the first may be running."""
        running = (self.running.ticket.key,) if self.running else ()
        waiting = tuple(ticket.key for ticket in self._tickets)
        return (*self._buffer.ended(), *running, *waiting)

    async def close(self) -> None:
        """Drop what waits, end what runs."""
        self._tickets.clear()
        if self.running is not None:
            self.running.cancel()
        if self._work is not None:
            await asyncio.wait({self._work})

    async def leave(self) -> None:
        """Look after nothing any more: what runs goes on without us."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})

    async def _carry_out_all(self) -> None:
        while self._tickets:
            ticket = self._tickets[0]
            try:
                running = await self._begin(ticket)
                if not self._tickets or self._tickets[0].key != ticket.key:
                    continue  # cancelled meanwhile
                self._tickets.popleft()
                self.running = running
                report = await running.carry_out()
            except Exception as error:  # noqa: BLE001 - recorded, so that the job ends
                report = _failed(error)
                self._tickets = deque(one for one in self._tickets if one.key != ticket.key)
            self.running = None
            self._buffer.is_last = not self._tickets
            self.add(Ended(ticket.key, report))
        self._buffer.is_last = True


def _failed(error: Exception) -> Report:
    """The report where Coevo itself could not carry a ticket out."""
    reason = f"The runner failed: {type(error).__name__}: {error}."
    lines = tuple(traceback.format_exception(error)[-20:])
    return Report(Status.MISS, Layer.INFRA, reason, last_lines=lines, retry=True)


def _dropped() -> Report:
    """The report of an attempt that was cancelled before it began."""
    return Report(Status.SKIP, Layer.NONE, "Cancelled before it began.", cancelled=True)
