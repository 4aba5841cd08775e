"""A backup while reports go on coming in, and its restore, on SQLite and on PostgreSQL."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from orchestrator.store.backup import backup, restore
from orchestrator.store.sizes import whole
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import Ticket
from tests.bench import bench_ingest as ingest
from tests.bench.figure import Figure
from tests.support import postgres

CASES = 2_000_000
EXTRA = 100  # reports that come in meanwhile, one after another
SECONDS_A_GB = 60
HELD_UP_SECONDS = 1.0


class Place(NamedTuple):
    """A kind of store: the address of one, of an empty one, and a folder."""

    kind: str
    url: str
    again: str
    folder: Path


def measure() -> list[Figure]:
    """Seconds a GB of both ways, and the longest that a report waited meanwhile."""
    return figures_of(CASES)


def figures_of(cases: int) -> list[Figure]:
    """The same for so many cases."""
    return [figure for place in _places() for figure in _figures(place, cases)]


def _places() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        addresses = [f"sqlite:///{folder / one}" for one in ("coevo.db", "again.db")]
        yield Place("SQLite", *addresses, folder)
    programs = postgres.binaries()
    assert programs is not None, postgres.HOW_TO_GET
    with (
        tempfile.TemporaryDirectory() as name,
        postgres.running(programs) as address,
        postgres.database(address, "bench") as url,
        postgres.database(address, "again") as again,
    ):
        yield Place("PostgreSQL", url, again, Path(name))


def _figures(place: Place, cases: int) -> list[Figure]:
    copy = place.folder / "copy"
    with ingest.opened(place.url) as store:
        tickets = ingest.tickets_of(store)
        earlier, later = tickets[EXTRA:], tickets[:EXTRA]
        report = ingest.full_report(cases // len(earlier))
        ingest.record_all(StoreQueue(store), earlier, report)
        with _coming(store, later) as coming:
            copied = _seconds(lambda: backup(store, copy))
        with store.read() as connection:
            size = whole(connection, is_sqlite=store.is_sqlite) / 1e9
    back = _seconds(lambda: restore(place.again, copy))
    assert len(earlier) <= _reports(place.again) <= len(earlier) + coming.done
    return [
        _figure(f"backup of {cases:,} cases, {place.kind}", copied, size),
        Figure(
            f"a report while that backup is made: the longest of {coming.done}",
            f"{coming.longest * 1000:.0f} ms",
            f"≤ {HELD_UP_SECONDS:.0f} s, at least one",
            coming.done > 0 and coming.longest <= HELD_UP_SECONDS,
        ),
        _figure(f"restore of {cases:,} cases, {place.kind}", back, size),
    ]


class _Coming(threading.Thread):
    """Records one report after another until it is stopped."""

    def __init__(self, store: Store, tickets: Sequence[Ticket]) -> None:
        super().__init__()
        self.done, self.longest = 0, 0.0
        self._queue, self._tickets = StoreQueue(store), tickets
        self._stopped = threading.Event()

    def run(self) -> None:
        report = ingest.full_report()
        for ticket in self._tickets:
            if self._stopped.is_set():
                return
            taken = _seconds(partial(ingest.record_all, self._queue, [ticket], report))
            self.done, self.longest = self.done + 1, max(self.longest, taken)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


@contextmanager
def _coming(store: Store, tickets: Sequence[Ticket]) -> Iterator[_Coming]:
    thread = _Coming(store, tickets)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()


def _reports(url: str) -> int:
    with ingest.opened(url) as store, store.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM report")).scalar_one())


def _figure(what: str, seconds: float, size: float) -> Figure:
    rate = seconds / size
    told = f"{rate:.1f} s a GB ({seconds:.1f} s for {size:.2f} GB)"
    return Figure(what, told, f"≤ {SECONDS_A_GB} s a GB", rate <= SECONDS_A_GB)


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
