"""A hundred million cases: the grid beside one of a million, a month dropped, bytes a case."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from worlds import Hand

from matrix.model import Keep
from matrix.status import Layer, Status
from orchestrator.store.keep import Pruned, prune
from orchestrator.store.open import open_store
from orchestrator.store.sizes import sizes, whole
from orchestrator.store.store import Store
from runners.work import CaseResult, Report
from tests.bench.bench_grid import World, matrix_of
from tests.bench.figure import Figure
from tests.support import postgres

CASES = int(os.environ.get("COEVO_BENCH_CASES", "100_000_000"))
SMALLER = 10  # so many times fewer cases in PostgreSQL
YOUNG = 1_000_000
EACH, SKIPPED = 1_000, 10  # cases of a report, and how many of them have something to say
MONTHS = tuple(datetime(2026, month, 2, tzinfo=UTC) for month in (1, 2, 3, 4))
JANUARY_IS_OVER = datetime(2026, 5, 2, tzinfo=UTC)  # for 90 days
KEEP = Keep(logs=timedelta(days=30), passing_cases=timedelta(days=90))
READINGS = 100
AT = (20, 20)
BYTES_A_CASE = {"SQLite": 25, "PostgreSQL": 80}
DROP_SECONDS = 60
Address = Callable[[str], str]


def measure() -> list[Figure]:
    """The same on both stores; whatever was written is gone in the end."""
    with tempfile.TemporaryDirectory(prefix="coevo-bench-") as folder:
        figures = _figures("SQLite", lambda name: f"sqlite:///{folder}/{name}.db", CASES)
    programs = postgres.binaries()
    if programs is None:
        return [*figures, Figure("cases, PostgreSQL", postgres.HOW_TO_GET, "runs", met=False)]
    with (
        postgres.running(programs) as address,
        postgres.database(address, "old"),
        postgres.database(address, "young"),
    ):
        more = _figures("PostgreSQL", lambda name: postgres.url(address, name), CASES // SMALLER)
    return [*figures, *more]


def _figures(kind: str, address: Address, cases: int) -> list[Figure]:
    clock = Hand(MONTHS[0])
    with _opened(address("old"), clock) as store, _opened(address("young"), clock) as other:
        old = World(store, matrix_of(*AT), _REPORT)
        seconds = _seconds(lambda: _fill(old, clock, cases))
        _told(f"{kind}: {cases:,} cases recorded in {seconds:.0f} s")
        taken = dict(sizes(store))["cases"] / cases
        with store.read() as connection:
            size = whole(connection, is_sqlite=store.is_sqlite)
        young = World(other, matrix_of(*AT), _REPORT)
        young.fill(YOUNG // EACH)
        read = _readings(young, old)
        clock.pass_by(JANUARY_IS_OVER - clock.now())
        dropped: list[Pruned] = []
        dropping = _seconds(lambda: dropped.append(prune(store, KEEP)))
        again = _readings(young, old)
    (gone,) = dropped
    assert gone.case_months == (202601,), gone
    what = f"{cases:,} cases, {kind}"
    bound = BYTES_A_CASE[kind]
    return [
        _grid(f"{what}: grid 20x20 against {YOUNG:,}", *read),
        Figure(
            f"{what}: dropping a month of {gone.cases:,}",
            f"{dropping:.1f} s",
            f"< {DROP_SECONDS} s",
            dropping < DROP_SECONDS,
        ),
        _grid(f"{what}: grid 20x20 after that", *again),
        Figure(
            f"{what}: size a case",
            f"{taken:.1f} bytes; the whole database {size / 1e9:.2f} GB",
            f"≤ {bound} bytes",
            taken <= bound,
        ),
    ]


def _grid(what: str, young: float, old: float) -> Figure:
    return Figure(what, f"p50 {old:.2f} : {young:.2f} ms", "≤ 1.2 : 1", old <= young * 1.2)


@contextmanager
def _opened(url: str, clock: Hand) -> Iterator[Store]:
    store = open_store(url, clock)
    try:
        yield store
    finally:
        store.close()


def _fill(world: World, clock: Hand, cases: int) -> None:
    """A quarter of the cases in each of four months."""
    for month in MONTHS:
        clock.pass_by(month - clock.now())
        world.fill(cases // EACH // len(MONTHS))
        _told(f"{month:%B} is in")


def _readings(*worlds: World) -> list[float]:
    """Median milliseconds of each one's reader after a report came, read by turns."""
    taken: list[list[float]] = [[] for _ in worlds]
    for _ in range(READINGS):
        for world, times in zip(worlds, taken, strict=True):
            world.fill(1)
            times.append(_seconds(world.read) * 1000)
    return [statistics.median(times) for times in taken]


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


_REPORT = Report(
    Status.PASS,
    Layer.NONE,
    "",
    tuple(
        CaseResult(f"op_{n:05}", Status.PASS, n / 7000, "cpu", "float32")
        if n >= SKIPPED
        else CaseResult(f"op_{n:05}", Status.SKIP, None, "cpu", "float32", "no such dtype here")
        for n in range(EACH)
    ),
)
