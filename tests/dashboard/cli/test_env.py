"""`coevo env`, and what `coevo up` brings: environments listed, built, repeated and taken away."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from calling import Caller, Said
from wheels import wheel

from runners.environments.platforms import here
from runners.environments.shelf import FOLDER, MARKER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
DIGEST = "sha256:" + "0f" * 32
BYE = '{"type": "bye"}'
HELLO = '{"type": "hello", "suite": "toys", "protocol": 1}'
PROGRAM = f"import coevo_toy; print({HELLO!r}); print({BYE!r})"
MATRIX = f"""
name: toys
axes: {{site: [lab], accelerator: [cpu, tpu]}}
suites:
  bare: {{command: [echo, {json.dumps(HELLO + chr(10) + BYE)}]}}
  toys:
    command: [python, -c, {json.dumps(PROGRAM)}]
    environment: {{requirements: ["coevo-toy=={{toy}}"]}}
    takes: [toy]
stacks:
  stable: {{toy: "1.5"}}
"""


@pytest.fixture
def links(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with the toy's wheel, beside a matrix that wants it."""
    del call
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    wheel(tmp_path / "links", "coevo_toy", "1.5")
    return "--find-links=links"


@pytest.fixture
def built(call: Caller, links: str) -> Said:
    return call("env", "build", "--json", links)


def only(call: Caller) -> dict[str, Any]:
    (one,) = call("env", "list", "--json").document
    found: dict[str, Any] = one
    return found


def test_what_jobs_here_need_is_built_ahead(built: Said, call: Caller) -> None:
    assert built.code == 0, built.err
    (one,) = built.document
    assert (one["status"], one["reason"]) == ("DONE", "")
    assert one["of"] == f"coevo-toy==1.5 on {here()}"
    assert only(call)["name"] == one["name"]


def test_a_second_build_builds_nothing(built: Said, call: Caller, links: str) -> None:
    before = only(call)["made"]
    again = call("env", "build", links)
    assert again.code == 0
    assert "building" not in again.err
    assert only(call)["made"] == before
    assert built.document[0]["name"] in again.out


def test_only_what_is_selected_is_built(call: Caller, links: str) -> None:
    assert call("env", "build", "--select", "suite=bare", "--json", links).document == []
    said = call("env", "build", "--select", "suite=bare", links)
    assert "needs an environment" in said.out


def test_what_cannot_be_resolved_is_told_and_exits_with_1(call: Caller, links: str) -> None:
    matrix = Path("matrix.yaml")
    matrix.write_text(MATRIX.replace('"1.5"', '"9"'))
    said = call("env", "build", "--json", links)
    assert said.code == 1
    (one,) = said.document
    assert (one["name"], one["status"]) == ("", "MISS")
    assert "coevo-toy==9" in one["reason"]
    assert call("env", "list", "--json").document == []


def test_a_disk_that_is_full_is_told_and_exits_with_1(
    call: Caller, links: str, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(small)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small filesystem can only be mounted by root")
    try:
        wheel(tmp_path / "links", "coevo_toy", "1.5", body=f"X = {os.urandom(4 << 20).hex()!r}\n")
        said = call("env", "build", "--json", "--data", str(small), links)
        assert said.code == 1
        assert [(one["status"], one["reason"]) for one in said.document] == [
            ("MISS", "The disk is full: the environment could not be built.")
        ]
        listed = call("env", "list", "--data", str(small), "--json").document
        assert [one["complete"] for one in listed] == [False]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


@pytest.mark.usefixtures("built")
def test_the_list_tells_sizes_and_last_use(call: Caller) -> None:
    one = only(call)
    assert one["complete"]
    assert (one["provider"], one["platform"]) == ("uv", str(here()))
    assert one["size_bytes"] > one["own_bytes"] > 0
    marker = Path(".coevo") / FOLDER / one["name"] / MARKER
    os.utime(marker, (1_000_000_000, 1_000_000_000))
    assert only(call)["used"] == "2001-09-09T01:46:40+00:00"
    assert one["name"] in call("env", "list").out


@pytest.mark.usefixtures("call")
def test_without_any_the_list_says_how_they_come(call: Caller) -> None:
    assert "coevo env build" in call("env", "list").out


@pytest.mark.usefixtures("built")
def test_one_is_shown_with_what_is_in_it(call: Caller) -> None:
    name = only(call)["name"]
    shown = call("env", "show", name[:4], "--json").document
    assert shown["installed"] == {"coevo-toy": "1.5"}
    assert shown["sources"] == ["--find-links", str(Path("links").absolute())]
    assert "coevo-toy" in call("env", "show", name).out


@pytest.mark.usefixtures("built")
def test_the_commands_to_make_it_by_hand_are_printed(call: Caller) -> None:
    name = only(call)["name"]
    said = call("env", "repro", name)
    assert said.out == call("env", "repro", name, "--json").document["script"]
    assert "coevo-toy==1.5 \\\n    --hash=sha256:" in said.out


@pytest.mark.parametrize("verb", ["show", "repro", "prune"])
def test_a_name_that_is_none_is_a_mistake(call: Caller, verb: str) -> None:
    said = call("env", verb, "nope")
    assert said.code == 2
    assert "no environment nope" in said.err
    assert "coevo env list" in said.err


def shelved(name: str, days: int, provider: str = "uv") -> None:
    """An environment that was last used so many days ago."""
    folder = Path(".coevo") / FOLDER / name
    folder.mkdir(parents=True)
    (folder / MARKER).write_text(json.dumps({"provider": provider}))
    at = folder.stat().st_mtime - days * 86400
    os.utime(folder / MARKER, (at, at))


@pytest.fixture
def three(call: Caller) -> None:
    del call
    for name, days in (("a1", 1), ("a2", 29), ("b3", 31)):
        shelved(name, days)


def names(said: Said) -> list[str]:
    return [one["name"] for one in said.document]


@pytest.mark.usefixtures("three")
def test_they_go_by_last_use_or_by_name(call: Caller) -> None:
    assert names(call("env", "prune", "--dry-run", "--json")) == ["b3"]
    assert names(call("env", "list", "--json")) == ["a1", "a2", "b3"]
    assert names(call("env", "prune", "--json")) == ["b3"]
    assert names(call("env", "prune", "--unused-for", "7d", "--json")) == ["a2"]
    assert names(call("env", "prune", "a1", "--json")) == ["a1"]
    assert call("env", "list", "--json").document == []
    assert "none gone" in call("env", "prune").out


@pytest.mark.usefixtures("three")
def test_one_that_a_process_runs_in_stays(call: Caller) -> None:
    folder = (Path(".coevo") / FOLDER / "b3").absolute()
    env = {**os.environ, "VIRTUAL_ENV": str(folder)}
    child = subprocess.Popen(["sleep", "60"], env=env)
    try:
        assert names(call("env", "prune", "b3", "--json")) == []
    finally:
        child.kill()
        child.wait()
    assert names(call("env", "prune", "b3", "--json")) == ["b3"]


@pytest.mark.usefixtures("three")
def test_a_name_that_several_begin_with_is_a_mistake(call: Caller) -> None:
    said = call("env", "prune", "a")
    assert said.code == 2
    assert "2 environments begin with a" in said.err


def test_a_span_that_is_none_is_a_mistake(call: Caller) -> None:
    assert call("env", "prune", "--unused-for", "soon").code == 2
