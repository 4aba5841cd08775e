from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from worlds import Hand, World, report_of

from matrix.errors import CoevoError
from matrix.policies import Keep
from matrix.status import Status
from orchestrator.store.backup import backup, restore
from orchestrator.store.keep import prune
from orchestrator.store.open import open_store
from orchestrator.store.read_grid import grid
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases, report
from orchestrator.store.sizes import sizes
from orchestrator.views import CaseFilter
from runners.work import CaseResult, LogChunk

PASSED = CaseResult("good", Status.PASS)
FAILED = CaseResult("bad", Status.FAIL, message="wrong")
SKIPPED = CaseResult("old", Status.SKIP, message="a known fault")


@pytest.fixture
def aged(small: World) -> World:
    """A world with a report and a log from November, seen from the next March."""
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    small.queue.note(small.runner, [], [LogChunk(ticket.key, 0, b"words")])
    small.end([ticket], report_of(Status.FAIL, PASSED, FAILED, SKIPPED))
    small.clock.pass_by(timedelta(days=120))
    return small


def test_a_dry_run_says_what_would_go_and_drops_nothing(aged: World) -> None:
    due = prune(aged.store, Keep(), dry_run=True)
    assert (due.log_months, due.case_months, due.cases) == ((202611,), (202611,), 3)
    assert cases(aged.store, 1, CaseFilter(), 0, 10).total == 3
    assert prune(aged.store, Keep()) == due


def test_passing_cases_go_and_failures_stay(aged: World) -> None:
    prune(aged.store, Keep())
    left = cases(aged.store, 1, CaseFilter(), 0, 10)
    assert left.cases == (FAILED,)
    found = report(aged.store, 1)
    assert found is not None
    assert found.counts.total == 3


def test_dropped_cases_leave_a_count_a_day(aged: World) -> None:
    prune(aged.store, Keep())
    with aged.store.read() as connection:
        query = text("SELECT day, reports, fail, passed, skip FROM daily_count")
        assert connection.execute(query).all() == [("2026-11-23", 1, 1, 1, 1)]


def test_logs_go_by_their_own_time(aged: World) -> None:
    prune(aged.store, Keep(logs=timedelta(days=30), passing_cases=timedelta(days=400)))
    piece = log(aged.store, 1, 0, 10)
    assert piece is not None
    assert (piece.data, piece.closed) == (b"", True)
    assert cases(aged.store, 1, CaseFilter(), 0, 10).total == 3


def test_a_month_that_is_not_wholly_past_stays(small: World) -> None:
    small.carry_out(report_of(Status.PASS, PASSED), "lab/cpu:quick")
    small.clock.pass_by(timedelta(days=95))  # 26 February: November ended 88 days ago
    assert prune(small.store, Keep()).case_months == ()
    small.clock.pass_by(timedelta(days=3))
    assert prune(small.store, Keep()).case_months == (202611,)


def test_new_reports_are_recorded_after_a_month_was_dropped(aged: World) -> None:
    prune(aged.store, Keep())
    aged.queue.renew(aged.runner, [])
    aged.carry_out(report_of(Status.PASS, PASSED), "lab/cpu:quick")
    assert cases(aged.store, 2, CaseFilter(), 0, 10).cases == (PASSED,)


def test_sizes_name_the_parts(small: World) -> None:
    small.carry_out(report_of(Status.PASS, PASSED), "lab/cpu:quick")
    found = dict(sizes(small.store))
    assert {"cases", "events", "everything else"} <= set(found)
    assert all(taken > 0 for taken in found.values())


def test_a_backup_put_back_holds_what_it_held(
    small: World, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/lib/postgresql/15/bin", prepend=":")
    small.carry_out(report_of(Status.PASS, PASSED), "lab/cpu:quick")
    before = grid(small.store, "small")
    backup(small.store, tmp_path / "copy")
    small.carry_out(report_of(Status.FAIL, FAILED), "lab/cpu:quick")
    small.store.close()
    restore(store_url, tmp_path / "copy")
    again = open_store(store_url, small.clock)
    assert grid(again, "small") == before
    again.close()


def test_a_file_that_is_no_backup_is_not_put_in_place(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'coevo.db'}"
    open_store(url, Hand()).close()
    (tmp_path / "letter").write_text("no backup")
    with pytest.raises(CoevoError, match="no backup"):
        restore(url, tmp_path / "letter")
    with pytest.raises(CoevoError, match="there is no file"):
        restore(url, tmp_path / "nothing")
    open_store(url, Hand()).close()


def test_without_its_programs_postgresql_says_what_to_install(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if small.store.is_sqlite:
        pytest.skip("SQLite copies itself")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CoevoError, match="pg_dump is not on the PATH"):
        backup(small.store, tmp_path / "copy")
