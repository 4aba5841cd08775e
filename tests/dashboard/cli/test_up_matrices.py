"""`coevo up` over files that change, and over several, as a user meets it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import Served, coevo, served, tiny

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
GOOD = tiny()
BAD = GOOD.replace("suites:", "suits:")
PATIENCE_SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text(GOOD)
    return tmp_path


def write(file: Path, text: str) -> None:
    """Save as editors do."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def mistakes(server: Served) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get("/api/v1/m/tiny")["declared"]["mistakes"]
    return found


def runs(server: Served, matrix: str = "tiny") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get(f"/api/v1/m/{matrix}/runs")["runs"]
    return found


def test_a_bad_revision_is_shown_and_a_corrected_one_is_taken_up(folder: Path) -> None:
    with served(folder) as server:
        until(lambda: [run["ended"] for run in runs(server)] == [1])
        write(folder / "matrix.yaml", BAD)
        until(lambda: mistakes(server))
        told = coevo(folder, "status")
        state = server.get("/api/v1/grid")["faces"][0]["state"]
    with served(folder) as server:
        until(lambda: server.get("/healthz")["server"]["ready"])
        assert mistakes(server)[0]["place"] == {"file": "matrix.yaml", "line": 6, "column": 1}
        write(folder / "matrix.yaml", GOOD.replace("this line", "another line"))
        until(lambda: len(runs(server)) == 2)
        until(lambda: not server.get("/api/v1/grid")["server"]["problems"])

    assert "matrix.yaml:6:1: unknown key `suits`" in told.stdout
    assert "did you mean `suites`?" in told.stdout
    assert state == "passing"


def test_several_matrices_are_carried_out_by_one_server(folder: Path) -> None:
    (folder / "b.yaml").write_text(GOOD.replace("name: tiny", "name: b"))
    with served(folder, "--matrix", "matrix.yaml", "--matrix", "b.yaml") as server:
        until(lambda: [run["ended"] for run in runs(server, "b")] == [1])
        status = coevo(folder, "status")
        started = coevo(folder, "run", "--matrix", "b", "--wait", "--json")
        assert [len(runs(server, name)) for name in ("tiny", "b")] == [1, 2]

    assert "tiny run 1: 1 of 1 jobs" in status.stdout
    assert "b run 2: 1 of 1 jobs" in status.stdout
    assert json.loads(started.stdout)["jobs"][0]["status"] == "PASS"
