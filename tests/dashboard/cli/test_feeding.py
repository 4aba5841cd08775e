"""One build feeds two cells, from the command line to the grid, with real processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Served, coevo, served

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("feeding")]
BUILD = """
import json, pathlib, time
def say(**said): print(json.dumps(said), flush=True)
say(type="hello", protocol=1, suite="build", total=1)
pathlib.Path("dist").mkdir()
pathlib.Path("dist/answer.txt").write_text(str(time.time_ns()))
say(type="case", id="builds", status="STATUS")
say(type="bye")
"""
TEST = """
import json, os, pathlib
def say(**said): print(json.dumps(said), flush=True)
folder = pathlib.Path(os.environ["COEVO_ARTIFACTS"]) / "text"
say(type="hello", protocol=1, suite="test", total=1)
(file,) = folder.iterdir()
say(type="case", id="reads", status="PASS", message=file.name + " " + file.read_text())
say(type="bye")
"""


def matrix(status: str = "PASS", pattern: str = "dist/*.txt") -> str:
    return f"""
name: fed
axes: {{site: [lab], accelerator: [cpu], dtype: [float32, bfloat16]}}
suites:
  build:
    command: [python3, -c, {json.dumps(BUILD.replace("STATUS", status))}]
    place: {{dtype: float32}}
    produces: {{text: "{pattern}"}}
  test:
    command: [python3, -c, {json.dumps(TEST)}]
    uses: {{text: build}}
"""


def carried_out(folder: Path, text: str) -> dict[str, dict[str, str]]:
    (folder / "matrix.yaml").write_text(text)
    done = coevo(folder, "up", "--no-ray", "--once", "--json")
    return {job["id"]: job for job in json.loads(done.stdout)["jobs"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fed")
    carried_out(folder, matrix())
    with served(folder) as running:
        yield running


def jobs(server: Served) -> dict[str, int]:
    return {job["name"]: job["id"] for job in server.get("/api/v1/m/fed/jobs")["jobs"]}


NAMES = {
    "lab/cpu,dtype=float32:build@stable",
    "lab/cpu,dtype=float32:test@stable",
    "lab/cpu,dtype=bfloat16:test@stable",
}


def test_two_cells_are_given_what_one_job_made(server: Served) -> None:
    found = jobs(server)
    assert set(found) == NAMES
    said = {
        name: server.get(f"/api/v1/m/fed/jobs/{job}/cases")["cases"][0]["message"]
        for name, job in found.items()
        if ":test@" in name
    }
    assert len(set(said.values())) == 1
    assert next(iter(said.values())).startswith("answer.txt 1")


def test_the_file_can_be_brought_and_is_what_was_made(server: Served, tmp_path: Path) -> None:
    done = coevo(server.folder, "artifacts", "lab/cpu,dtype=float32:build@stable", "--json")
    (file,) = json.loads(done.stdout)["files"]
    brought = coevo(
        server.folder,
        "artifacts",
        "lab/cpu,dtype=float32:build@stable",
        "--to",
        str(tmp_path),
    )

    place = tmp_path / "text" / "answer.txt"
    assert brought.stdout.strip() == str(place)
    assert hashlib.sha256(place.read_bytes()).hexdigest() == file["digest"]


def test_a_selected_consumer_takes_its_producer_along(server: Served) -> None:
    done = coevo(server.folder, "run", "--select", "dtype=bfloat16", "--wait", "--json")

    told = {job["id"]: job["status"] for job in json.loads(done.stdout)["jobs"]}
    assert told == dict.fromkeys(NAMES - {"lab/cpu,dtype=float32:test@stable"}, "PASS")


def test_a_failed_build_is_one_red_and_its_consumers_say_why(tmp_path: Path) -> None:
    found = carried_out(tmp_path, matrix(status="FAIL"))

    assert found["lab/cpu,dtype=float32:build@stable"]["status"] == "FAIL"
    for dtype in ("float32", "bfloat16"):
        job = found[f"lab/cpu,dtype={dtype}:test@stable"]
        assert job["status"] == "SKIP"
        assert job["reason"] == (
            "its text is missing: lab/cpu,dtype=float32:build@stable ended FAIL"
        )


def test_a_build_that_leaves_nothing_is_an_error(tmp_path: Path) -> None:
    found = carried_out(tmp_path, matrix(pattern="dist/*.whl"))

    build = found["lab/cpu,dtype=float32:build@stable"]
    assert build["status"] == "ERROR"
    assert "no file matches dist/*.whl" in build["reason"]


def test_a_run_ends_though_nobody_offers_what_feeds_its_jobs(tmp_path: Path) -> None:
    text = """
name: far
axes: {site: [lab], accelerator: [cpu, tpu]}
suites:
  build: {command: ["true"], place: {accelerator: tpu}, produces: {text: "*"}}
  test: {command: ["true"], uses: {text: build}, place: {accelerator: cpu}}
"""
    found = carried_out(tmp_path, text)

    assert {job["status"] for job in found.values()} == {"SKIP"}
    assert "no runner" in found["lab/tpu:build@stable"]["reason"]
