"""`coevo run --against`: base and head of a pull request, really run in pairs and compared."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from repositories import Repository, project, repository
from served import Served, coevo, served

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("run-pairs")]
SUITE = """
import json, toy
def say(**message): print(json.dumps(message), flush=True)
say(type="hello", protocol=1, suite="answers", total=2)
say(type="case", id="answer", status="PASS" if toy.ANSWER == 42 else "FAIL")
say(type="case", id="steady", status="PASS")
say(type="metric", name="steps", unit="steps", better="lower", values=[toy.STEPS])
say(type="bye")
"""
REPEAT = 6


def matrix(url: str) -> str:
    return f"""
name: tiny
axes: {{site: [lab], accelerator: [cpu]}}
suites:
  answers:
    command: [python, -c, {json.dumps(SUITE)}]
    takes: [toy]
    environment: {{requirements: ["toy=={{toy}}"]}}
stacks:
  stable: {{toy: {{git: "{url}", ref: main}}}}
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A branch that goes on, and two pull requests from before: one makes it worse, one nothing."""
    made = repository(tmp_path_factory.mktemp("toy") / "toy")
    made.commit(project(version="1.0", body="ANSWER, STEPS = 42, 100\n"), "Begin")
    for number, (answer, steps) in enumerate(((41, 120), (42, 100)), 1):
        made.git("checkout", "--quiet", "-b", f"work-{number}", "main")
        body = f"ANSWER, STEPS = {answer}, {steps}\nREQUEST = {number}\n"
        made.commit(project(version=f"1.{number}", body=body), f"Request {number}")
        made.git("update-ref", f"refs/pull/{number}/head", "HEAD")
    made.git("checkout", "--quiet", "main")
    made.commit(project(version="2.0", body="ANSWER, STEPS = 42, 90\n"), "Go on")
    return made


@pytest.fixture(scope="module")
def server(toy: Repository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "matrix.yaml").write_text(matrix(toy.url))
    coevo(folder, "up", "--no-ray", "--once")
    with served(folder) as running:
        yield running


@pytest.fixture(scope="module")
def worse(server: Served) -> dict[str, Any]:
    """What `coevo run --at … --repeat 6 --wait --json` says of the request that is worse."""
    words = ("--at", "toy=pull/1/head", "--repeat", str(REPEAT), "--wait", "--json")
    done = coevo(server.folder, "run", *words)
    assert done.returncode == 1, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_request_is_compared_with_where_it_left_its_branch(
    worse: dict[str, Any], toy: Repository
) -> None:
    assert worse["base"]["name"] == toy.git("rev-parse", "main~1")
    assert worse["head"]["name"] == toy.git("rev-parse", "refs/pull/1/head")
    assert (worse["base"]["title"], worse["head"]["title"]) == ("Begin", "Request 1")


def test_the_case_and_the_metric_that_got_worse_are_told(worse: dict[str, Any]) -> None:
    assert worse["found"] == {
        "change": "worse",
        "layer": "code",
        "sentence": "Worse: 1 case passed at base and failed at head, steps is 20.0% higher",
    }
    (part,) = worse["parts"]
    (case,) = part["part"]["cases"]
    assert (case["case"], case["pairs"]) == ("answer", [["PASS", "FAIL"]] * REPEAT)
    (metric,) = part["part"]["metrics"]
    assert (metric["base"], metric["head"], round(metric["ratio"], 6)) == (100.0, 120.0, 1.2)
    assert metric["chance"] == 2 / 2**REPEAT


def test_the_pairs_took_turns_on_one_machine(worse: dict[str, Any]) -> None:
    pairs = worse["parts"][0]["pairs"]
    assert [pair["base_first"] for pair in pairs] == [True, False] * (REPEAT // 2)
    assert all(pair["base"]["at"] == pair["head"]["at"] for pair in pairs)
    assert len({pair["base"]["at"][0] for pair in pairs}) == 1


def test_the_comparison_has_a_page_for_ever(server: Served, worse: dict[str, Any]) -> None:
    address = f"{server.url}/m/tiny/pairs/{worse['id']}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        page = answer.read().decode()
    assert "1 case passed at base and failed at head" in page
    with urllib.request.urlopen(
        f"{server.url}/m/tiny/runs/{worse['head']['run']}", timeout=30
    ) as answer:
        assert f"/m/tiny/pairs/{worse['id']}" in answer.read().decode()


def test_a_request_that_changes_nothing_shows_no_difference(server: Served) -> None:
    done = coevo(server.folder, "run", "--at", "toy=pull/2/head", "--repeat", "6", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No difference seen in 2 cases and 1 metric, 6 pairs of each job." in done.stdout


def test_one_pair_cannot_tell_about_a_metric(server: Served) -> None:
    words = ("--at", "toy=pull/2/head", "--against", "main", "--wait")
    done = coevo(server.folder, "run", *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Cannot tell: 1 pair cannot decide about 1 metric, 6 could." in done.stdout


def test_a_comparison_is_told_again_later(server: Served, worse: dict[str, Any]) -> None:
    done = coevo(server.folder, "compare", str(worse["id"]))
    assert done.returncode == 1
    assert done.stdout.startswith("Worse: 1 case passed at base and failed at head")
    assert "+20.0%" in done.stdout


@pytest.mark.usefixtures("worse")
def test_the_grid_keeps_what_it_showed(server: Served) -> None:
    (face,) = server.get("/api/v1/grid")["faces"]
    assert face["state"] == "passing"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--against", "main"), "a comparison is of one component"),
        (("--at", "toy=main", "--against", "main"), "base and head are both"),
        (("--at", "toy=main", "--against", "nosuch"), "has no branch, tag or commit nosuch"),
        (("--at", "toy=main", "--repeat", "101"), "equal to 100"),
    ],
)
def test_what_cannot_be_compared_starts_nothing(
    server: Served, words: tuple[str, ...], told: str
) -> None:
    before = server.get("/api/v1/m/tiny/runs")["runs"]
    done = coevo(server.folder, "run", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert server.get("/api/v1/m/tiny/runs")["runs"] == before


def test_a_comparison_that_is_not_there_says_so(server: Served) -> None:
    done = coevo(server.folder, "compare", "99")
    assert done.returncode == 2
    assert "comparison 99" in done.stderr


def test_a_comparison_may_be_left_to_itself(server: Served) -> None:
    done = coevo(server.folder, "run", "--at", "toy=pull/2/head", "--against", "main", "--json")
    begun = json.loads(done.stdout)
    assert begun["head"] == begun["base"] + 1
