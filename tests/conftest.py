"""Fixtures for all tests: the store, each test of which runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import postgres
import pytest
from worlds import Hand, World, world

from orchestrator.store.open import open_store
from orchestrator.store.store import Store

STORES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server with a database `migrated` to copy from."""
    programs = postgres.binaries()
    if programs is None:
        pytest.skip(postgres.HOW_TO_GET)
    with (
        postgres.running(programs) as address,
        postgres.database(address, "migrated") as url,
    ):
        open_store(url, Hand()).close()
        yield address


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store without rows, to copy from."""
    path = tmp_path_factory.mktemp("migrated") / "coevo.db"
    open_store(f"sqlite:///{path}", Hand()).close()
    return path


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path) -> Iterator[str]:
    """The address of a store of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'coevo.db')}"
        return
    address = request.getfixturevalue("postgresql")
    with postgres.database(address, f"test{next(_NUMBERS)}", "migrated") as url:
        yield url


@pytest.fixture
def clock() -> Hand:
    """A clock that the test moves."""
    return Hand()


@pytest.fixture
def store(store_url: str, clock: Hand) -> Iterator[Store]:
    """An open store, on each of the two kinds."""
    opened = open_store(store_url, clock)
    yield opened
    opened.close()


@pytest.fixture
def small(store: Store, clock: Hand) -> World:
    """A store with a matrix of four cells and a runner that offers lab/cpu."""
    return world(store, clock)
