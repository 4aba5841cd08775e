"""Opens a store: connects, brings its schema up to ours, and refuses one that is newer."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from matrix.errors import CoevoError
from orchestrator.clock import Clock
from orchestrator.store.migrations import HEAD, REVISIONS, upgrade
from orchestrator.store.store import WRITE, Store

BUSY_MILLISECONDS = 30_000


class Older(StrEnum):
    """What becomes of a database of an older schema, and of one that is not there yet."""

    UPGRADED = "upgraded"  # and made
    REFUSED = "refused"
    KEPT = "kept"  # as it is, to be copied


def open_store(url: str, clock: Clock, older: Older = Older.UPGRADED) -> Store:
    """The store at "sqlite:///PATH" or "postgresql+psycopg://…", made or upgraded if need be."""
    address = parsed(url)
    if older is not Older.UPGRADED and address.drivername == "sqlite":
        _there(address)
    store = Store(url, _engine(address), clock)
    try:
        if older is Older.UPGRADED:
            _bring_up(store, address)
        else:
            _look(store, older)
    except DatabaseError as error:  # a broken file, no rights, no server
        store.close()
        raise unreachable(address, error) from error
    except BaseException:
        store.close()
        raise
    return store


def parsed(url: str) -> URL:
    """The address of a SQLite file or a PostgreSQL database; CoevoError where it is neither."""
    try:
        found = make_url(url)
    except ArgumentError as error:
        raise _unknown_url() from error
    if found.drivername == "postgresql":
        found = found.set(drivername="postgresql+psycopg")
    if found.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise _unknown_url()
    if found.drivername == "sqlite" and not found.database:
        raise _unknown_url()
    return found


def _unknown_url() -> CoevoError:
    return CoevoError.because(
        "this is no address of a database that Coevo can use",
        "write sqlite:///PATH or postgresql://USER@HOST/DATABASE",
    )


def unreachable(url: URL, error: DatabaseError) -> CoevoError:
    """What a person is told of a broken file, of missing rights, and where no server is."""
    return CoevoError.because(
        f"the database {url.render_as_string(hide_password=True)} cannot be opened: {error.orig}",
        "is the server running, and may this user read and write there?",
    )


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return create_engine(url, pool_size=8, max_overflow=32, pool_pre_ping=True)
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=8, max_overflow=32)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """WAL and FULL: a commit that was answered survives kill -9 and, by fsync, power loss."""
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # we begin and end transactions, not the driver
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-16384",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up(store: Store, url: URL) -> None:
    with store.read() as connection:
        found = revision_of(connection)
    if found == HEAD:
        return
    with store.write() as connection:
        found = revision_of(connection)  # another process may have been faster
        if found is not None and found not in REVISIONS:
            raise _newer(found)
        if found == HEAD:
            return
        if found is not None and store.is_sqlite:
            _copy(Path(str(url.database)), found)
        upgrade(connection)


def _there(url: URL) -> None:
    if not Path(str(url.database)).is_file():
        raise _no_store(f"there is no file {url.database}")


def _look(store: Store, older: Older) -> None:
    """Change nothing; CoevoError where that cannot be worked with."""
    with store.read() as connection:
        found = revision_of(connection)
    if found is None:
        raise _no_store("there is nothing of Coevo's in this database")
    if found not in REVISIONS:
        raise _newer(found)
    if found != HEAD and older is Older.REFUSED:
        raise CoevoError.because(
            f"the database has schema {found}, which is older than this Coevo's ({HEAD}), "
            "and nothing is to be changed",
            "start `coevo up` on it, which brings it up to date, or ask the Coevo that made it",
        )


def _no_store(problem: str) -> CoevoError:
    return CoevoError.because(problem, "name its folder: --data DIR, or --database URL")


def revision_of(connection: Connection) -> str | None:
    """The schema's revision; None where there is no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _newer(found: str) -> CoevoError:
    return CoevoError.because(
        f"the store has schema {found}, which is newer than this Coevo knows ({HEAD})",
        "upgrade Coevo, or open the copy that the newer one made before its upgrade",
    )


def _copy(path: Path, revision: str) -> None:
    """The file as it was, beside it: `coevo.db` becomes `coevo.db.before-REVISION`."""
    aside = path.with_name(f"{path.name}.before-{revision}")
    try:
        with sqlite3.connect(path) as source, sqlite3.connect(aside) as target:
            source.backup(target)
        source.close()
        target.close()
    except (OSError, sqlite3.Error) as error:
        raise CoevoError.because(
            f"the copy of {path} before its upgrade failed: {error}",
            "make room on the disk and start again; nothing was changed",
        ) from error
