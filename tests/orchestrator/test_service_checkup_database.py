"""The doctor's look at the database."""

from __future__ import annotations

from pathlib import Path

from orchestrator.clock import SystemClock
from orchestrator.service.checkup import Finding, database
from orchestrator.service.folder import Folder
from orchestrator.store.open import open_store


def test_no_database_is_no_finding(tmp_path: Path) -> None:
    assert list(database(Folder(tmp_path))) == []


def test_a_sound_database_is_fine(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    open_store(folder.database_url, SystemClock()).close()
    (check,) = database(folder)
    assert (check.finding, check.detail) == (Finding.FINE, "sound")


def test_a_broken_one_says_how_to_replace_it(tmp_path: Path) -> None:
    (tmp_path / "coevo.db").write_text("junk that is no database")
    (check,) = database(Folder(tmp_path))
    assert check.finding is Finding.WRONG
    assert check.hint == "put a backup in its place: coevo restore PATH"
