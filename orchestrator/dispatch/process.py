"""Slots in this very process: no Ray, no isolation of devices, and nothing outlives the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestrator.dispatch.names import slot_name
from orchestrator.dispatch.port import Batch, Held, SlotLost
from runners.artifacts import Brought
from runners.slot import Slot
from runners.work import Key, Offer, Ticket

Make = Callable[[str], Slot]


class ProcessExecutor:
    """Implements Executor with the same `Slot` that Ray's actors hold."""

    outlives = False

    def __init__(
        self, runner: str, offers: tuple[Offer, ...], home: Path, make: Make | None = None
    ) -> None:
        self._runner, self._offers = runner, offers
        self._make = make or (lambda name: Slot(name, home))
        self._slots: dict[str, Slot] = {}

    async def start(self) -> tuple[Held, ...]:
        """Nothing can have been left behind: guards end what they run when their server dies."""
        return ()

    async def offers(self) -> tuple[Offer, ...]:
        """What this was made with."""
        return self._offers

    async def slot_for(self, offer: Offer, index: int, devices: int = 1, nodes: int = 1) -> str:
        """Made at once; several devices are simply all that the machine shows."""
        if nodes > 1:
            raise SlotLost("plain processes are one node; several nodes need a Ray cluster")
        name = slot_name(self._runner, offer, index, devices)
        if name not in self._slots:
            self._slots[name] = self._make(name)
        return name

    async def assign(self, slot: str, tickets: Sequence[Ticket]) -> None:
        """Queue tickets in a slot."""
        await self._slot(slot).assign(tickets)

    async def collect(self, slot: str, cursor: int, wait_seconds: float) -> Batch:
        """What happened in a slot after `cursor`."""
        return Batch(*await self._slot(slot).collect(cursor, wait_seconds))

    async def cancel(self, slot: str, key: Key) -> None:
        """End an attempt."""
        await self._slot(slot).cancel(key)

    async def lacks(self, slot: str, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not here."""
        return await self._slot(slot).lacks(digests)

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact in."""
        return await self._slot(slot).bring(digest, size, offset, data)

    async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
        """A piece of an artifact."""
        return await self._slot(slot).read(digest, offset, length)

    async def retire(self, slot: str) -> None:
        """End a slot and everything in it."""
        await self._slots.pop(slot).close() if slot in self._slots else None

    async def stop(self, *, leave: bool = False) -> None:  # noqa: ARG002 - none can be left
        """End all slots."""
        slots, self._slots = self._slots, {}
        await asyncio.gather(*(slot.close() for slot in slots.values()))

    def abandon(self) -> None:
        """Nothing to do: guards end with the process that holds their pipes."""

    def _slot(self, name: str) -> Slot:
        if name not in self._slots:
            raise SlotLost(f"slot {name} has been retired")
        return self._slots[name]
