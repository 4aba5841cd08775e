from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url
from worlds import Hand, World, report_of, world

from matrix.errors import CoevoError
from matrix.status import Status
from orchestrator.store.backup import _address, backup, restore
from orchestrator.store.events import latest
from orchestrator.store.open import open_store
from orchestrator.store.read_grid import grid
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases
from orchestrator.store.read_runs import runs
from orchestrator.store.sizes import Size, sizes
from orchestrator.views import CaseFilter
from runners.work import CaseResult, LogChunk

QUICK = "lab/cpu:quick"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a store of its own lies, in a folder of its own."""
    return tmp_path / "data" / "coevo.db"


@pytest.fixture
def own(file: Path) -> World:
    """A world in a SQLite file of its own, with one failing result and its log."""
    made = world(open_store(f"sqlite:///{file}", Hand()), Hand())
    made.start(QUICK)
    (ticket,) = made.claim()
    made.queue.note(made.runner, [], [LogChunk(ticket.key, 0, b"words")])
    made.end([ticket], report_of(Status.FAIL, CaseResult("bad", Status.FAIL, message="off")))
    return made


def seen(file: Path) -> tuple[object, ...]:
    """All that a reader sees of the store in a file."""
    store = open_store(f"sqlite:///{file}", Hand())
    read = (
        grid(store, "small"),
        runs(store, "small", 0, 100),
        cases(store, 1, CaseFilter(), 0, 100),
        log(store, 1, 0, 100),
        latest(store),
    )
    store.close()
    return read


def test_a_backup_is_one_file_that_can_be_opened_anywhere(own: World, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "coevo.db"
    backup(own.store, copy)
    assert [path.name for path in copy.parent.iterdir()] == ["coevo.db"]
    own.store.close()
    assert seen(copy) == seen(Path(str(own.store.engine.url.database)))


def test_a_backup_holds_what_is_still_in_the_write_ahead_log(own: World, tmp_path: Path) -> None:
    own.carry_out(report_of(), QUICK)
    assert Path(f"{own.store.engine.url.database}-wal").stat().st_size > 0
    backup(own.store, tmp_path / "copy.db")
    own.store.close()
    store = open_store(f"sqlite:///{tmp_path / 'copy.db'}", Hand())
    found = runs(store, "small", 0, 10)
    store.close()
    assert found is not None
    assert len(found) == 2


def test_a_backup_sees_only_what_was_committed(own: World, tmp_path: Path) -> None:
    before = latest(own.store)
    with own.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM event")
        backup(own.store, tmp_path / "copy.db")
    own.store.close()
    store = open_store(f"sqlite:///{tmp_path / 'copy.db'}", Hand())
    assert latest(store) == before
    store.close()


def test_a_backup_takes_the_place_of_an_older_one(own: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(own.store, copy)
    own.carry_out(report_of(), QUICK)
    backup(own.store, copy)
    own.store.close()
    store = open_store(f"sqlite:///{copy}", Hand())
    found = runs(store, "small", 0, 10)
    store.close()
    assert found is not None
    assert len(found) == 2


def test_what_a_broken_backup_left_behind_is_in_nobodys_way(own: World, tmp_path: Path) -> None:
    (tmp_path / "copy.db.partial").write_bytes(b"half of something")
    backup(own.store, tmp_path / "copy.db")
    own.store.close()
    assert not (tmp_path / "copy.db.partial").exists()
    assert seen(tmp_path / "copy.db")[4]


@pytest.mark.parametrize("name", ["coevo copy.db", "über ⚡.db", "100%.db", "it's.db", "a?b#c.db"])
def test_a_backup_may_have_any_name(own: World, tmp_path: Path, name: str) -> None:
    backup(own.store, tmp_path / name)
    own.store.close()
    target = tmp_path / "again" / "coevo.db"
    restore(f"sqlite:///{target}", tmp_path / name)
    assert seen(target)[4]


def test_a_backup_under_a_file_is_a_mistake_that_says_so(own: World, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("no folder")
    with pytest.raises(CoevoError, match="letter"):
        backup(own.store, tmp_path / "letter" / "copy.db")
    own.store.close()


def test_a_backup_onto_a_folder_is_a_mistake_and_leaves_the_folder(
    own: World, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CoevoError, match="folder"):
        backup(own.store, tmp_path / "folder")
    own.store.close()
    assert (tmp_path / "folder").is_dir()


def test_a_backup_put_back_undoes_what_came_after_it(
    own: World, file: Path, tmp_path: Path
) -> None:
    own.store.close()
    before = seen(file)
    backup(own.store, tmp_path / "copy.db")
    own.carry_out(report_of(), QUICK)
    own.store.close()
    assert seen(file) != before
    restore(f"sqlite:///{file}", tmp_path / "copy.db")
    assert seen(file) == before


def test_a_restore_makes_the_folder_where_there_is_none(own: World, tmp_path: Path) -> None:
    backup(own.store, tmp_path / "copy.db")
    own.store.close()
    target = tmp_path / "new" / "folder" / "coevo.db"
    restore(f"sqlite:///{target}", tmp_path / "copy.db")
    assert seen(target) == seen(tmp_path / "copy.db")


def test_a_restore_leaves_the_backup_as_it_is(own: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(own.store, copy)
    own.store.close()
    before = copy.read_bytes()
    restore(f"sqlite:///{tmp_path / 'other.db'}", copy)
    assert copy.read_bytes() == before


def test_the_write_ahead_log_of_the_old_store_goes_with_it(
    own: World, file: Path, tmp_path: Path
) -> None:
    backup(own.store, tmp_path / "copy.db")
    own.store.close()
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).write_bytes(b"of another file")
    restore(f"sqlite:///{file}", tmp_path / "copy.db")
    left = sorted(path.name for path in file.parent.iterdir())
    assert left == [file.name, f"{file.name}.before-restore"]


def test_a_store_goes_on_from_its_backup(own: World, file: Path, tmp_path: Path) -> None:
    backup(own.store, tmp_path / "copy.db")
    own.store.close()
    restore(f"sqlite:///{file}", tmp_path / "copy.db")
    again = world(open_store(f"sqlite:///{file}", Hand()), Hand())
    assert again.carry_out(report_of(), QUICK) == 2
    again.store.close()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE letter (word TEXT)")
    connection.commit()
    connection.close()


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('of the year 2099')")
    connection.commit()
    connection.close()


def _without_a_version(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "make",
    [_empty, _other_database, _newer, _without_a_version, lambda path: path.mkdir()],
    ids=["empty", "other database", "newer", "no version", "folder"],
)
def test_what_is_no_backup_leaves_the_store_as_it_is(
    own: World, file: Path, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    own.store.close()
    before = seen(file)
    make(tmp_path / "wrong")
    with pytest.raises(CoevoError):
        restore(f"sqlite:///{file}", tmp_path / "wrong")
    assert seen(file) == before


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql+psycopg://ada:secret@db/coevo", "postgresql://ada@db/coevo"),
        ("postgresql+psycopg://db:5433/coevo", "postgresql://db:5433/coevo"),
        (
            "postgresql+psycopg://ada:p%40ss@/coevo?host=/run/pg",
            "postgresql://ada@/coevo?host=%2Frun%2Fpg",
        ),
    ],
)
def test_no_password_is_in_the_address_that_programs_are_given(url: str, address: str) -> None:
    assert _address(make_url(url)) == address


def test_parts_come_biggest_first_and_cases_grow_with_their_number(small: World) -> None:
    small.carry_out(report_of(Status.PASS, CaseResult("a", Status.PASS)), QUICK)
    before = dict(sizes(small.store))
    many = tuple(CaseResult(f"case {n:05}", Status.PASS) for n in range(4000))
    small.carry_out(report_of(Status.PASS, *many), QUICK)
    found = sizes(small.store)
    assert [part.bytes for part in found] == sorted((p.bytes for p in found), reverse=True)
    after = dict(found)
    assert after["cases"] > before["cases"] + 4000 * 10
    assert after["events"] < before["events"] + 2**16


def test_logs_are_a_part_of_their_own_once_there_are_any(small: World) -> None:
    assert "logs" not in dict(sizes(small.store))
    small.start(QUICK)
    (ticket,) = small.claim()
    small.queue.note(small.runner, [], [LogChunk(ticket.key, 0, bytes(2**18))])
    assert dict(sizes(small.store))["logs"] >= 2**12


def test_all_parts_together_are_the_file(own: World) -> None:
    with own.store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    found = sizes(own.store)
    own.store.close()
    assert all(isinstance(part, Size) for part in found)
    assert sum(part.bytes for part in found) == (pages - free) * size
