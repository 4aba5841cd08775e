"""What a server does beside its work: look at disk and size, tell its log, forget what is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from orchestrator.service import growth
from orchestrator.service.chronicle import Chronicle
from orchestrator.service.condition import fullness
from orchestrator.service.folder import Folder
from orchestrator.service.forgetting import Forgotten, forget
from orchestrator.service.news import News
from orchestrator.service.settings import LogFormat, Settings
from orchestrator.store.read_health import database_bytes
from orchestrator.store.store import Store

logger = logging.getLogger("coevo.chores")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two times; what is forgotten waits until a server has been up for a while."""

    room: float = 5.0
    measure: float = 60.0
    tell: float = 1.0
    forget_first: float = 600.0
    forget: float = 86_400.0


DAILY = Rhythm()
Chore = Coroutine[None, None, None]


def chores(
    settings: Settings, store: Store, news: News, *, once: bool, rhythm: Rhythm = DAILY
) -> tuple[Chore, ...]:
    """Coroutines that run until they are cancelled; one that fails says so and goes on."""
    every = [_roomy(settings.folder, news, rhythm), _measured(settings.folder, store, rhythm)]
    if settings.log_format is LogFormat.JSON:
        every.append(_told(store, rhythm))
    if not (once or settings.simulated):
        every.append(_forgotten(settings.folder, store, rhythm))
    return tuple(every)


async def _roomy(folder: Folder, news: News, rhythm: Rhythm) -> None:
    """Say that the disk is full, for as long as it is."""
    while True:
        await _tried(lambda: news.stands("disk", fullness(folder.path)), "room")
        await asyncio.sleep(rhythm.room)


async def _measured(folder: Folder, store: Store, rhythm: Rhythm) -> None:
    """Keep how big the database is, once an hour: what a forecast is made from."""

    def note() -> None:
        growth.note(folder.path, store.clock.now(), database_bytes(store))

    while True:
        await _tried(note, "size")
        await asyncio.sleep(rhythm.measure)


async def _told(store: Store, rhythm: Rhythm) -> None:
    """Log what happens, up to the last word."""
    chronicle = Chronicle(store)
    try:
        while True:
            await asyncio.sleep(rhythm.tell)
            await _tried(chronicle.tell, "chronicle")
    finally:
        chronicle.tell()


async def _forgotten(folder: Folder, store: Store, rhythm: Rhythm) -> None:
    """Keep the word of `keep:`, once a day."""

    def look() -> None:
        if any(_counts(forget(store, folder, dry_run=True)).values()):  # else nothing is locked
            counts = _counts(forget(store, folder, dry_run=False))
            logger.info("forgotten: %s", counts, extra={"event": "forgotten", "fields": counts})

    await asyncio.sleep(rhythm.forget_first)
    while True:
        await _tried(look, "forgetting")
        await asyncio.sleep(rhythm.forget)


async def _tried(chore: Callable[[], object], what: str) -> None:
    try:
        await asyncio.to_thread(chore)
    except Exception:
        logger.exception("%s failed; it is tried again", what, extra={"event": f"{what}.failed"})


def _counts(gone: Forgotten) -> dict[str, int]:
    return {
        "log_chunks": gone.database.log_chunks,
        "cases": gone.database.cases,
        "events": gone.database.events,
        "environments": len(gone.environments),
        "artifacts": len(gone.artifacts),
    }
