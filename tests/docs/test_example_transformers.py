"""The example of two releases: downloaded, committed, built, run and compared, as the page says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, coevo, served

from matrix.load import load
from matrix.sources import source

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "transformers"
GOOD, BAD = 0, 1
MODELS = ("bert", "llama", "ministral3", "qwen3")
WRITERS = frozenset(MODELS) - {"bert"}
MINUTES = 60.0
pytestmark = [pytest.mark.suites, pytest.mark.slow, pytest.mark.timeout(40 * MINUTES)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases") / "made"


@pytest.fixture(scope="module")
def commits(folder: Path) -> dict[str, str]:
    """The commit of each release, as the script prints them."""
    argv = [sys.executable, str(EXAMPLE / "releases.py"), str(folder)]
    ran = subprocess.run(argv, check=True, capture_output=True, text=True)
    return dict(line.split() for line in ran.stdout.splitlines())


@pytest.fixture(scope="module")
def server(folder: Path, commits: dict[str, str]) -> Iterator[Served]:
    """A server of the example, whose one slot is enough."""
    assert len(commits) == 2
    with served(folder, "--slots", "1") as server:
        yield server


@pytest.fixture(scope="module")
def runs(folder: Path, commits: dict[str, str], server: Served) -> dict[str, int]:
    """How the run at each release ended, by its exit code."""
    assert server.url
    return {
        version: coevo(
            folder, "run", "--at", f"transformers={commit}", "--wait", seconds=30 * MINUTES
        ).returncode
        for version, commit in commits.items()
    }


def at(server: Served, commit: str) -> Any:
    return server.get(f"/api/v1/m/transformers/at/transformers/{commit}")


def verdicts(page: Any) -> dict[str, str]:
    return {one["name"].split("model=")[1].split(":")[0]: one["status"] for one in page["verdicts"]}


def test_the_releases_are_commits_of_the_repository_that_the_matrix_names(
    folder: Path, commits: dict[str, str]
) -> None:
    matrix = load(folder / "matrix.yaml")
    told = source(matrix.stack("stable").version("transformers") or "")
    log = subprocess.run(
        ["git", "-C", folder / "repository", "log", "--format=%s %H"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.place == (folder / "repository").as_uri()
    assert log.stdout.splitlines() == [
        f"Release {version} {commit}" for version, commit in reversed(commits.items())
    ]


def test_the_newer_release_has_a_model_that_the_older_one_lacks(
    runs: dict[str, int], commits: dict[str, str], server: Served
) -> None:
    older, newer = commits.values()
    assert list(runs.values()) == [BAD, GOOD]
    assert verdicts(at(server, older)) == dict.fromkeys(MODELS, "PASS") | {"ministral3": "FAIL"}
    assert verdicts(at(server, newer)) == dict.fromkeys(MODELS, "PASS")


def test_the_commits_page_says_what_is_other_than_before(
    runs: dict[str, int], commits: dict[str, str], server: Served
) -> None:
    older, newer = commits.values()
    page = at(server, newer)
    assert runs
    assert page["against"]["head"] == older
    assert [(one["name"], one["before"], one["after"]) for one in page["shifts"]] == [
        ("lab/cpu,model=ministral3:tiny-models@stable", "FAIL", "PASS")
    ]


def test_each_run_was_with_the_release_that_it_is_about(
    runs: dict[str, int], commits: dict[str, str], server: Served
) -> None:
    assert runs
    for version, commit in commits.items():
        run = at(server, commit)["commit"]["run"]
        jobs = server.get(f"/api/v1/m/transformers/runs/{run}")["jobs"]
        assert {job["cell"]["model"] for job in jobs} == set(MODELS)
        for job in jobs:
            found = server.get(f"/api/v1/m/transformers/jobs/{job['id']}")["report"]
            observed = {one["name"]: one["version"] for one in found["observed"]}
            assert (observed["transformers"], observed["torch"]) == (version, "2.13.0")


def test_models_that_write_were_measured(
    runs: dict[str, int], commits: dict[str, str], server: Served
) -> None:
    assert runs
    run = at(server, list(commits.values())[1])["commit"]["run"]
    jobs = server.get(f"/api/v1/m/transformers/runs/{run}")["jobs"]
    reports = {
        job["cell"]["model"]: server.get(f"/api/v1/m/transformers/jobs/{job['id']}")["report"]
        for job in jobs
    }
    measured = {model for model, report in reports.items() if report["metrics"]}
    assert measured == WRITERS
    assert {report["counts"]["passed"] for report in reports.values()} == {4, 5}
