"""The exclusive hold on a database: one server, or one restore, at a time."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from matrix.errors import CoevoError
from orchestrator.store.open import parsed, unreachable

# "coevoh" in ASCII; the writers' turns have a number of their own (store.py).
HOLDERS_LOCK = 0x636F65766F68


class Held(CoevoError):  # noqa: N818 - the words a person would say
    """Another process has the database."""

    exit_code = 3


@contextmanager
def held(url: str) -> Iterator[None]:
    """Have the database alone while the block runs; Held where another process has it.

    The kernel, or PostgreSQL, lets go when this process ends, however it ends. A file lies beside
    SQLite's; on PostgreSQL a connection of its own has an advisory lock for as long as it lasts.
    """
    found = parsed(url)
    with _file(found) if found.drivername == "sqlite" else _session(found):
        yield


@contextmanager
def _file(url: URL) -> Iterator[None]:
    database = Path(str(url.database)).resolve()
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        file = database.with_name(f"{database.name}.lock").open("a+")
    except OSError as error:
        raise CoevoError.because(
            f"the database {database} cannot be held: {error.strerror}",
            "make room there, or name a place that can be written to: --database URL",
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _held(url, file.read().strip()) from None
        with suppress(OSError):  # on a full disk the lock holds without its holder's name
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), _me().encode())
        yield


@contextmanager
def _session(url: URL) -> Iterator[None]:
    about = {"application_name": _me()}
    engine = create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=about
    )
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise unreachable(url, error) from error
    with connection:
        if not connection.execute(_TRY, _LOCK).scalar():
            raise _held(url, _holder(connection))
        yield


def _holder(connection: Connection) -> str:
    return str(connection.execute(_WHO, _LOCK).scalar() or "")


def _me() -> str:
    return f"Coevo on {socket.gethostname()[:32]}, process {os.getpid()}"


def _held(url: URL, by: str) -> Held:
    name = url.render_as_string(hide_password=True)
    return Held(
        *CoevoError.because(
            f"the database {name} is in use already, by {by or 'another Coevo'}",
            "stop that one first, or name another database: --database URL",
        ).mistakes
    )


_LOCK = {"lock": HOLDERS_LOCK}
_TRY = text("SELECT pg_try_advisory_lock(:lock)")
_WHO = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = (:lock >> 32)::oid AND objid = (:lock & 4294967295)::oid"
)
