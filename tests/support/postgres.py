"""A PostgreSQL server for one test session, in a folder of its own, on a unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path("/usr/lib/postgresql")
HOW_TO_GET = "PostgreSQL is not installed: apt-get install postgresql"


def binaries() -> Path | None:
    """Where the newest installed server's programs are; None where there is none."""
    found = sorted(ROOT.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The server's address without a database; root runs it as the user `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="coevo-pg-", dir="/tmp"))
    try:
        _give_away(folder)
        data = folder / "data"
        _call([programs / "initdb", "-D", data, "-U", "coevo", "-A", "trust", "-N"])
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off"
        control: list[Path | str] = [programs / "pg_ctl", "-D", data, "-w"]
        _call([*control, "-o", options, "-l", folder / "log", "start"])
        try:
            yield f"host={folder} user=coevo"
        finally:
            for mine in [key for key in _KEEPERS if key[0] == f"host={folder} user=coevo"]:
                _KEEPERS.pop(mine).close()
            _call([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url(address: str, database: str) -> str:
    """What `open_store` takes."""
    host = dict(word.split("=") for word in address.split())["host"]
    return f"postgresql+psycopg://coevo@/{database}?host={host}"


@contextmanager
def database(address: str, name: str, template: str = "template0") -> Iterator[str]:
    """A fresh database, dropped in the end; its URL."""
    with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    try:
        yield url(address, name)
    finally:
        with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def emptied(address: str, name: str) -> None:
    """A database as its migrations left it: rows, month tables and whoever still works go.

    Some milliseconds, where making a database anew takes a hundred times as long, and a
    connection that does not know the tables yet takes ten times as long.
    """
    if (address, name) not in _KEEPERS:
        _KEEPERS[address, name] = psycopg.connect(f"{address} dbname={name}", autocommit=True)
    _KEEPERS[address, name].execute(_EMPTY)


_KEEPERS: dict[tuple[str, str], psycopg.Connection[tuple[object, ...]]] = {}
_EMPTY = """
DO $$
DECLARE one record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND state <> 'idle';
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT relname AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        IF one.name ~ '^(case_result|log_chunk|sample)_[0-9]+$' THEN
            EXECUTE format('DROP TABLE %I', one.name);
        ELSIF one.name <> 'alembic_version' THEN
            EXECUTE format('DELETE FROM %I', one.name);
        END IF;
    END LOOP;
    FOR one IN SELECT relname AS name FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.name);
    END LOOP;
END $$
"""


def _give_away(folder: Path) -> None:
    folder.chmod(0o755)
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)


def _call(command: list[Path | str]) -> None:
    become = (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        if os.getuid() == 0
        else []
    )
    words = [*become, *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/tmp")
    assert done.returncode == 0, done.stdout + done.stderr
