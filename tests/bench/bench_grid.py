"""The slide's reader on grids of three sizes, after a million cases and without history."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from matrix.expand import expand
from matrix.load import parse
from matrix.model import Matrix
from matrix.status import Layer, Status
from orchestrator.clock import SystemClock
from orchestrator.dispatch.port import Room
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import grid
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import CaseResult, Ended, Offer, Report, RunnerCard
from tests.bench.figure import Figure

SIZES = ((5, 4), (20, 20), (50, 200))
GOAL_MS = 5.0
CASES = 1_000_000
EACH = 1_000
READINGS = 40


def measure() -> list[Figure]:
    """Median milliseconds of the reader: each reading after a report came, and before any."""
    with tempfile.TemporaryDirectory() as folder:
        return [figure for size in SIZES for figure in _measure(Path(folder), *size)]


def _measure(folder: Path, rows: int, columns: int) -> list[Figure]:
    store = open_store(f"sqlite:///{folder / f'{rows}x{columns}.db'}", SystemClock())
    try:
        world = World(store, matrix_of(rows, columns))
        world.fill(1)
        young = _median(lambda: world.fill(1), world.read)
        world.fill(CASES // EACH)
        old = _median(lambda: world.fill(1), world.read)
        still = _median(lambda: None, world.read)
    finally:
        store.close()
    name = f"grid {rows}x{columns} after {CASES:,} cases"
    strict = (rows, columns) == (20, 20)
    flat = old <= max(young * 1.5, young + 1.0)
    return [
        Figure(
            f"{name}, a report between readings",
            f"p50 {old:.2f} ms",
            f"≤ {GOAL_MS:g} ms" if strict else "told",
            not strict or old <= GOAL_MS,
        ),
        Figure(f"{name}, nothing changed", f"p50 {still:.2f} ms", "≤ 1 ms", still <= 1.0),
        Figure(f"{name}, against no history", f"{old:.2f} : {young:.2f} ms", "≤ 1.5 : 1", flat),
    ]


class World:
    """A store whose queue one runner empties, report by report."""

    def __init__(self, store: Store, matrix: Matrix, report: Report | None = None) -> None:
        self._store, self._matrix, self._report = store, matrix, report or _REPORT
        self._queue = StoreQueue(store)
        self._offers = tuple(
            _offer(site.name, kind.name)
            for site in matrix.axis("site").values
            for kind in matrix.axis("accelerator").values
        )
        save_matrix(store, matrix)
        card = RunnerCard("bench", "Bench", "local", "process", self._offers, ())
        self._runner = self._queue.announce(card)
        self._jobs = expand(matrix)
        self._next = 0

    def fill(self, reports: int) -> None:
        """So many reports of a thousand cases, cell after cell."""
        for start in range(0, reports, 20):
            self._fill(min(20, reports - start))

    def read(self) -> None:
        assert grid(self._store, self._matrix.name) is not None

    def _fill(self, reports: int) -> None:
        chosen = [self._jobs[(self._next + n) % len(self._jobs)] for n in range(reports)]
        offers = [self._offers[(self._next + n) % len(self._jobs)] for n in range(reports)]
        self._next += reports
        start_run(self._store, self._matrix, chosen, Trigger())
        tickets = self._queue.claim(self._runner, [Room(offer, 1) for offer in offers])
        assert len(tickets) == reports
        self._queue.record(self._runner, [Ended(ticket.key, self._report) for ticket in tickets])


def matrix_of(rows: int, columns: int) -> Matrix:
    sites = ", ".join(f"s{n}" for n in range(rows))
    kinds = ", ".join(f"k{n}" for n in range(columns))
    axes = f"axes: {{site: [{sites}], accelerator: [{kinds}]}}"
    return parse(f"name: big\n{axes}\nsuites: {{many: {{command: [sh, many.sh]}}}}\n", "big.yaml")


def _offer(site: str, accelerator: str) -> Offer:
    labels = (("site", site), ("accelerator", accelerator))
    return Offer(labels, "cpu", 1, 0, 2**34, 2**36, frozenset(), "linux_x86_64")


def _median(between: Callable[[], None], read: Callable[[], None]) -> float:
    read()
    gc.collect()
    gc.freeze()  # what queues thousands of jobs here is not the reader's to look over
    taken: list[float] = []
    for _ in range(READINGS):
        between()
        begun = time.perf_counter()
        read()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def _cases(count: int) -> Sequence[CaseResult]:
    return [CaseResult(f"op_{n:05}", Status.PASS, n / 7000, "cpu", "float32") for n in range(count)]


_REPORT = Report(Status.PASS, Layer.NONE, "", tuple(_cases(EACH)))
