"""Copies of a whole store, taken while it runs, and put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from matrix.errors import CoevoError
from orchestrator.store.migrations import REVISIONS
from orchestrator.store.store import Store


def backup(store: Store, path: Path) -> None:
    """Write the store as it is at one moment to a file; writers are not held up.

    SQLite by its online backup, PostgreSQL by pg_dump's custom format.
    """
    if path.is_dir():
        raise CoevoError.because(f"{path} is a folder", "give the path of the file to write")
    try:
        _write(store, path)
    except (OSError, sqlite3.Error) as error:
        raise CoevoError.because(
            f"no backup can be written to {path}: {error}", "give a path that can be written to"
        ) from error


def restore(url: str, path: Path) -> None:
    """Put a backup in the place of the store at `url`; no server may run on it meanwhile.

    A SQLite file that is there is set aside, once the backup is known to be one.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _check(path)
        target = Path(str(parsed.database))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.partial")
        _copy(path, partial)  # before anything is set aside: it may be what was, the last time
        if target.exists():
            set_aside(target)
        for suffix in ("-wal", "-shm"):  # they belong to the file that goes
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        partial.replace(target)
        return
    _call(
        [
            "pg_restore",
            "--clean",
            "--if-exists",
            "--single-transaction",
            f"--dbname={_address(parsed)}",
            str(path),
        ],
        parsed,
    )


def set_aside(database: Path) -> None:
    """Keep a SQLite file as it is now beside itself, until the next time; a broken one as well."""
    aside = database.with_name(f"{database.name}.before-restore")
    if fault_of(database):
        shutil.copyfile(database, aside)
    else:
        _copy(database, aside)


def fault_of(database: Path) -> str:
    """What is wrong with a SQLite file, in SQLite's words; "" where it is sound."""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            (told,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if told == "ok" else str(told)


def _write(store: Store, path: Path) -> None:
    url = make_url(store.url)
    partial = path.with_name(f"{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    if store.is_sqlite:
        _copy(Path(str(url.database)), partial)
    else:
        _call(["pg_dump", "--format=custom", f"--file={partial}", _address(url)], url)
    partial.replace(path)


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reading.backup(writing)
        # One file that can be carried anywhere: no WAL beside it.
        writing.execute("PRAGMA journal_mode=DELETE")
    except (OSError, sqlite3.Error) as error:
        raise CoevoError.because(
            f"{source} cannot be copied to {target}: {error}", "is there room on the disk?"
        ) from error
    finally:
        reading.close()
        writing.close()


def _check(path: Path) -> None:
    """Only a file that this Coevo can open is put in place."""
    if not path.is_file():
        raise CoevoError.because(f"there is no file {path}", "give the path of a backup")
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise _no_backup(path) from error
    finally:
        connection.close()
    if found is None or found[0] not in REVISIONS:
        raise _no_backup(path)


def _no_backup(path: Path) -> CoevoError:
    return CoevoError.because(
        f"{path} is no backup of a store that this Coevo knows",
        "`coevo backup` makes one; a newer one needs a newer Coevo",
    )


def _address(url: URL) -> str:
    """The database for libpq's programs, without the password: argv is for all to see."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string()


def _call(command: list[str], url: URL) -> None:
    if shutil.which(command[0]) is None:
        raise CoevoError.because(
            f"{command[0]} is not on the PATH", "install PostgreSQL's client: postgresql-client"
        )
    env = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CoevoError.because(
            f"{command[0]} failed: {done.stderr.strip()}", "nothing was changed"
        )
