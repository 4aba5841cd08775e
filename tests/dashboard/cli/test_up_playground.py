"""`coevo up` with a site that nobody listed, as whoever brings hardware meets it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import Served, coevo, served, tiny

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
OPEN = tiny().replace("site: [lab]", "site: {open: true, values: [lab]}")
LISTED = OPEN.replace("values: [lab]", "values: [lab, garage]")
PATIENCE_SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text(OPEN)
    return tmp_path


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def states(server: Served, page: str) -> dict[tuple[str, str], str]:
    """What a page draws, by site and accelerator."""
    found: list[dict[str, Any]] = server.get(f"/api/v1/m/tiny{page}")["faces"]
    return {(one["site"]["name"], one["accelerator"]["name"]): one["state"] for one in found}


def test_a_guest_is_carried_out_on_the_playground(folder: Path) -> None:
    with served(folder, "--site", "garage") as server:
        until(lambda: states(server, "/playground") == {("garage", "cpu"): "passing"})
        assert set(states(server, "").values()) == {"not offered"}
        shown = coevo(folder, "show", "--playground")

    assert shown.returncode == 0
    assert "garage" in shown.stdout


def test_a_guest_that_is_listed_is_on_the_grid_at_once(folder: Path) -> None:
    with served(folder, "--site", "garage") as server:
        until(lambda: states(server, "/playground") == {("garage", "cpu"): "passing"})
        fresh = folder / "matrix.new"
        fresh.write_text(LISTED)
        fresh.replace(folder / "matrix.yaml")
        until(lambda: states(server, "").get(("garage", "cpu")) == "passing")
        assert states(server, "/playground") == {}
        assert [run["jobs"] for run in server.get("/api/v1/m/tiny/runs")["runs"]][-1] == 3


def test_once_carries_a_guest_out_too(folder: Path) -> None:
    ran = coevo(folder, "up", "--no-ray", "--port", "0", "--once", "--site", "garage")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "garage/cpu:hello@stable" in ran.stdout + ran.stderr
