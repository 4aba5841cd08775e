"""The verbs that look after the data where the database is of an earlier Coevo, or not there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from calling import Caller
from old_days import restored

from orchestrator.service.folder import DATABASE_FILE, Folder

pytestmark = pytest.mark.slow


@pytest.fixture
def old(call: Caller, tmp_path: Path) -> Folder:
    """A data folder with a database of an earlier schema, beside which the command is called."""
    del call
    folder = Folder(tmp_path / ".coevo").made()
    restored("0006", folder.path / DATABASE_FILE)
    with closing(sqlite3.connect(folder.path / DATABASE_FILE)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
    return folder


def state_of(folder: Folder) -> dict[str, bytes]:
    """All files but those that SQLite keeps for readers."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.path.iterdir())
        if not path.name.endswith(("-wal", "-shm"))
    }


def test_a_dry_run_on_an_older_schema_says_so_and_changes_nothing(
    old: Folder, call: Caller
) -> None:
    before = state_of(old)

    said = call("prune", "--dry-run")

    assert said.code == 2
    assert "has schema 0006, which is older" in said.err
    assert "coevo up" in said.err
    assert state_of(old) == before


def test_a_backup_of_an_older_schema_is_of_that_schema(
    old: Folder, call: Caller, tmp_path: Path
) -> None:
    before = state_of(old)

    assert call("backup", "copy.db").code == 0

    assert state_of(old) == before
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [("0006",)]


@pytest.mark.parametrize("words", [("prune", "--dry-run"), ("backup", "copy.db")])
def test_no_database_is_made_at_an_address_without_one(
    call: Caller, tmp_path: Path, words: tuple[str, ...]
) -> None:
    said = call(*words, "--database", f"sqlite:///{tmp_path / 'gone.db'}")

    assert said.code == 2
    assert "gone.db" in said.err
    assert not (tmp_path / "gone.db").exists()
