"""`coevo up --demo`: twenty cells that live, SIMULATED from the first answer on."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, served

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo"), pytest.mark.timeout(180)]
PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("demo"), "--demo") as server:
        first = server.get("/healthz")
        assert first["simulated"] is True
        wait_until(lambda: "living" not in str(server.get("/healthz")["server"]["doing"]))
        yield server


def wait_until(holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def faces(demo: Served) -> dict[str, dict[str, Any]]:
    grid = demo.get("/api/v1/grid")
    return {f"{f['site']['name']}/{f['accelerator']['name']}": f for f in grid["faces"]}


def test_all_twenty_cells_are_there_in_many_states(demo: Served) -> None:
    found = faces(demo)

    assert len(found) == 20
    assert "not offered" not in {face["state"] for face in found.values()}
    assert len({face["state"] for face in found.values()}) >= 5


def test_cells_that_were_left_out_are_stale_or_new(demo: Served) -> None:
    found = faces(demo)

    assert found["cloud-c/cpu"]["state"] == "stale"
    assert found["edge/tpu"]["state"] == "stale"


def test_cells_change(demo: Served) -> None:
    before = demo.get("/api/v1/grid")["version"]

    wait_until(lambda: demo.get("/api/v1/grid")["version"] > before)


def test_history_was_earned_through_the_queue(demo: Served) -> None:
    jobs = demo.get("/api/v1/m/demo/jobs?suite=serving&site=cloud-a&accelerator=gpu")

    assert jobs["total"] >= 8
    job = demo.get(f"/api/v1/m/demo/jobs/{jobs['jobs'][-1]['id']}")
    assert job["job"]["attempts"][0]["evidence"] == "simulated"
    assert job["job"]["attempts"][0]["runner"] == "cloud-a-simulated"


@pytest.mark.parametrize("path", ["/", "/runners", "/m/demo/runs", "/m/demo/jobs", "/docs"])
def test_every_page_says_simulated(demo: Served, path: str) -> None:
    with urllib.request.urlopen(demo.url + path, timeout=30) as page:
        assert b"SIMULATED" in page.read()


@pytest.mark.parametrize("path", ["/api/v1/grid", "/api/v1/runners", "/api/v1/m/demo/runs"])
def test_every_answer_says_simulated(demo: Served, path: str) -> None:
    assert demo.get(path)["simulated"] is True


def test_simulated_data_lie_apart_from_real_ones(demo: Served) -> None:
    data: Path = demo.folder / ".coevo"

    assert (data / "demo" / "coevo.db").exists()
    assert not (data / "coevo.db").exists()
