"""`coevo up` on a cluster of two nodes, as its user sees it: told, stopped, killed, back again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from foreign_ray import ForeignRay, foreign_ray
from ray_nodes import eventually, ray_node
from served import COEVO, coevo, environment
from slots import survivors

pytestmark = [
    pytest.mark.nodes,
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),
    pytest.mark.timeout(600),
]
LABELS = "site=lab,accelerator=cpu"
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "two-nodes" / "matrix.yaml"
BAD, GOOD, NOTHING_TESTED = 1, 0, 6


def matrix(script: str, nodes: int = 2) -> str:
    """One suite on several nodes, a script of the shell."""
    return f"""
name: pairs
axes:
  site: [lab]
  accelerator: [cpu]
suites:
  pair:
    command: [sh, -c, {json.dumps(script)}]
    needs: {{nodes: {nodes}}}
"""


def said(*lines: str) -> str:
    """A script that speaks the protocol around these lines; only rank 0 tells of the case."""
    hello = """echo '{"type":"hello","protocol":1,"suite":"pair"}'"""
    case = """[ $COEVO_RANK = 1 ] || echo '{"type":"case","id":"met","status":"PASS"}'"""
    return "\n".join((hello, *lines, case, """echo '{"type":"bye"}'"""))


class Cluster(NamedTuple):
    """A cluster of two nodes that carry suites out, and what its user has set."""

    ray: ForeignRay

    @property
    def environment(self) -> Mapping[str, str]:
        return {**self.ray.environment(), "RAY_AUTH_MODE": "token"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with (
        tempfile.TemporaryDirectory(prefix="coevo-") as name,
        foreign_ray("site=lab,accelerator=none", alone=False) as ray,
        ray_node(ray, Path(name) / "a", LABELS),
        ray_node(ray, Path(name) / "b", LABELS),
    ):
        yield Cluster(ray)


@contextmanager
def up(folder: Path, cluster: Cluster) -> Iterator[subprocess.Popen[bytes]]:
    """`coevo up` in a folder, killed at the end where it still runs."""
    with (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [COEVO, "up", "--port", "0"],
            cwd=folder,
            env=environment(cluster.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finished(folder: Path, cluster: Cluster) -> subprocess.CompletedProcess[str]:
    """`coevo up --once`, which carries out what is left and ends."""
    return coevo(folder, "up", "--once", "--port", "0", extra=cluster.environment, seconds=240)


def report_of(folder: Path, cluster: Cluster) -> Any:
    """The report of the first job, by the API of a server started anew."""
    with up(folder, cluster):
        eventually(lambda: list(folder.glob(".coevo/**/server.json")), "no server")
        (note,) = folder.glob(".coevo/**/server.json")
        url = json.loads(note.read_text())["url"]
        with urllib.request.urlopen(f"{url}/api/v1/m", timeout=30) as answer:
            name = json.load(answer)["matrices"][0]["matrix"]["name"]
        with urllib.request.urlopen(f"{url}/api/v1/m/{name}/jobs/1", timeout=30) as answer:
            return json.load(answer)["report"]


def test_up_once_carries_a_suite_out_on_two_nodes(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix(said('echo "$COEVO_RANK of $COEVO_RANKS"')))

    answer = finished(tmp_path, cluster)

    assert answer.returncode == GOOD, answer.stdout + answer.stderr
    ranks = report_of(tmp_path, cluster)["ranks"]
    assert [(one["rank"], one["status"], one["lost"]) for one in ranks] == [
        (0, "PASS", False),
        (1, "DONE", False),
    ]
    assert len({one["node"] for one in ranks}) == 2


@pytest.mark.torch
def test_the_example_trains_over_two_nodes(cluster: Cluster, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path)

    answer = finished(tmp_path, cluster)

    assert answer.returncode == GOOD, answer.stdout + answer.stderr
    report = report_of(tmp_path, cluster)
    assert report["counts"]["passed"] == 2, report  # of both ranks, merged by their ids
    assert [one["name"] for one in report["metrics"]] == ["step"]
    for rank in report["ranks"]:
        assert rank["status"] == "PASS"
        found = {one["name"]: one["version"] for one in rank["observed"]}
        assert found["torch"] == "2.13.0"


def test_more_nodes_than_there_are_is_said_at_once(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(matrix(said(), nodes=3))

    answer = finished(tmp_path, cluster)

    assert answer.returncode == NOTHING_TESTED, answer.stdout + answer.stderr
    assert "3 nodes" in answer.stdout + answer.stderr


def test_a_killed_server_collects_what_ran_on_once_it_is_back(
    cluster: Cluster, tmp_path: Path
) -> None:
    wait = f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    script = said(f"echo begun >> {tmp_path}/note-$COEVO_RANK", wait)
    (tmp_path / "matrix.yaml").write_text(matrix(script))

    with up(tmp_path, cluster) as server:
        eventually(lambda: all(_notes(tmp_path)), f"{(tmp_path / 'up.log').read_text()}")
        server.send_signal(signal.SIGKILL)
        server.wait()
    time.sleep(0.5)
    (tmp_path / "go").touch()
    answer = finished(tmp_path, cluster)

    assert answer.returncode == GOOD, answer.stdout + answer.stderr
    assert _notes(tmp_path) == ["begun\n", "begun\n"]
    assert survivors(tmp_path) == []


def test_a_rank_that_fails_fails_the_run_and_is_named(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(
        matrix(said("[ $COEVO_RANK = 0 ] && sleep 600", "exit 3"))
    )

    answer = finished(tmp_path, cluster)

    assert answer.returncode == BAD, answer.stdout + answer.stderr
    assert f"Rank 1 on {os.uname().nodename}" in answer.stdout + answer.stderr


def _notes(folder: Path) -> list[str]:
    files = (folder / f"note-{rank}" for rank in (0, 1))
    return [file.read_text() if file.exists() else "" for file in files]
