"""From a server's own health to what `health.html` draws, and what of it wants a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboard.web import marks, words
from dashboard.web.marks import Look
from dashboard.web.services import Following
from dashboard.web.shell import Shell
from orchestrator.server_views import Declared, Growth, Health, Queue, StoreHealth

LONG_WAIT = timedelta(hours=1)
LITTLE_FREE = 0.1  # of the disk
SOON_FULL_DAYS = 30
_SECOND = timedelta(seconds=1)
_FINE = Look("fine", "tick", "green")
_WORRIED = Look("wants a look", "bang", "orange")
_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Row(NamedTuple):
    """A figure and its name; `note` says what it means where that is not plain."""

    name: str
    value: str
    note: str = ""


class Group(NamedTuple):
    """Figures of one part of the server."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class HealthContext:
    """What `health.html` draws."""

    shell: Shell
    look: Look
    version: str
    up: str
    worries: tuple[str, ...]
    groups: tuple[Group, ...]
    states: tuple[tuple[Look, int], ...]


def health_context(  # noqa: PLR0913 - what a server is made of, by name
    frame: Shell,
    health: Health,
    declared: Iterable[Declared],
    following: Following,
    *,
    version: str,
    now: datetime,
) -> HealthContext:
    """The whole page."""
    found = worries(health, declared, now)
    return HealthContext(
        shell=frame,
        look=_WORRIED if found else _FINE,
        version=version,
        up=words.between(health.started_at, None, now),
        worries=found,
        groups=(
            Group("Queue", tuple(_queue(health.store, now))),
            Group("Runners", tuple(_runners(health.store))),
            Group("Live pages", tuple(_events(health.store, following, now))),
            Group("Storage", tuple(_storage(health))),
            Group("Since the database was made", tuple(_totals(health.store))),
        ),
        states=tuple(
            (marks.of_verdict(status, is_open=False), count)
            for status, count in health.store.states
            if count
        ),
    )


def worries(health: Health, declared: Iterable[Declared], now: datetime) -> tuple[str, ...]:
    """What a person should look at, each in a sentence that says what to do."""
    return (*_of_queue(health.store, now), *_of_disk(health), *_of_files(declared))


def _of_queue(store: StoreHealth, now: datetime) -> Iterator[str]:
    oldest = _waited(store.queue, now)
    if oldest > LONG_WAIT:
        yield (
            f"A job has waited for {words.duration(oldest / _SECOND)} though a runner could take "
            "it: more slots or runners would help."
        )
    if store.queue.unoffered and not store.runners.ready:
        yield "Jobs wait and no runner is there: start one."


def _of_disk(health: Health) -> Iterator[str]:
    if health.free_bytes < LITTLE_FREE * health.disk_bytes:
        yield (
            f"{words.size(health.free_bytes)} of {words.size(health.disk_bytes)} are free on the "
            "disk under the data folder: coevo prune, or a larger disk."
        )
    growth = health.growth
    if growth and growth.full_in_days is not None and growth.full_in_days < SOON_FULL_DAYS:
        yield (
            f"As the database grows, the disk is full in {_days(growth.full_in_days)}: "
            "keep less (keep: in the matrix), or a larger disk."
        )


def _of_files(declared: Iterable[Declared]) -> Iterator[str]:
    for one in declared:
        if one.mistakes:
            count = words.plural(len(one.mistakes), "mistake")
            yield f"{one.file} has {count}; what held before is in force."


def _queue(store: StoreHealth, now: datetime) -> Iterator[Row]:
    queue, minutes = store.queue, store.window / timedelta(minutes=1)
    rate = store.claims / minutes if minutes else 0.0
    yield Row("Waiting", words.plural(queue.waiting, "job"), "that a runner here could take")
    yield Row(
        "Longest wait", words.duration(_waited(queue, now) / _SECOND) if queue.oldest_at else "none"
    )
    yield Row("No runner offers", words.plural(queue.unoffered, "job"))
    yield Row("Starting", words.plural(queue.leased, "job"))
    if queue.submitted:
        yield Row("Submitted", words.plural(queue.submitted, "job"), "that a batch system queues")
    yield Row("Running", words.plural(queue.running, "job"))
    yield Row("Claimed", f"{rate:,.1f} a minute", f"over {_minutes(minutes)}")


def _runners(store: StoreHealth) -> Iterator[Row]:
    yield Row("Ready", words.plural(store.runners.ready, "runner"))
    yield Row("Not heard of", words.plural(store.runners.gone, "runner"))
    yield Row("Slots", words.number(store.runners.slots), "attempts that can run at once")


def _events(store: StoreHealth, following: Following, now: datetime) -> Iterator[Row]:
    newest = words.ago(store.last_event_at, now) if store.last_event_at else "none yet"
    lag = following.lag
    told = "not known yet" if lag is None else words.duration(lag / _SECOND)
    yield Row("Newest event", newest)
    yield Row("Open pages", words.number(following.streams), "that follow what happens")
    yield Row("Event lag", told, "age of the last event when a page was sent it")


def _storage(health: Health) -> Iterator[Row]:
    store, free = health.store, health.free_bytes
    yield Row("Database", words.size(store.database_bytes), _KINDS[store.database])
    yield Row("Growth", _growth(health.growth), _from(health.growth))
    if store.database == "sqlite":
        yield Row("Disk full in", _full(health.growth))
    share = f"{free / health.disk_bytes:.0%} of {words.size(health.disk_bytes)}"
    yield Row("Disk free", words.size(free), f"{share}, under the data folder")


def _totals(store: StoreHealth) -> Iterator[Row]:
    for name, count in store.totals._asdict().items():
        yield Row(name.capitalize(), words.number(count))


def _waited(queue: Queue, now: datetime) -> timedelta:
    return max(timedelta(), now - queue.oldest_at) if queue.oldest_at else timedelta()


def _growth(growth: Growth | None) -> str:
    if growth is None:
        return "known after a day"
    sign = "-" if growth.bytes_per_day < 0 else ""
    return f"{sign}{words.size(abs(round(growth.bytes_per_day)))} a day"


def _from(growth: Growth | None) -> str:
    return f"from the last {_days(growth.days)}" if growth else ""


def _full(growth: Growth | None) -> str:
    if growth is None:
        return "known after a day"
    return _days(growth.full_in_days) if growth.full_in_days is not None else "never, as it is now"


def _minutes(count: float) -> str:
    return f"the last {count:.0f} min" if count >= 1 else words.duration(count * 60)


def _days(count: float) -> str:
    return "less than a day" if count < 1 else words.plural(round(count), "day")
