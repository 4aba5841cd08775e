"""An executor whose slots do what a test says, and a dispatcher that serves with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from dispatching import Dispatching, dispatching
from memory_queue import MemoryQueue
from offers import card, cpu

from matrix.status import Layer, Status
from orchestrator.dispatch.port import Batch, Held, SlotLost
from runners.artifacts import Brought
from runners.work import Ended, Key, Offer, Report, Ticket


class Script:
    """An executor whose slots do what a test says: each answer is a batch or an exception.

    `outlives` and `found` stand for what an earlier dispatcher has left behind.
    """

    def __init__(self, *answers: Batch | Exception, found: tuple[Held, ...] = ()) -> None:
        self.outlives = True
        self.answers = list(answers)
        self.found = found
        self.assigned: list[Key] = []
        self.ended: list[Key] = []
        self.retired: list[str] = []
        self.brought: list[tuple[str, int, int]] = []
        self.read_: list[tuple[str, int, int]] = []
        self.refusals = 0
        self.made: list[str] = []
        self.offered = (cpu(1),)
        self.stopped: list[bool] = []

    async def start(self) -> tuple[Held, ...]:
        return self.found

    async def offers(self) -> tuple[Offer, ...]:
        return self.offered

    async def slot_for(self, offer: Offer, index: int, devices: int = 1, nodes: int = 1) -> str:
        if self.refusals:
            self.refusals -= 1
            raise SlotLost("no room for a slot")
        several = f"n{nodes}" if nodes > 1 else ""
        self.made.append(f"{dict(offer.labels)['accelerator']}-{index}x{devices}{several}")
        return self.made[-1]

    async def assign(self, slot: str, tickets: Sequence[Ticket]) -> None:
        assert slot
        self.assigned += [one.key for one in tickets]

    async def collect(self, slot: str, cursor: int, wait_seconds: float) -> Batch:
        assert slot
        if not self.answers or not (self.assigned or self.found):
            await asyncio.sleep(min(wait_seconds, 0.05))
            return Batch(cursor, ())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def cancel(self, slot: str, key: Key) -> None:
        assert slot
        self.ended.append(key)

    async def lacks(self, slot: str, digests: Sequence[str]) -> tuple[str, ...]:
        assert slot
        return tuple(digests)

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        assert slot
        self.brought.append((digest, offset, len(data)))
        return Brought(min(size, offset + len(data)))

    async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
        assert slot
        self.read_.append((digest, offset, length))
        return b""

    async def retire(self, slot: str) -> None:
        self.retired.append(slot)

    async def stop(self, *, leave: bool = False) -> None:
        self.stopped.append(leave)


def done(key: Key) -> Ended:
    return Ended(key, Report(Status.PASS, Layer.NONE, ""))


async def served(queue: MemoryQueue, executor: Script, ended: int) -> Dispatching:
    async with dispatching(queue, executor, card(*executor.offered)) as at_work:
        await at_work.until(lambda: queue.ended >= ended)
    return at_work
