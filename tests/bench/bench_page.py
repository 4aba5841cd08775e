"""The grid page over the real store after a million cases: three sizes, over real HTTP."""

from __future__ import annotations

import http.client
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from dashboard.web.app import create_app
from matrix.expand import expand
from matrix.load import parse
from matrix.model import Matrix
from matrix.status import Layer, Status
from orchestrator.clock import SystemClock
from orchestrator.dispatch.port import Room
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import CaseResult, Ended, Offer, Report, RunnerCard
from tests.bench.figure import Figure
from tests.support.serving import served

SIZES = ((5, 4), (20, 20), (50, 200))
HISTORY = 1_000_000
VISITS = 200
FRESH_VISITS = 15
BATCH = 50
CARRIED_OUT = 400  # of the largest grid the other cells are queued: they cost a page the same
GOAL_SECONDS = 0.005
AT = (20, 20)


class Times(NamedTuple):
    """Seconds of a visit: as it stands, not modified, and drawn anew; how many bytes it has."""

    kept: float
    unchanged: float
    fresh: float
    size: int


def measure() -> list[Figure]:
    """p50 of each size after a million cases, and of the middle one with hardly any history."""
    times = {size: _times(*size, HISTORY) for size in SIZES}
    short = _times(*AT, AT[0] * AT[1])
    ratio = times[AT].fresh / short.fresh
    return [
        *(_page(size, time) for size, time in times.items()),
        Figure(
            f"grid 20 by 20, 304 after {HISTORY:,} cases",
            f"p50 {times[AT].unchanged * 1000:.2f} ms",
            "≤ 5 ms",
            times[AT].unchanged <= GOAL_SECONDS,
        ),
        Figure(
            f"grid 20 by 20 drawn anew, {HISTORY:,} cases against one a cell",
            f"{ratio:.2f}x",
            "≤ 2x",
            ratio <= 2,
        ),
    ]


def _page(size: tuple[int, int], times: Times) -> Figure:
    told = (
        f"p50 {times.kept * 1000:.2f} ms, drawn anew {times.fresh * 1000:.0f} ms, "
        f"{times.size / 1024:,.0f} KiB"
    )
    is_goal = size == AT
    return Figure(
        f"grid page {size[0]} by {size[1]} after {HISTORY:,} cases",
        told,
        "p50 ≤ 5 ms" if is_goal else "shown",
        times.kept <= GOAL_SECONDS or not is_goal,
    )


def _times(rows: int, columns: int, cases: int) -> Times:
    with (
        tempfile.TemporaryDirectory() as folder,
        _filled(folder, rows, columns, cases) as answers,
        served(create_app(answers)) as url,
    ):
        return _visited(url, answers)


def _visited(url: str, answers: Answers) -> Times:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    body, etag = _get(connection)
    kept = [_timed(connection) for _ in range(VISITS)]
    unchanged = [_timed(connection, etag) for _ in range(VISITS)]
    fresh = [_anew(connection, answers) for _ in range(FRESH_VISITS)]
    connection.close()
    return Times(median(kept), median(unchanged), median(fresh), len(body))


def _anew(connection: http.client.HTTPConnection, answers: Answers) -> float:
    """A visit after something happened: a runner introduced itself again."""
    known = answers.runners()[0]
    StoreQueue(answers.store).announce(_card(known.name, known.offers))
    return _timed(connection)


def _timed(connection: http.client.HTTPConnection, etag: str = "") -> float:
    begun = time.perf_counter()
    _get(connection, etag)
    return time.perf_counter() - begun


def _get(connection: http.client.HTTPConnection, etag: str = "") -> tuple[bytes, str]:
    connection.request("GET", "/", headers={"If-None-Match": etag} if etag else {})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == (304 if etag and not body else 200), answer.status
    return body, answer.headers["ETag"]


@contextmanager
def _filled(folder: str, rows: int, columns: int, cases: int) -> Iterator[Answers]:
    store = open_store(f"sqlite:///{Path(folder, 'coevo.db')}", SystemClock())
    matrix = parse(_text(rows, columns), "matrix.yaml")
    try:
        _fill(store, matrix, cases)
        settings = Settings(Folder(Path(folder)), store.url)
        yield Answers(settings, Declarations.of(matrix), store, News(), "token")
    finally:
        store.close()


def _fill(store: Store, matrix: Matrix, cases: int) -> None:
    """A run of all cells; the first of them are carried out, and share the cases."""
    save_matrix(store, matrix)
    planned = expand(matrix)
    start_run(store, matrix, planned, Trigger())
    queue = StoreQueue(store)
    card = _card("bench", [job.cell for job in planned[:CARRIED_OUT]])
    runner = queue.announce(card)
    report = Report(Status.PASS, Layer.NONE, "", _cases(max(1, cases // len(card.offers))))
    for start in range(0, len(card.offers), BATCH):
        rooms = [Room(offer, 1) for offer in card.offers[start : start + BATCH]]
        tickets = queue.claim(runner, rooms)
        refused = queue.record(runner, [Ended(ticket.key, report) for ticket in tickets])
        assert not refused


def _card(name: str, points: Sequence[tuple[tuple[str, str], ...]]) -> RunnerCard:
    offers = tuple(
        Offer(tuple(point), "cpu", 1, 0, 2**34, 2**36, frozenset(), "linux_x86_64")
        for point in points
    )
    return RunnerCard(name, name, "local", "process", offers, ())


def _cases(count: int) -> tuple[CaseResult, ...]:
    return tuple(
        CaseResult(f"op_{number:05}", Status.PASS, 0.01, "cpu", "float32")
        for number in range(count)
    )


def _text(rows: int, columns: int) -> str:
    sites = ", ".join(f"s{row:02}" for row in range(rows))
    accelerators = ", ".join(f"a{column:03}" for column in range(columns))
    return f"""
name: large
axes: {{site: [{sites}], accelerator: [{accelerators}]}}
suites: {{one: {{command: [sh, one.sh]}}}}
"""
