"""A backup while reports go on coming in, and its restore: SQLite, over many cases."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from orchestrator.store.backup import backup, restore
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import Ended, Ticket
from tests.bench import bench_ingest as ingest
from tests.bench.figure import Figure

CASES = int(os.environ.get("COEVO_BENCH_CASES", "2000000"))
EXTRA = 100  # reports that come in meanwhile, one after another
A_REPORT = CASES // (ingest.REPORTS - EXTRA)
SECONDS_A_GB = 60
HELD_UP_SECONDS = 1.0


def measure() -> list[Figure]:
    """Seconds a GB of both ways, and the longest that a report waited meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ingest.opened(f"sqlite:///{folder / 'coevo.db'}") as store:
            tickets = ingest.tickets_of(store)
            ingest.record_all(StoreQueue(store), tickets[EXTRA:], ingest.full_report(A_REPORT))
            coming = _Coming(store, tickets[:EXTRA])
            coming.start()
            copied = _seconds(lambda: backup(store, folder / "copy"))
            coming.stop()
        size = (folder / "copy").stat().st_size / 1e9
        back = _seconds(lambda: restore(f"sqlite:///{folder / 'again.db'}", folder / "copy"))
    return [
        _figure("backup", copied, size, f", {coming.done} reports came in meanwhile"),
        Figure(
            "a report while a backup is made: the longest",
            f"{coming.longest * 1000:.0f} ms",
            f"≤ {HELD_UP_SECONDS:.0f} s, at least one",
            coming.done > 0 and coming.longest <= HELD_UP_SECONDS,
        ),
        _figure("restore", back, size, ""),
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
            taken = _seconds(partial(self._queue.record, 1, [Ended(ticket.key, report)]))
            self.done, self.longest = self.done + 1, max(self.longest, taken)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _figure(what: str, seconds: float, size: float, more: str) -> Figure:
    rate = seconds / size
    told = f"{rate:.1f} s a GB ({seconds:.1f} s for {size:.2f} GB{more})"
    return Figure(
        f"{what} of {CASES:,} cases, SQLite", told, f"≤ {SECONDS_A_GB} s", rate <= SECONDS_A_GB
    )


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
