"""A server that must go although Ray hangs leaves no cluster behind."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from matrix.errors import CoevoError
from orchestrator.dispatch.ray_embedded import Embedded, Size

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.slow, pytest.mark.ray]
SIZE = Size({"site": "lab"}, {"coevo_slot": 1, "CPU": 1})


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        cluster = Embedded(Path(folder), SIZE)
        yield cluster
        cluster.end()


def is_gone(cluster: Embedded, seconds: float = 30) -> bool:
    give_up = time.monotonic() + seconds
    while cluster.warden() is not None and time.monotonic() < give_up:
        time.sleep(0.02)
    return cluster.warden() is None


def test_a_cluster_that_is_abandoned_ends_by_itself(embedded: Embedded) -> None:
    embedded.start()
    begun = time.monotonic()
    embedded.abandon()
    told = time.monotonic() - begun
    assert told < 1.0, "nobody waits for it"
    assert is_gone(embedded)


def test_a_start_that_is_abandoned_gives_up(embedded: Embedded) -> None:
    said: list[str] = []

    def start() -> None:
        try:
            embedded.start()
        except CoevoError as error:
            said.append(str(error))

    starting = threading.Thread(target=start)
    starting.start()
    while embedded.warden() is None and starting.is_alive():
        time.sleep(0.01)
    embedded.abandon()
    starting.join(30)
    assert said
    assert said[0].startswith("Ray did not start")
    assert is_gone(embedded)


def test_abandoning_what_never_began_does_nothing(embedded: Embedded) -> None:
    embedded.abandon()
    assert embedded.warden() is None


def test_a_token_whose_writing_was_cut_off_is_written_anew(embedded: Embedded) -> None:
    (embedded.folder / "token.new").touch(0o600)
    embedded.start()
    token = embedded.folder / "token"
    assert len(token.read_text()) == 64
    assert token.stat().st_mode & 0o777 == 0o600
