"""The example of an index with a page for each commit: made, served, and run at three of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, coevo, served

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "commit-index"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("commit-index")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wordcount") / "made"


@pytest.fixture(scope="module")
def commits(folder: Path) -> Iterator[dict[str, str]]:
    """Commits by their titles, while their index is served."""
    argv = [sys.executable, str(EXAMPLE / "index.py"), str(folder)]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as made:
        assert made.stdout is not None
        lines = iter(made.stdout.readline, "")
        try:
            told = [next(lines).strip() for _ in range(4)]
            assert next(lines).startswith("serving http://127.0.0.1:")
            yield {title: commit for commit, _, title in (line.partition(" ") for line in told)}
        finally:
            made.terminate()


@pytest.fixture(scope="module")
def server(folder: Path, commits: dict[str, str]) -> Iterator[Served]:
    assert len(commits) == 4
    with served(folder) as server:
        yield server


def at(server: Served, commit: str) -> tuple[int, Any]:
    """How a run at a commit ended, by its exit code, and its only job."""
    done = coevo(server.folder, "run", "--at", f"wordcount={commit}", "--wait")
    (run, *_) = server.get("/api/v1/m/wordcount/runs")["runs"]
    (job,) = server.get(f"/api/v1/m/wordcount/runs/{run['id']}")["jobs"]
    return done.returncode, job


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Mind blanks", (0, "PASS", "")),
        ("Be quick", (1, "FAIL", "2 of 3 cases failed: blanks: 4 words, not 2.")),
        ("Count words", (1, "FAIL", "2 of 3 cases failed: blanks: 4 words, not 2.")),
    ],
)
def test_each_commit_is_tested_by_its_own_wheel(
    server: Served, commits: dict[str, str], title: str, found: tuple[int, str, str]
) -> None:
    ended, job = at(server, commits[title])
    assert (ended, job["status"], job["reason"]) == found
    (seen,) = server.get(f"/api/v1/m/wordcount/jobs/{job['id']}")["report"]["observed"]
    assert commits[title][:8] in f"{seen['version']}+{seen['build']}"


def test_a_commit_without_a_wheel_is_skipped_and_says_why(
    server: Served, commits: dict[str, str]
) -> None:
    ended, job = at(server, commits["Not built yet"])
    assert (ended, job["status"]) == (6, "SKIP")
    wanted = f"/{commits['Not built yet']} has no wordcount; was that commit built there"
    assert wanted in job["reason"]


def test_the_file_is_the_one_beside_the_script(folder: Path, commits: dict[str, str]) -> None:
    assert commits
    made, shipped = (one / "matrix.yaml" for one in (folder, EXAMPLE))
    lines = zip(made.read_text().splitlines(), shipped.read_text().splitlines(), strict=True)
    differing = [new.split(":")[0].strip() for new, old in lines if new != old]
    assert differing == ["index", "repository"]
