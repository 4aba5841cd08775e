"""`kill -9` before a server has begun its jobs: in Ray's start, in planning, in a build."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kills import LIFE_SECONDS, Field, left_behind, rows

JOBS = 3

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray"), pytest.mark.timeout(300)]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="coevo-") as found:
        yield Path(found)


def killed_once(field: Field, moment: Callable[[], object]) -> None:
    """Start a server and kill it as soon as something holds."""
    server = field.up()
    give_up = time.monotonic() + LIFE_SECONDS
    while not moment():
        assert server.poll() is None, (field.folder / "up.log").read_text()
        assert time.monotonic() < give_up
        time.sleep(0.002)
    os.kill(server.pid, signal.SIGKILL)
    server.communicate()


def carried_out(field: Field) -> subprocess.Popen[str]:
    """A server that ends the run which the killed one left behind."""
    server = field.up()
    said, _ = server.communicate(timeout=LIFE_SECONDS)
    statuses = {job["status"] for job in json.loads(said)["jobs"]}
    assert statuses == {"PASS"}, (field.folder / "up.log").read_text()
    return server


def held_to_one_run(field: Field) -> None:
    """Each job ended once, each suite was run once, and nothing is left."""
    assert rows(field, "SELECT state || '/' || status FROM job") == ["ended/PASS"] * JOBS
    assert set(Counter(field.runs()).values()) == {1}
    assert len(field.runs()) == JOBS
    assert list(left_behind(field.folder)) == []


@pytest.mark.ray
@pytest.mark.parametrize("sign", ["token", "cluster.json", "t/ray_current_cluster"])
def test_a_server_killed_while_ray_starts_is_followed_by_one_that_works(
    folder: Path, sign: str
) -> None:
    field = Field(folder, JOBS, 0.0)
    field.prepare()
    killed_once(field, (field.data / "ray" / sign).exists)
    assert carried_out(field).returncode == 0
    held_to_one_run(field)


@pytest.mark.parametrize("sign", ["coevo.db", "coevo.db-wal", "server.json"])
def test_a_server_killed_while_it_opens_or_plans_is_followed_by_one_that_works(
    folder: Path, sign: str
) -> None:
    field = Field(folder, JOBS, 0.0, ("--no-ray",))
    field.prepare()
    killed_once(field, (field.data / sign).exists)
    assert carried_out(field).returncode == 0
    held_to_one_run(field)


ENVIRONMENT = "    environment: {requirements: [numpy==2.4.6]}\n"


def test_a_server_killed_while_an_environment_is_built_is_followed_by_one_that_works(
    folder: Path,
) -> None:
    field = Field(folder, JOBS, 0.0, ("--no-ray",))
    field.prepare()
    with (folder / "matrix.yaml").open("a") as file:
        file.write(ENVIRONMENT)
    killed_once(field, lambda: list(field.data.glob("environments/*")))
    assert carried_out(field).returncode == 0
    held_to_one_run(field)
