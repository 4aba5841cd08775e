from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from worlds import Hand, report_of, world

import orchestrator.store.migrations as history
from matrix.errors import CoevoError
from orchestrator.store import migrations
from orchestrator.store.open import open_store, revision_of
from orchestrator.store.read_commits import commits
from orchestrator.store.read_grid import grid
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.store.schema import METADATA
from orchestrator.store.store import Store

UNDONE = {
    "0012": (
        "DROP TABLE runner_session",
        "DROP TABLE runner_key",
        "DROP TABLE invitation",
        "ALTER TABLE attempt DROP COLUMN claim",
    ),
    "0011": (
        "ALTER TABLE trigger DROP COLUMN why",
        "ALTER TABLE delivery DROP COLUMN reference",
        "ALTER TABLE subject DROP COLUMN parent",
        "ALTER TABLE subject DROP COLUMN request",
    ),
    "0010": ("ALTER TABLE owner DROP COLUMN served",),
    "0009": (
        "DROP TABLE delivery_run",
        "DROP TABLE change_request",
        "ALTER TABLE delivery DROP COLUMN reason",
        "ALTER TABLE delivery DROP COLUMN repository",
        "ALTER TABLE delivery DROP COLUMN about",
        "ALTER TABLE delivery DROP COLUMN pending",
        "DROP TABLE account",
        "DROP TABLE device_time",
        "ALTER TABLE matrix DROP COLUMN budget",
        "ALTER TABLE shape DROP COLUMN cost",
        "ALTER TABLE attempt DROP COLUMN devices",
        "ALTER TABLE attempt DROP COLUMN reserved",
        "ALTER TABLE attempt DROP COLUMN placed_at",
    ),
    "0008": (
        "DROP TABLE pair",
        "DROP TABLE comparison",
        "ALTER TABLE attempt DROP COLUMN offer",
        "ALTER TABLE job DROP COLUMN repetition",
    ),
    "0007": (
        "DROP TABLE artifact",
        "DROP TABLE dependency",
        "ALTER TABLE job DROP COLUMN feeds",
    ),
    "0006": ("DROP TABLE delivery",),
    "0005": ("DROP TABLE trigger", "ALTER TABLE run DROP COLUMN series"),
    "0004": ("DROP TABLE rank",),
    "0003": (
        "ALTER TABLE subject DROP COLUMN committed_at",
        "ALTER TABLE subject DROP COLUMN title",
    ),
    "0002": (
        "DROP INDEX ix_subject_component_head",
        "ALTER TABLE run DROP COLUMN aside",
    ),
}


def go_back(connection: Connection, revision: str) -> None:
    """Make the schema what it was at that revision."""
    for later, lines in UNDONE.items():
        for line in lines if later > revision else ():
            connection.execute(text(line))
    version = text("UPDATE alembic_version SET version_num = :revision")
    connection.execute(version, {"revision": revision})


def test_the_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, METADATA) == []


def test_a_new_store_has_the_newest_schema(store: Store) -> None:
    with store.read() as connection:
        assert revision_of(connection) == migrations.HEAD


def test_the_list_of_revisions_is_that_of_the_scripts() -> None:
    scripts = ScriptDirectory(str(Path(history.__file__).parent))
    known = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(known)) == migrations.REVISIONS
    assert tuple(UNDONE) == migrations.REVISIONS[:0:-1]


def test_a_store_is_opened_again_with_what_it_held(store: Store, store_url: str) -> None:
    world(store, Hand())
    store.close()
    again = open_store(store_url, Hand())
    assert grid(again, "small") is not None
    again.close()


def test_a_newer_schema_is_refused(store: Store, store_url: str) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CoevoError, match="9999, which is newer"):
        open_store(store_url, Hand())
    with store.write() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :head"), {"head": migrations.HEAD}
        )


def test_sqlite_is_set_to_survive_a_crash(store: Store) -> None:
    if not store.is_sqlite:
        pytest.skip("SQLite's own settings")
    with store.read() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_file_is_copied_before_an_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "coevo.db"
    open_store(f"sqlite:///{path}", Hand()).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    monkeypatch.setattr("orchestrator.store.open.REVISIONS", ("0000", *migrations.REVISIONS))
    monkeypatch.setattr("orchestrator.store.open.upgrade", lambda _connection: None)
    open_store(f"sqlite:///{path}", Hand()).close()
    copy = sqlite3.connect(tmp_path / "coevo.db.before-0000")
    assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)
    copy.close()


@pytest.mark.parametrize("url", ["mysql://here/there", "no url", "sqlite://", ""])
def test_an_address_that_is_none_is_a_mistake(url: str) -> None:
    with pytest.raises(CoevoError, match="no address of a database"):
        open_store(url, Hand())


def test_a_file_that_cannot_be_opened_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "coevo.db").mkdir()
    with pytest.raises(CoevoError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'coevo.db'}", Hand())


def test_a_file_that_is_no_database_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "coevo.db"
    path.write_text("certainly no database, and long enough to be looked at" * 40)
    with pytest.raises(CoevoError, match="cannot be opened"):
        open_store(f"sqlite:///{path}", Hand())


def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    world(store, Hand())
    with pytest.raises(DatabaseError), store.write() as connection:  # noqa: PT012 - one transaction
        connection.execute(text("DELETE FROM event"))
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() > 0


def test_a_store_of_the_first_schema_is_upgraded_with_all_it_holds(store: Store) -> None:
    """As `0001` left it: no run stood aside then, and nothing was written about subjects."""
    small = world(store, Hand())
    run = small.carry_out(report_of(), "lab/cpu:quick")
    before = grid(store, "small")
    with store.write() as connection:
        go_back(connection, "0001")

    upgraded = open_store(store.url, Hand())

    try:
        assert grid(upgraded, "small") == before
        with upgraded.read() as connection:
            rows = connection.execute(text("SELECT id, aside FROM run")).all()
        assert [(row, bool(aside)) for row, aside in rows] == [(run, False)]
        after = small.carry_out(report_of(), "lab/cpu:quick")
        assert after == run + 1
    finally:
        upgraded.close()


def test_subjects_of_the_second_schema_are_kept_and_say_nothing_of_themselves(
    store: Store,
) -> None:
    small = world(store, Hand())
    about = (Subject("torch", "https://example.org/torch", "", "a" * 40),)
    start_run(store, small.matrix, (), Trigger(subjects=about))
    with store.write() as connection:
        go_back(connection, "0002")

    upgraded = open_store(store.url, Hand())

    try:
        (found,) = commits(upgraded, "small") or ()
        assert (found.head, found.committed_at, found.title) == ("a" * 40, None, "")
    finally:
        upgraded.close()
