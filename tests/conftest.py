"""Fixtures for all tests: the store, each test of which runs on SQLite and on PostgreSQL.

Properties are tried on the same examples everywhere, so that a change is judged by what it
changed; `make fuzz` looks for new ones.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
import slurm_cluster
from _pytest.nodeid import NodeId
from hypothesis import settings
from sqlalchemy import Engine
from worlds import Hand, World, world

from orchestrator.store.open import open_store
from orchestrator.store.store import Store

STORES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
MIGRATED = "migrated"

settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("quick", settings.get_profile("same"), max_examples=25)
settings.register_profile("search", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("COEVO_EXAMPLES", "same"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep each `xdist_group` on one worker, which xdist 3.8 does not achieve with pytest 9.2.

    It appends the group to a name of the test that pytest does not look at any more.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        if group := item.get_closest_marker("xdist_group"):
            item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server with a database `migrated`, which each test finds empty."""
    programs = postgres.binaries()
    if programs is None:
        pytest.skip(postgres.HOW_TO_GET)
    with (
        postgres.running(programs) as address,
        postgres.database(address, MIGRATED) as url,
    ):
        open_store(url, Hand()).close()
        yield address


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store without rows, to copy from."""
    path = tmp_path_factory.mktemp("migrated") / "coevo.db"
    open_store(f"sqlite:///{path}", Hand()).close()
    return path


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    """An engine for each store's address, so that its statements are compiled once a session."""
    made: dict[str, Engine] = {}
    yield made
    for engine in made.values():
        engine.dispose()


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, migrated_file: Path) -> str:
    """The address of an empty store, which only this test uses now."""
    if request.param == "sqlite":
        path = migrated_file.with_name("store.db")
        for old in path.parent.glob("store.db*"):
            old.unlink()
        return f"sqlite:///{shutil.copy(migrated_file, path)}"
    address: str = request.getfixturevalue("postgresql")
    postgres.emptied(address, MIGRATED)
    return postgres.url(address, MIGRATED)


@pytest.fixture(scope="session")
def started_slurm() -> Iterator[slurm_cluster.SlurmCluster]:
    """Slurm's daemons with two nodes on this machine."""
    if why := slurm_cluster.why_not():
        pytest.skip(why)
    with slurm_cluster.running() as cluster:
        yield cluster


@pytest.fixture
def slurm(started_slurm: slurm_cluster.SlurmCluster) -> Iterator[slurm_cluster.SlurmCluster]:
    """The cluster, in which nothing is queued or runs."""
    yield started_slurm
    started_slurm.emptied()


@pytest.fixture
def clock() -> Hand:
    """A clock that the test moves."""
    return Hand()


@pytest.fixture
def store(store_url: str, clock: Hand, engines: dict[str, Engine]) -> Iterator[Store]:
    """An open store, on each of the two kinds."""
    if store_url not in engines:
        engines[store_url] = open_store(store_url, clock).engine
    opened = Store(store_url, engines[store_url], clock)
    yield opened
    if opened.is_sqlite:  # its file goes; connections to PostgreSQL serve the next test too
        opened.close()


@pytest.fixture
def small(store: Store, clock: Hand) -> World:
    """A store with a matrix of four cells and a runner that offers lab/cpu."""
    return world(store, clock)
