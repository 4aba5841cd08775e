"""Stores of every schema that there has been, opened by today's Coevo: nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import old_days
import postgres
import pytest
from old_days import QUICK, STORED
from sqlalchemy import Inspector, create_engine, inspect
from worlds import NOON, Hand, World, card_of, matrix_of, report_of

from matrix.errors import CoevoError
from matrix.status import Status
from matrix.verdict import State
from orchestrator.store import migrations
from orchestrator.store.migrations import HEAD, REVISIONS
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import cell_page, grid
from orchestrator.store.read_jobs import job, jobs
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases, report
from orchestrator.store.read_runs import run, runs
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from orchestrator.views import CaseFilter, Grid, JobFilter

pytestmark = pytest.mark.xdist_group("upgrades")  # each old store is opened once
PAST = tuple(one for one in REVISIONS[:-1] if (STORED / f"{one}.sql").exists())
POSTGRESQL = pytest.mark.postgresql
STORES = ("sqlite", pytest.param("postgresql", marks=POSTGRESQL))
OLD = (
    *(pytest.param(("sqlite", past), id=f"sqlite-{past}") for past in PAST),
    *(pytest.param(("postgresql", past), marks=POSTGRESQL, id=f"pg-{past}") for past in PAST),
)
LASTED = timedelta(hours=60)


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with old_days.of_today(tmp_path_factory.mktemp("today")) as lived:
        yield lived


@contextmanager
def old(kind: str, revision: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store of an earlier schema."""
    if kind == "sqlite":
        old_days.restored(revision, folder / "coevo.db")
        yield f"sqlite:///{folder / 'coevo.db'}"
        return
    address = request.getfixturevalue("postgresql")
    with postgres.database(address, f"of_{folder.name.lower()}") as url:
        old_days.transferred(revision, url, folder)
        yield url


@pytest.fixture(scope="module", params=OLD)
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Opened by today's Coevo and read only: one for all tests of a kind and a schema."""
    kind, revision = request.param
    with old(kind, revision, tmp_path_factory.mktemp("old"), request) as url:
        store = open_store(url, Hand(NOON + LASTED))
        yield store
        store.close()


def shown(store: Store) -> Grid:
    found = grid(store, "small")
    assert found is not None
    return replace(found, version=0)


def test_what_is_stored_is_of_the_schemas_that_there_have_been() -> None:
    assert set(PAST) >= {"0001", "0002"}
    for past in PAST:
        told = f"INSERT INTO \"alembic_version\" VALUES('{past}');"
        assert told in (STORED / f"{past}.sql").read_text()


def test_the_grid_is_the_same(upgraded: Store, today: World) -> None:
    assert shown(upgraded) == shown(today.store)
    (face,) = [
        one
        for one in shown(upgraded).faces
        if (one.site.name, one.accelerator.name) == ("lab", "cpu")
    ]
    assert face.state is not State.NEW


def test_cells_and_lists_are_the_same(upgraded: Store, today: World) -> None:
    for store_page in (
        lambda store: cell_page(store, "small", "lab", "cpu"),
        lambda store: jobs(store, "small", JobFilter(), 0, 99),
        lambda store: runs(store, "small", 0, 99),
        lambda store: run(store, "small", 1),
    ):
        assert store_page(upgraded) == store_page(today.store)


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_job_keeps_its_report_its_cases_and_its_log(
    upgraded: Store, today: World, number: int
) -> None:
    found = job(upgraded, "small", number)
    assert found == job(today.store, "small", number) is not None
    assert found is not None
    assert report(upgraded, number) == report(today.store, number) is not None
    for wanted in (CaseFilter(), CaseFilter(text="bad")):
        assert cases(upgraded, number, wanted, 0, 9) == cases(today.store, number, wanted, 0, 9)
    attempt = found.attempts[-1].id
    assert log(upgraded, attempt, 0, 99) == log(today.store, attempt, 0, 99)


def test_the_schema_is_the_one_of_a_fresh_store(
    upgraded: Store, request: pytest.FixtureRequest
) -> None:
    if upgraded.is_sqlite:
        fresh = create_engine(f"sqlite:///{request.getfixturevalue('migrated_file')}")
    else:
        fresh = create_engine(postgres.url(request.getfixturevalue("postgresql"), "migrated"))
    there, wanted = inspect(upgraded.engine), inspect(fresh)
    for table in wanted.get_table_names():
        assert _columns(there, table) == _columns(wanted, table)
        assert _indexes(there, table) == _indexes(wanted, table)
    fresh.dispose()


def _columns(found: Inspector, table: str) -> dict[str, tuple[str, bool]]:
    return {one["name"]: (str(one["type"]), one["nullable"]) for one in found.get_columns(table)}


def _indexes(found: Inspector, table: str) -> set[tuple[object, ...]]:
    return {(one["name"], *one["column_names"]) for one in found.get_indexes(table)}


@pytest.mark.parametrize("kind", STORES)
def test_what_was_unfinished_goes_on(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with old(kind, PAST[-1], tmp_path, request) as url:
        store, clock = open_store(url, Hand(NOON + LASTED)), Hand(NOON + LASTED)
        before, faces = jobs(store, "small", JobFilter(), 0, 99), shown(store).faces
        save_matrix(store, matrix_of())  # as a server does that starts
        assert [face.state for face in shown(store).faces] == [face.state for face in faces]
        queue = StoreQueue(store)
        left = World(store, clock, matrix_of(), queue, queue.announce(card_of()))
        while tickets := left.claim(8):
            left.end(tickets, report_of(Status.PASS))
        assert shown(store).faces != faces
        left.carry_out(report_of(Status.PASS), QUICK)
        after = jobs(store, "small", JobFilter(), 0, 99)
        store.close()
    assert before is not None
    assert after is not None
    assert after.total == before.total + 1


@pytest.mark.parametrize("revision", PAST)
def test_the_file_as_it_was_is_kept_beside_it(revision: str, tmp_path: Path) -> None:
    path = tmp_path / "coevo.db"
    old_days.restored(revision, path)
    before = _dump(path)
    open_store(f"sqlite:///{path}", Hand()).close()
    assert _dump(tmp_path / f"coevo.db.before-{revision}") == before
    assert f"VALUES('{HEAD}')" in _dump(path)


def _dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def test_opening_it_again_changes_nothing(upgraded: Store) -> None:
    again = open_store(upgraded.url, Hand(NOON + LASTED))
    assert shown(again) == shown(upgraded)
    again.close()


def test_a_newer_one_is_refused_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "coevo.db"
    old_days.restored(PAST[-1], path)
    before = _dump(path)
    monkeypatch.setattr("orchestrator.store.open.REVISIONS", PAST[:-1])
    monkeypatch.setattr("orchestrator.store.open.HEAD", PAST[0])
    with pytest.raises(CoevoError, match=f"has schema {PAST[-1]}, which is newer"):
        open_store(f"sqlite:///{path}", Hand())
    assert _dump(path) == before
    assert migrations.HEAD == HEAD
