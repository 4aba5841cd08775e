"""Broken SQLite files: named as such, kept beside, and replaced by a good backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from matrix.errors import CoevoError
from orchestrator.clock import SystemClock
from orchestrator.store.backup import backup, fault_of, restore, set_aside
from orchestrator.store.open import open_store
from orchestrator.store.read_runners import runners


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A database of ours, closed."""
    path = tmp_path / "coevo.db"
    open_store(f"sqlite:///{path}", SystemClock()).close()
    return path


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    store = open_store(f"sqlite:///{sound}", SystemClock())
    backup(store, tmp_path / "copy.db")
    store.close()
    return tmp_path / "copy.db"


def test_a_database_of_ours_is_sound(sound: Path) -> None:
    assert fault_of(sound) == ""


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_text("no database at all")
    assert fault_of(tmp_path / "junk.db") == "file is not a database"


def test_a_database_with_a_torn_page_is_named(sound: Path) -> None:
    with closing(sqlite3.connect(sound)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
    with sound.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)
    assert fault_of(sound) != ""


def test_looking_changes_nothing(sound: Path) -> None:
    before = sound.read_bytes()
    fault_of(sound)
    assert sound.read_bytes() == before


def test_a_broken_file_is_kept_as_it_is(tmp_path: Path) -> None:
    broken = tmp_path / "coevo.db"
    broken.write_bytes(b"torn")
    set_aside(broken)
    assert (tmp_path / "coevo.db.before-restore").read_bytes() == b"torn"


def test_a_sound_file_is_kept_as_one_that_opens(sound: Path, tmp_path: Path) -> None:
    set_aside(sound)
    assert fault_of(tmp_path / "coevo.db.before-restore") == ""


def test_a_good_backup_replaces_a_broken_file(copy: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"torn")
    restore(f"sqlite:///{broken}", copy)
    store = open_store(f"sqlite:///{broken}", SystemClock())
    assert runners(store) == ()
    store.close()


def test_a_bad_backup_replaces_nothing(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"junk")
    before = sound.read_bytes()
    with pytest.raises(CoevoError, match="is no backup of a store"):
        restore(f"sqlite:///{sound}", tmp_path / "bad")
    assert sound.read_bytes() == before


def test_a_bad_backup_leaves_what_was_set_aside(sound: Path, copy: Path, tmp_path: Path) -> None:
    restore(f"sqlite:///{sound}", copy)
    aside = tmp_path / "coevo.db.before-restore"
    before = aside.read_bytes()
    (tmp_path / "bad").write_bytes(b"junk")
    with closing(sqlite3.connect(sound)) as newer:
        newer.execute("CREATE TABLE added_later (id INTEGER)")
    with pytest.raises(CoevoError, match="is no backup of a store"):
        restore(f"sqlite:///{sound}", tmp_path / "bad")
    assert aside.read_bytes() == before


def test_a_restore_is_undone_by_restoring_what_it_set_aside(sound: Path, copy: Path) -> None:
    with closing(sqlite3.connect(sound)) as newer:
        newer.execute("CREATE TABLE added_later (id INTEGER)")
    restore(f"sqlite:///{sound}", copy)
    restore(f"sqlite:///{sound}", sound.with_name("coevo.db.before-restore"))
    with closing(sqlite3.connect(sound)) as found:
        names = {row[0] for row in found.execute("SELECT name FROM sqlite_master")}
    assert "added_later" in names
