"""Bands of ranks for tests: slots of this process, and peers that fall silent or are lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from slots import Carried, survivors

from runners.band import Band, Near
from runners.part import PeerLost
from runners.slot import Slot
from runners.work import Ended, Happening, Key, Report, Ticket

PATIENCE_SECONDS = 60.0


class Frail(Near):
    """A peer that can be lost, as a node's power can be cut."""

    is_lost = False

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        if self.is_lost:
            raise PeerLost("its power was cut")
        return await super().collect(cursor, wait_seconds)


class Scene:
    """A band at work: its ranks' peers, and what has happened so far."""

    def __init__(self, home: Path, ranks: int, settle: float) -> None:
        self.home = home
        self.peers = [self._peer(rank) for rank in range(ranks)]
        self.band = Band(self.peers, home / "band", settle_seconds=settle)
        self.found = list[Happening]()

    def _peer(self, rank: int) -> Frail:
        return Frail(Slot(f"rank-{rank}", self.home), f"node-{rank}", "127.0.0.1")

    async def until(self, claim: Callable[[], object]) -> None:
        """Collect until something holds."""
        cursor = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not claim():
                cursor, happenings = await self.band.collect(cursor, 0.2)
                self.found += happenings

    @property
    def carried(self) -> Carried:
        """What was collected."""
        return Carried(tuple(self.found), 0)


During = Callable[[Scene], Awaitable[None]]


def played(
    home: Path, ticket: Ticket, during: During | None = None, settle: float = 0.3
) -> Carried:
    """Carry a ticket out by its ranks, doing `during` meanwhile; nothing of it is left."""

    async def play() -> Carried:
        scene = Scene(home, ticket.nodes, settle)
        try:
            await scene.band.assign([ticket])
            if during is not None:
                await during(scene)
            await scene.until(lambda: any(isinstance(one, Ended) for one in scene.found))
        finally:
            await scene.band.close()
        return scene.carried

    found = asyncio.run(play())
    assert survivors(home) == []
    return found


def report_of(home: Path, ticket: Ticket, during: During | None = None) -> Report:
    """The report of one ticket."""
    (report,) = played(home, ticket, during).reports
    return report


def cancelling(key: Key, sign: Path) -> During:
    """Cancels once a file is there."""

    async def during(scene: Scene) -> None:
        await scene.until(sign.exists)
        await scene.band.cancel(key)

    return during


def losing(rank: int, sign: Path) -> During:
    """Cuts a rank's power once a file is there."""

    async def during(scene: Scene) -> None:
        await scene.until(sign.exists)
        scene.peers[rank].is_lost = True

    return during
