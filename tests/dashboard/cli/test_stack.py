"""`coevo stack`: what is resolved now, and what another version or commit would change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import Caller
from repositories import Repository, project, repository
from wheels import wheel

from orchestrator.service.stacklocks import Locked, Shift, shifts
from runners.work import Lock

pytestmark = pytest.mark.slow
TEXT = """
name: m
axes: {{site: [lab], accelerator: [cpu]}}
suites:
  answers: {{command: [run], takes: [toy], environment: {{requirements: ["toy=={{toy}}"]}}}}
  plain: {{command: [run]}}
stacks:
  stable: {{toy: "1.0"}}
  next: {{toy: "1.1"}}
  main: {{toy: {{git: "{url}", ref: main}}}}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Repository:
    made = repository(tmp_path / "toy")
    made.commit(project(version="1.2"))
    return made


@pytest.fixture
def at_hand(
    call: Caller, toy: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Caller:
    """Calls the command beside a matrix whose wheels lie in a folder."""
    (tmp_path / "matrix.yaml").write_text(TEXT.format(url=toy.url))
    links = tmp_path / "links"
    wheel(links, "toy", "1.0")
    wheel(links, "toy", "1.1", requires="base")
    wheel(links, "base", "3.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return call


def test_a_branch_is_shown_with_its_commit(at_hand: Caller, toy: Repository) -> None:
    tip = toy.git("rev-parse", "main")
    found = json.loads(at_hand("stack", "resolve", "--json").out)["components"]
    assert {one["stack"]: one["resolved"] for one in found} == {
        "stable": "1.0",
        "next": "1.1",
        "main": f"git+{toy.url}@{tip}",
    }
    assert found[-1]["declared"] == f"git+{toy.url}@main"
    assert "resolved" in at_hand("stack", "resolve").out


def test_a_component_may_be_somewhere_else(at_hand: Caller) -> None:
    said = at_hand("stack", "resolve", "--json", "--at", "toy=9.9")
    found = {one["stack"]: one["resolved"] for one in json.loads(said.out)["components"]}
    assert (found["stable"], found["next"]) == ("9.9", "9.9")


def test_every_environment_is_locked_once_for_each_stack(at_hand: Caller) -> None:
    said = at_hand("stack", "lock", "--json")
    found = {one["stack"]: one for one in json.loads(said.out)["locks"]}
    assert said.code == 0
    assert {stack: one["packages"] for stack, one in found.items()} == {
        "stable": {"toy": "1.0"},
        "next": {"toy": "1.1", "base": "3.0"},
        "main": {"toy": "1.2"},
    }
    assert "--hash=sha256:" in found["main"]["text"]
    assert found["stable"]["suite"] == "answers"
    assert "packages" in at_hand("stack", "lock").out


def test_what_cannot_be_locked_says_why_and_exits_with_1(at_hand: Caller) -> None:
    said = at_hand("stack", "lock", "--json", "--at", "toy=7.7")
    found = {one["stack"]: one["problem"] for one in json.loads(said.out)["locks"]}
    assert said.code == 1
    assert "toy==7.7" in found["stable"]
    assert "toy==7.7" in at_hand("stack", "lock", "--at", "toy=7.7").out


def test_two_stacks_differ_in_components_and_packages(at_hand: Caller) -> None:
    said = at_hand("stack", "diff", "stable", "next", "--json")
    found = json.loads(said.out)
    assert said.code == 0
    assert found["components"] == [{"component": "toy", "before": "1.0", "after": "1.1"}]
    assert found["packages"] == [
        {"suite": "answers", "name": "base", "before": "", "after": "3.0", "why": "a dependency"},
        {
            "suite": "answers",
            "name": "toy",
            "before": "1.0",
            "after": "1.1",
            "why": "asked for: toy==1.1",
        },
    ]
    assert found["problems"] == []
    assert "a dependency" in at_hand("stack", "diff", "stable", "next").out


def test_a_stack_is_compared_with_itself_at_another_version(at_hand: Caller) -> None:
    found = json.loads(at_hand("stack", "diff", "stable", "--at", "toy=1.1", "--json").out)
    assert [one["name"] for one in found["packages"]] == ["base", "toy"]
    assert at_hand("stack", "diff", "stable").out.strip() == "nothing would change"


@pytest.mark.parametrize("other", ["vendor", "other"])
def test_what_is_resolved_on_one_side_alone_is_told(
    at_hand: Caller, tmp_path: Path, other: str
) -> None:
    with (tmp_path / "matrix.yaml").open("a") as file:
        file.write('  vendor: {toy: preinstalled}\n  other: {tool: "1.0"}\n')
    told = at_hand("stack", "diff", "stable", other)
    assert told.code == 0, told.err
    assert "answers is resolved on stable alone" in told.out
    found = json.loads(at_hand("stack", "diff", other, "stable", "--json").out)
    assert found["only"] == [{"suite": "answers", "stack": "stable"}]
    assert found["packages"] == []


def test_a_change_that_cannot_be_resolved_is_a_problem(at_hand: Caller) -> None:
    said = at_hand("stack", "diff", "stable", "--at", "toy=7.7")
    assert said.code == 1
    assert "! answers on stable" in said.out
    assert "why" not in said.out.split()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("diff", "stabel"), "did you mean `stable`?"),
        (("diff", "stable", "--at", "tyo=1"), "no stack has the component `tyo`"),
        (("resolve", "--at", "toy"), "says no component"),
        (("lock", "--platform", "amiga", "--at", "toy=1.0"), "is no platform"),
        (("resolve", "--matrix", "nothing.yaml"), "nothing.yaml"),
    ],
)
def test_a_mistake_says_what_to_do(at_hand: Caller, words: tuple[str, ...], told: str) -> None:
    said = at_hand("stack", *words)
    assert said.code in {1, 2}
    assert told in said.out + said.err
    assert "Traceback" not in said.err


def test_a_repository_that_is_gone_is_a_mistake(at_hand: Caller, toy: Repository) -> None:
    toy.folder.rename(toy.folder.with_name("gone"))
    said = at_hand("stack", "resolve")
    assert said.code == 2
    assert "git ls-remote" in said.err


def test_tables_tell_commits_apart_and_leave_nothing_out(at_hand: Caller, toy: Repository) -> None:
    tip = toy.git("rev-parse", "main")
    resolved = at_hand("stack", "resolve").out
    assert tip in "".join(resolved.split())
    later = toy.commit(project(version="1.3"))
    told = at_hand("stack", "diff", "main", "--at", f"toy={tip}").out
    assert later[:12] in told
    assert tip[:12] in told


def locked(suite: str, text: str, *asked: str) -> Locked:
    return Locked(suite, "s", asked, Lock("", text, "") if text else None)


def test_what_was_not_resolved_before_is_all_new() -> None:
    assert shifts([locked("a", "")], [locked("a", "x==1\ny==2\n", "x[all]==1")]) == (
        Shift("a", "x", "", "1", "asked for: x[all]==1"),
        Shift("a", "y", "", "2", "a dependency"),
    )


def test_without_a_matrix_of_ones_own_it_is_the_built_in_one(call: Caller) -> None:
    found = json.loads(call("stack", "resolve", "--json").out)["components"]
    assert {one["stack"] for one in found} == {"stable"}
    assert all(one["declared"] == one["resolved"] for one in found)
