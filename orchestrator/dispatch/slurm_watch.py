"""Looks into Slurm's queue for all attempts at once, seldom enough for a busy controller."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from orchestrator.dispatch.slurm_client import Seen, Slurm, Unanswered

LOOK_SECONDS = 5.0


class Watch:
    """What squeue said last. `trouble` is why it says nothing, "" while it answers.

    `looked` is when that look began, by the monotonic clock; nothing is asked while nobody wants
    to know.
    """

    def __init__(self, slurm: Slurm, prefix: str, seconds: float = LOOK_SECONDS) -> None:
        self.looked = 0.0
        self.trouble = ""
        self._slurm, self._prefix, self._seconds = slurm, prefix, seconds
        self._seen: dict[str, Seen] = {}
        self._wanted: set[str] = set()
        self._now = asyncio.Event()
        self._answered = asyncio.Condition()

    def name(self, job: int, fence: int) -> str:
        """What an attempt's batch job is called."""
        return f"{self._prefix}{job}-{fence}"

    def follow(self, name: str) -> None:
        """Somebody wants to know of this one, soon."""
        self._wanted.add(name)
        self._now.set()

    def forget(self, name: str) -> None:
        """Nobody wants to know any more."""
        self._wanted.discard(name)

    def soon(self) -> None:
        """Look at once: something has changed."""
        self._now.set()

    def seen(self, name: str) -> Seen | None:
        """What was seen of it last."""
        return self._seen.get(name)

    async def fresh(self, name: str) -> Seen | None:
        """What a look shows that begins after this call, however long Slurm is silent."""
        asked = time.monotonic()
        self.follow(name)
        async with self._answered:
            await self._answered.wait_for(lambda: self.looked > asked)
        return self.seen(name)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._now.clear()
            if self._wanted:
                await self._look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._now.wait(), self._seconds if self._wanted else None)
            await asyncio.sleep(min(1.0, self._seconds) / 2)  # what comes together is asked once

    async def _look(self) -> None:
        began = time.monotonic()
        try:
            self._seen = await self._slurm.look(self._prefix)
        except Unanswered as why:
            self.trouble = str(why)
            return
        async with self._answered:
            self.looked, self.trouble = began, ""
            self._answered.notify_all()
