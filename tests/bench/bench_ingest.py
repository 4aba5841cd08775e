"""A million cases through the real recording path, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from matrix.expand import expand
from matrix.load import parse
from matrix.status import Layer, Status
from orchestrator.clock import SystemClock
from orchestrator.dispatch.port import Room
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import CaseResult, Ended, Offer, Report, RunnerCard, Ticket
from tests.bench.figure import Figure
from tests.support import postgres

REPORTS = 1_000
CASES = 1_000
BATCH = 20
GOALS = {"SQLite": 200_000, "PostgreSQL": 150_000}
BYTES_A_ROW = 25
OFFER = Offer(
    (("site", "lab"), ("accelerator", "cpu")),
    "cpu",
    BATCH,
    0,
    2**34,
    2**36,
    frozenset(),
    "linux_x86_64",
)
TEXT = f"""
name: ingest
axes: {{site: [lab], accelerator: [cpu]}}
suites: {{many: {{command: [sh, many.sh], shards: {REPORTS}}}}}
stacks: {{stable: {{torch: "2.13.0"}}}}
"""


def measure() -> list[Figure]:
    """Rows a second on each store, and the bytes that a row takes in SQLite."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "coevo.db")
        figures.append(_rate("SQLite", f"sqlite:///{path}"))
        figures.append(_size(path))
    programs = postgres.binaries()
    if programs is None:
        return [*figures, Figure("ingest, PostgreSQL", postgres.HOW_TO_GET, "runs", met=False)]
    with postgres.running(programs) as address, postgres.database(address, "bench") as url:
        figures.append(_rate("PostgreSQL", url))
    return figures


def _rate(kind: str, url: str) -> Figure:
    with opened(url) as store:
        tickets = tickets_of(store)
        report = full_report()
        begun = time.perf_counter()
        record_all(StoreQueue(store), tickets, report)
        rate = REPORTS * CASES / (time.perf_counter() - begun)
    goal = GOALS[kind]
    what = f"ingest of {REPORTS * CASES:,} cases, {kind}"
    return Figure(what, f"{rate:,.0f} cases/s", f"≥ {goal:,}", rate >= goal)


def _size(path: Path) -> Figure:
    with sqlite3.connect(path) as connection:
        pages = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'case_result_%'"
        taken = connection.execute(pages).fetchone()[0] / (REPORTS * CASES)
    connection.close()
    goal = f"≤ {BYTES_A_ROW}"
    return Figure("a case's row in SQLite", f"{taken:.1f} bytes", goal, taken <= BYTES_A_ROW)


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = open_store(url, SystemClock())
    try:
        yield store
    finally:
        store.close()


def tickets_of(store: Store) -> tuple[Ticket, ...]:
    matrix = parse(TEXT, "ingest.yaml")
    save_matrix(store, matrix)
    start_run(store, matrix, expand(matrix), Trigger())
    queue = StoreQueue(store)
    runner = queue.announce(RunnerCard("bench", "Bench", "local", "process", (OFFER,), ()))
    return queue.claim(runner, [Room(OFFER, REPORTS)])


def record_all(queue: StoreQueue, tickets: Sequence[Ticket], report: Report) -> None:
    for start in range(0, len(tickets), BATCH):
        batch = tickets[start : start + BATCH]
        refused = queue.record(1, [Ended(ticket.key, report) for ticket in batch])
        assert not refused


def full_report(count: int = CASES) -> Report:
    cases = tuple(
        CaseResult(f"nn.functional.op_{number:05}", Status.PASS, number / 7000, "cpu", "float32")
        for number in range(count)
    )
    return Report(Status.PASS, Layer.NONE, "", cases)
