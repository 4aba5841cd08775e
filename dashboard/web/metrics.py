"""What `/metrics` tells: a fixed set of series, whatever matrices, runners or jobs there are.

Labels come from our own fixed sets alone (states, statuses), never from what people name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from dashboard.web.exposition import Family, Series
from dashboard.web.services import Following
from orchestrator.server_views import Declared, Health, StoreHealth

NO_RESULT = "none"


def families(  # noqa: PLR0913 - what a server is made of, by name
    health: Health,
    declared: Iterable[Declared],
    following: Following,
    *,
    ready: bool,
    version: str,
    now: datetime,
) -> Iterator[Family]:
    """Every family, by subject: server, queue, history, cells, runners, events, storage."""
    served = [one for one in declared if one.is_served or one.mistakes]
    yield _gauge("coevo_info", "Coevo itself.", Series(1, (("version", version),)))
    yield _gauge("coevo_ready", "Whether jobs can be run.", Series(int(ready)))
    yield _gauge(
        "coevo_start_time_seconds",
        "When the server started, in seconds since 1970.",
        Series(health.started_at.timestamp()),
    )
    yield _gauge("coevo_matrices", "Matrix files that are served.", Series(len(served)))
    yield _gauge(
        "coevo_matrix_files_with_mistakes",
        "Matrix files of which an earlier revision is in force, or none.",
        Series(sum(bool(one.mistakes) for one in served)),
    )
    yield from _of_store(health.store, now)
    yield from _of_events(health.store, following)
    yield from _of_storage(health)


def _of_store(store: StoreHealth, now: datetime) -> Iterator[Family]:
    queue, totals, runners = store.queue, store.totals, store.runners
    jobs = (
        ("waiting", queue.waiting),
        ("unoffered", queue.unoffered),
        ("leased", queue.leased),
        ("submitted", queue.submitted),
        ("running", queue.running),
    )
    oldest = max(0.0, (now - queue.oldest_at).total_seconds()) if queue.oldest_at else 0.0
    yield _gauge("coevo_jobs", "Jobs that have not ended, by where they are.", *_by("state", jobs))
    yield _gauge(
        "coevo_queue_oldest_seconds",
        "How long the oldest job waits that a runner could take.",
        Series(oldest),
    )
    yield _counter("coevo_runs_total", "Runs that were started.", totals.runs)
    yield _counter("coevo_jobs_total", "Jobs that were queued.", totals.jobs)
    yield _counter("coevo_attempts_total", "Attempts that were claimed.", totals.attempts)
    yield _counter("coevo_reports_total", "Reports that were recorded.", totals.reports)
    states = ((status.value if status else NO_RESULT, n) for status, n in store.states)
    yield _gauge(
        "coevo_cell_states",
        "Suites in cells, by the status of the last result.",
        *_by("status", states),
    )
    there = (("ready", runners.ready), ("gone", runners.gone))
    yield _gauge("coevo_runners", "Runners, by whether they are heard of.", *_by("state", there))
    yield _gauge("coevo_slots", "Attempts that can run at once.", Series(runners.slots))


def _of_events(store: StoreHealth, following: Following) -> Iterator[Family]:
    yield _counter("coevo_events_total", "Events that happened.", store.totals.events)
    yield _gauge("coevo_streams", "Open pages that follow events.", Series(following.streams))
    lag = following.lag
    yield _gauge(
        "coevo_event_lag_seconds",
        "How old the last event was when it was handed to an open page.",
        *([] if lag is None else [Series(lag.total_seconds())]),
    )


def _of_storage(health: Health) -> Iterator[Family]:
    yield _gauge(
        "coevo_database_bytes", "Size of the database.", Series(health.store.database_bytes)
    )
    yield _gauge(
        "coevo_disk_bytes", "Size of the disk under the data folder.", Series(health.disk_bytes)
    )
    yield _gauge("coevo_disk_free_bytes", "What of it is free.", Series(health.free_bytes))
    growth = health.growth
    yield _gauge(
        "coevo_database_growth_bytes_per_day",
        "How the database grew lately; from a day of samples on.",
        *([] if growth is None else [Series(growth.bytes_per_day)]),
    )


def _by(label: str, counted: Iterable[tuple[str, int]]) -> list[Series]:
    return [Series(count, ((label, value),)) for value, count in counted]


def _gauge(name: str, told: str, *series: Series) -> Family:
    return Family(name, "gauge", told, series)


def _counter(name: str, told: str, value: int) -> Family:
    return Family(name, "counter", told, (Series(value),))
