"""Forgetting and copying while jobs are claimed, log and report: nothing is lost or held up."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from worlds import World, report_of

from matrix.policies import Keep
from matrix.status import Status
from orchestrator.store.backup import backup
from orchestrator.store.columns import JobState
from orchestrator.store.keep import prune
from orchestrator.store.months import CASES, LOGS, case_table, months
from orchestrator.store.open import open_store
from orchestrator.store.read_jobs import job
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases
from orchestrator.store.recorded import ReportRow
from orchestrator.store.work import JobRow
from orchestrator.views import CaseFilter
from runners.work import CaseResult, LogChunk

QUICK = "lab/cpu:quick"
RESULTS = tuple(CaseResult(f"case_{number}", Status.PASS, 0.1) for number in range(20))
KEEP = Keep(logs=timedelta(days=30), passing_cases=timedelta(days=30))
LEAST = 12  # jobs that are carried out meanwhile


def carried_out(world: World) -> int:
    """A job from its queue to its report, with a log; the row of its attempt."""
    world.start(QUICK)
    (ticket,) = world.claim()
    world.queue.note(world.runner, [], [LogChunk(ticket.key, 0, b"words")])
    world.end([ticket], report_of(Status.PASS, *RESULTS))
    return ticket.key.job


class Busy(threading.Thread):
    """Carries out one job after another until it is stopped, or `failure` stops it."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.jobs: list[int] = []
        self.failure: Exception | None = None
        self.stopped = threading.Event()
        self._world = world

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                self.jobs.append(carried_out(self._world))
        except Exception as error:  # noqa: BLE001 - the test raises it
            self.failure = error

    def beyond(self, count: int) -> bool:
        return len(self.jobs) >= count or not self.is_alive()


@contextmanager
def busy(world: World) -> Iterator[Busy]:
    """A run that goes on while the block runs, and has gone on by its end."""
    thread = Busy(world)
    thread.start()
    yield thread
    thread.stopped.set()
    thread.join()
    if thread.failure:
        raise thread.failure


def until(is_done: Callable[[], bool], step: Callable[[], object]) -> None:
    step()
    while not is_done():
        step()


@pytest.fixture
def old(small: World) -> World:
    """Three months with two jobs each, all past their time."""
    for _ in range(3):
        small.queue.renew(small.runner, [])
        carried_out(small)
        carried_out(small)
        small.clock.pass_by(timedelta(days=31))
    small.clock.pass_by(timedelta(days=62))
    small.queue.renew(small.runner, [])
    return small


def test_months_go_while_jobs_are_carried_out(old: World) -> None:
    with old.store.read() as connection:
        before = months(connection, CASES)
    with busy(old) as run:
        until(lambda: run.beyond(LEAST), lambda: prune(old.store, KEEP))
    with old.store.read() as connection:
        assert not set(before) & {*months(connection, CASES), *months(connection, LOGS)}
    for number in run.jobs:
        found = job(old.store, "small", number)
        assert found is not None
        assert found.status is Status.PASS
        assert cases(old.store, number, CaseFilter(), 0, 99).total == len(RESULTS)
        piece = log(old.store, found.attempts[-1].id, 0, 99)
        assert piece is not None
        assert piece.data == b"words"


def test_a_copy_that_is_made_meanwhile_is_of_one_moment(old: World, tmp_path: Path) -> None:
    if not old.store.is_sqlite and shutil.which("pg_dump") is None:
        pytest.skip("PostgreSQL's client is not on the PATH")
    copies: list[Path] = []

    def copy() -> None:
        copies.append(tmp_path / f"copy-{len(copies)}")
        backup(old.store, copies[-1])

    with busy(old) as run:
        until(lambda: run.beyond(LEAST) and len(copies) > 1, copy)
    assert len(run.jobs) >= LEAST
    if not old.store.is_sqlite:
        for path in copies:
            listed = subprocess.run(
                ["pg_restore", "--list", str(path)], capture_output=True, text=True, check=True
            )
            assert "job" in listed.stdout
        return
    for path in copies:
        _is_whole(path, old)


def _is_whole(path: Path, world: World) -> None:
    """Each job that has ended has its report, and each report its cases."""
    copied = open_store(f"sqlite:///{path}", world.clock)
    with copied.read() as connection:
        ended = connection.scalar(
            select(func.count()).select_from(JobRow).where(JobRow.state == JobState.ENDED)
        )
        reports = connection.scalar(select(func.count()).select_from(ReportRow))
        counted = sum(
            connection.scalar(select(func.count()).select_from(case_table(month))) or 0
            for month in months(connection, CASES)
        )
    copied.close()
    assert ended == reports
    assert counted == reports * len(RESULTS)  # type: ignore[operator] # a count is a number
