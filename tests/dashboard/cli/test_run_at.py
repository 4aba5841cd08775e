"""`coevo run --at`: real runs at commits of a real repository, compared on the commit's page."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from repositories import Repository, indexed, listed, project, repository
from served import Served, coevo, served
from wheels import wheel

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("run-at")]
SUITE = """
import json, toy
def say(**message): print(json.dumps(message), flush=True)
say(type="hello", protocol=1, suite="answers", total=1)
status = "PASS" if toy.ANSWER == 42 else "FAIL"
say(type="case", id="answer", status=status, message=str(toy.ANSWER))
say(type="bye")
"""
PLAIN = """
echo '{"type": "hello", "protocol": 1, "suite": "plain"}'
echo '{"type": "bye"}'
"""
OTHER = "b" * 40


def matrix(source: str) -> str:
    return f"""
name: tiny
axes: {{site: [lab], accelerator: [cpu]}}
suites:
  answers:
    command: [python, -c, {json.dumps(SUITE)}]
    takes: [toy]
    environment: {{requirements: ["toy=={{toy}}"]}}
  plain: {{command: [sh, -c, {json.dumps(PLAIN)}]}}
stacks:
  stable: {{toy: {source}}}
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Three commits: the answer is right, wrong, and right again; and a branch that is no project.

    They are run in another order than they were made in.
    """
    made = repository(tmp_path_factory.mktemp("toy") / "toy")
    for day, answer in enumerate((42, 41, 42), 1):
        files = project(version=f"1.{answer}", body=f"ANSWER = {answer}\n")
        made.commit(files, f"Answer {answer}", f"2026-03-0{day}T12:00:00+00:00")
    made.git("tag", "first", "HEAD~2")
    made.git("branch", "wrong", "HEAD~1")
    made.git("checkout", "--quiet", "-b", "empty")
    made.git("rm", "--quiet", "pyproject.toml")
    made.commit({}, "Lose the project")
    made.git("checkout", "--quiet", "main")
    return made


@pytest.fixture(scope="module")
def server(toy: Repository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "matrix.yaml").write_text(matrix(f'{{git: "{toy.url}", ref: main}}'))
    coevo(folder, "up", "--no-ray", "--once")
    with served(folder) as running:
        yield running


def verdicts(server: Served, head: str) -> dict[str, str]:
    page = server.get(f"/api/v1/m/tiny/at/toy/{head}")
    return {one["name"]: one["status"] for one in page["verdicts"]}


def ran(server: Served, reference: str) -> dict[str, Any]:
    """A run at a reference, to its end: `coevo run --wait --json`."""
    done = coevo(server.folder, "run", "--at", f"toy={reference}", "--wait", "--json")
    assert done.returncode in {0, 1, 6}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_a_stack_follows_is_run_at_its_commit(server: Served, toy: Repository) -> None:
    tip = toy.git("rev-parse", "main")
    trunk = server.get("/api/v1/m/tiny/at/toy")["commits"]
    assert tip in {one["head"] for one in trunk}
    assert verdicts(server, tip) == {
        "lab/cpu:answers@stable": "PASS",
        "lab/cpu:plain@stable": "DONE",
    }


def test_a_branch_is_run_aside_and_compared(server: Served, toy: Repository) -> None:
    tip, wrong = (toy.git("rev-parse", name) for name in ("main", "wrong"))

    document = ran(server, "wrong")

    assert [(one["id"], one["status"]) for one in document["jobs"]] == [
        ("lab/cpu:answers@stable", "FAIL")
    ]
    page = server.get(f"/api/v1/m/tiny/at/toy/{wrong}?against={tip}")
    assert {"name": "lab/cpu:answers@stable", "before": "PASS", "after": "FAIL"} in page["shifts"]
    (face,) = server.get("/api/v1/grid")["faces"]
    assert face["state"] == "passing"
    with urllib.request.urlopen(f"{server.url}/m/tiny/at/toy/{wrong[:10]}", timeout=30) as answer:
        assert f"toy at {wrong[:10]}" in answer.read().decode()


def test_a_tag_and_a_whole_commit_are_run_too(server: Served, toy: Repository) -> None:
    first = toy.git("rev-parse", "first")
    ran(server, "first")
    again = ran(server, first)
    assert again["jobs"][0]["status"] == "PASS"
    commit = server.get(f"/api/v1/m/tiny/at/toy/{first}")["commit"]
    assert (commit["run"], commit["base"]) == (again["run"], toy.git("rev-parse", "main"))


def test_the_observed_stack_is_the_commits(server: Served) -> None:
    document = ran(server, "wrong")
    jobs = server.get(f"/api/v1/m/tiny/jobs?run={document['run']}")["jobs"]
    report = server.get(f"/api/v1/m/tiny/jobs/{jobs[0]['id']}")["report"]
    assert report["locked"] == {"toy": "1.41"}
    assert {one["name"]: one["version"] for one in report["observed"]}["toy"] == "1.41"


def test_a_wheel_that_was_built_here_is_run(server: Served, tmp_path: Path) -> None:
    path = wheel(tmp_path, "toy", "2.0", body="ANSWER = 42\n")
    document = ran(server, str(path))
    assert document["jobs"][0]["status"] == "PASS"


def test_a_commit_that_makes_no_wheel_is_skipped_in_the_builders_words(server: Served) -> None:
    document = ran(server, "empty")
    (job,) = document["jobs"]
    assert job["status"] == "SKIP"
    assert "has no Python project" in job["reason"]


def test_the_trunk_is_in_the_order_of_the_history(server: Served, toy: Repository) -> None:
    first, second, third = toy.git("rev-list", "--reverse", "main").split()
    ran(server, first[:8])  # its first digits are enough
    ran(server, second[:8])
    page = server.get(f"/api/v1/m/tiny/at/toy/{second}")
    trunk = [(one["head"], one["title"]) for one in page["trunk"] if one["head"] in page_heads(toy)]
    assert trunk == [(third, "Answer 42"), (second, "Answer 41"), (first, "Answer 42")]
    assert page["commit"]["committed_at"] == "2026-03-02T12:00:00Z"


def page_heads(toy: Repository) -> set[str]:
    return set(toy.git("rev-list", "main").split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "toy=nosuch"), "has no branch, tag or commit nosuch"),
        (("--at", f"toy={OTHER}"), "no such commit"),
        (("--at", "tyo=main"), "no stack has the component `tyo`"),
        (("--at", "toy"), "says no component"),
        (("--at", "toy=main", "--select", "suite=plain"), "no selected job takes toy"),
    ],
)
def test_what_cannot_be_run_starts_nothing(
    server: Served, words: tuple[str, ...], told: str
) -> None:
    before = server.get("/api/v1/m/tiny/runs")["runs"]
    done = coevo(server.folder, "run", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert server.get("/api/v1/m/tiny/runs")["runs"] == before


def test_an_index_with_a_page_for_each_commit(
    tmp_path: Path, toy: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip, wrong = (toy.git("rev-parse", name) for name in ("main", "wrong"))
    for commit, answer in ((tip, 42), (wrong, 41)):
        version = f"1.0.dev{answer}"
        path = wheel(tmp_path / "dist", "toy", version, body=f"ANSWER = {answer}\n")
        listed(tmp_path / "pages", commit, path)
    folder = tmp_path / "server"
    folder.mkdir()
    with indexed(tmp_path / "pages") as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url.format(commit="simple"))
        source = f'{{index: "{url}", repository: "{toy.url}", ref: main}}'
        (folder / "matrix.yaml").write_text(matrix(source))
        done = coevo(folder, "up", "--no-ray", "--once", "--json")
        statuses = {one["id"]: one["status"] for one in json.loads(done.stdout)["jobs"]}
        assert statuses["lab/cpu:answers@stable"] == "PASS"
        with served(folder) as running:
            assert ran(running, "wrong")["jobs"][0]["status"] == "FAIL"
            unbuilt = ran(running, "first")["jobs"][0]
    assert unbuilt["status"] == "SKIP"
    assert "toy was not found" in unbuilt["reason"]
