"""The verbs that look after the data, on folders as they may be found, without a server."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest
from calling import Caller

from orchestrator.clock import SystemClock
from orchestrator.service.folder import Folder, Lock
from orchestrator.store.holding import held
from orchestrator.store.open import open_store

pytestmark = pytest.mark.slow
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder(call: Caller, tmp_path: Path, migrated_file: Path) -> Folder:
    """A data folder with an empty store, beside which the command is called."""
    del call
    made = Folder(tmp_path / ".coevo").made()
    (made.path / "coevo.db").write_bytes(migrated_file.read_bytes())
    return made


def state_of(folder: Folder) -> dict[str, bytes]:
    """All files but those that SQLite keeps for readers."""
    return {
        str(path.relative_to(folder.path)): path.read_bytes()
        for path in sorted(folder.path.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


# --- backup and restore. -----------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_backup_is_a_whole_database(call: Caller, tmp_path: Path) -> None:
    said = call("backup", "copy.db", "--json")

    assert said.code == 0
    assert said.document == {
        "path": str(tmp_path / "copy.db"),
        "bytes": (tmp_path / "copy.db").stat().st_size,
    }
    store = open_store(f"sqlite:///{tmp_path / 'copy.db'}", SystemClock())
    store.close()


@pytest.mark.usefixtures("folder")
def test_a_backup_never_overwrites(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")

    said = call("backup", "copy.db")

    assert said.code == 2
    assert "copy.db is there already" in said.err
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_there_is_no_backup_of_nothing(call: Caller, tmp_path: Path) -> None:
    said = call("backup", "copy.db")

    assert said.code == 2
    assert "there is no database in .coevo" in said.err
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / ".coevo").exists()


def test_a_backup_of_postgresql_without_its_program_says_what_to_install(
    call: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    said = call("backup", "copy.dump", "--database", "postgresql://nobody@127.0.0.1:1/none")

    assert said.code == 2
    assert "Traceback" not in said.err
    assert not (tmp_path / "copy.dump").exists()


def test_what_was_there_is_set_aside_by_a_restore(folder: Folder, call: Caller) -> None:
    call("backup", "copy.db")
    with sqlite3.connect(folder.path / "coevo.db") as newer:
        newer.execute("CREATE TABLE added_later (id INTEGER)")
    newer.close()

    assert call("restore", "copy.db").code == 0

    tables = {}
    for name in ("coevo.db", "coevo.db.before-restore"):
        with sqlite3.connect(folder.path / name) as found:
            tables[name] = {row[0] for row in found.execute("SELECT name FROM sqlite_master")}
        found.close()
    assert "added_later" in tables["coevo.db.before-restore"]
    assert "added_later" not in tables["coevo.db"]


def test_nothing_is_restored_where_a_server_holds_the_folder(folder: Folder, call: Caller) -> None:
    call("backup", "copy.db")
    before = state_of(folder)
    lock = Lock(folder)
    folder.note("http://127.0.0.1:4321")

    said = call("restore", "copy.db")

    lock.release()
    assert said.code == 3
    assert "http://127.0.0.1:4321" in said.err
    assert state_of(folder)["coevo.db"] == before["coevo.db"]


@pytest.mark.usefixtures("folder")
def test_nothing_is_restored_or_served_where_another_folder_serves_the_database(
    store_url: str, call: Caller
) -> None:
    call("backup", "copy.db")
    elsewhere = ("--data", "second", "--database", store_url)

    with held(store_url):
        restored = call("restore", "copy.db", *elsewhere)
        second = call("up", "--once", "--no-ray", "--port", "0", *elsewhere)

    assert (restored.code, second.code) == (3, 3)
    for said in (restored, second):
        assert "is in use already, by Coevo on" in said.err
        assert "--database URL" in said.err


def test_a_named_database_is_set_aside_by_a_restore_too(
    folder: Folder, call: Caller, tmp_path: Path
) -> None:
    call("backup", "copy.db")
    named = tmp_path / "named.db"
    named.write_bytes((folder.path / "coevo.db").read_bytes())

    assert call("restore", "copy.db", "--database", f"sqlite:///{named}").code == 0

    assert (tmp_path / "named.db.before-restore").is_file()


@pytest.mark.usefixtures("folder")
def test_what_is_no_backup_is_refused(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("It was a dark and stormy night." * 100)

    said = call("restore", "novel.txt")

    assert said.code == 2
    assert "novel.txt" in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("folder")
def test_a_backup_that_is_not_there_is_a_mistake(call: Caller) -> None:
    assert call("restore", "gone.db").code == 2


# --- prune. ------------------------------------------------------------------------------------


def test_a_dry_run_of_prune_changes_nothing(folder: Folder, call: Caller) -> None:
    old = folder.path / "environments" / "abc"
    old.mkdir(parents=True)
    (old / "complete.json").write_text("{}")
    before = state_of(folder)

    said = call("prune", "--dry-run", "--json")

    assert said.code == 0
    assert state_of(folder) == before
    assert old.is_dir()


@pytest.mark.usefixtures("folder")
def test_prune_says_what_it_forgot_as_a_table(call: Caller) -> None:
    lines = call("prune").out.splitlines()

    assert lines[0].strip() == "forgotten"
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "log pieces",
        "cases",
        "months of measurements",
        "events",
        "environments",
        "files of jobs",
    ]


def test_prune_of_nothing_is_a_mistake(call: Caller, tmp_path: Path) -> None:
    assert call("prune").code == 2
    assert not (tmp_path / ".coevo").exists()


# --- doctor and the folder. --------------------------------------------------------------------


def test_doctor_makes_nothing_where_nothing_is(call: Caller, tmp_path: Path) -> None:
    said = call("doctor", "--json")

    checks = {check["what"]: check for check in said.document["checks"]}
    assert "is not there yet" in checks["data folder"]["detail"]
    assert said.document["versions"]["coevo"]
    assert not (tmp_path / ".coevo").exists()


def test_doctor_finds_the_folder_that_the_environment_names(
    folder: Folder, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COEVO_DATA", "elsewhere")
    folder.path.rename(folder.path.with_name("elsewhere"))

    (first, *_) = call("doctor", "--json").document["checks"]

    assert "elsewhere" in first["detail"]


def test_doctor_follows_a_link_to_the_folder(folder: Folder, call: Caller, tmp_path: Path) -> None:
    target = folder.path.rename(tmp_path / "big-disk")
    (tmp_path / ".coevo").symlink_to(target)

    (first, *_) = call("doctor", "--json").document["checks"]

    assert str(target) in first["detail"]


def test_a_foreign_file_in_the_folder_is_left_alone(folder: Folder, call: Caller) -> None:
    (folder.path / "notes.txt").write_text("mine")

    call("doctor", "--fix")
    call("prune")

    assert (folder.path / "notes.txt").read_text() == "mine"


def test_the_note_of_a_dead_server_is_mended(folder: Folder, call: Caller) -> None:
    note = {"url": "http://127.0.0.1:1", "token": "x", "pid": 2**22 + 1}
    folder.server_file.write_text(json.dumps(note))
    folder.server_file.chmod(0o600)

    found, mended, after = call("doctor"), call("doctor", "--fix"), call("doctor")

    assert (found.code, mended.code, after.code) == (1, 0, 0)
    assert "its note outlived it" in found.out
    assert "coevo doctor --fix" in found.out
    assert not folder.server_file.exists()


def test_a_lock_file_without_a_holder_is_no_hindrance(folder: Folder) -> None:
    (folder.path / "lock").write_text("99999\n")

    lock = Lock(folder)

    assert folder.is_served()
    lock.release()


@pytest.mark.skipif(IS_ROOT, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_a_mistake(call: Caller, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    said = call("up", "--once", "--no-ray", "--port", "0")

    tmp_path.chmod(0o700)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_a_file_where_the_folder_should_be_is_a_mistake(call: Caller, tmp_path: Path) -> None:
    (tmp_path / ".coevo").write_text("not a folder")

    said = call("up", "--once", "--no-ray", "--port", "0")

    assert said.code == 2
    assert ".coevo" in said.err
    assert (tmp_path / ".coevo").read_text() == "not a folder"
