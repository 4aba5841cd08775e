"""What `coevo up` brings of its own: Pythons and indexes with passwords, and mistakes in them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from brought import pythons, venv_with_toy
from calling import Caller
from private_index import PASSWORD, SPELT, Index, private_index
from served import coevo, served
from wheels import wheel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
DIGEST = "sha256:" + "0f" * 32
BYE = '{"type": "bye"}'
HELLO = '{"type": "hello", "suite": "toys", "protocol": 1}'
PROGRAM = f"import coevo_toy; print({HELLO!r}); print({BYE!r})"
MATRIX = f"""
name: toys
axes: {{site: [lab], accelerator: [cpu, tpu]}}
suites:
  brought: {{command: [python, -c, {json.dumps(PROGRAM)}]}}
  toys:
    command: [python, -c, {json.dumps(PROGRAM)}]
    environment: {{requirements: ["coevo-toy=={{toy}}"]}}
    takes: [toy]
stacks:
  stable: {{toy: "1.5"}}
  vendor: {{toy: preinstalled}}
"""


@pytest.fixture
def folder(call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a matrix lies that wants the toy."""
    del call
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def test_a_run_takes_a_python_and_a_private_index_and_tells_no_password(
    folder: Path, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(folder / "index" / "coevo-toy", "coevo_toy", "1.5")
    venv_with_toy(folder)
    with private_index(folder / "index") as index:
        monkeypatch.setenv("COEVO_INDEX", index.url)
        (ahead,) = call("env", "build", "--json", "--data", "d").document
        words = ("up", "--once", "--json", "--no-ray", "--port", "0", "--data", "d")
        extra = {"COEVO_INDEX": index.url, "COEVO_PYTHON": "brought=venv"}
        done = coevo(folder, *words, extra=extra)
    jobs = {job["id"]: job for job in json.loads(done.stdout)["jobs"]}
    assert jobs["lab/cpu:toys@stable"]["status"] == "DONE", done.stderr
    assert jobs["lab/cpu:brought@stable"]["status"] == "DONE", done.stderr
    nobody_brings = jobs["lab/cpu:toys@vendor"]
    assert nobody_brings["status"] == "SKIP"
    assert "brings what toys takes preinstalled" in nobody_brings["reason"]
    nobody_knows(index, folder / "d", done)
    uv = [one for one in call("env", "list", "--json", "--data", "d").document if one["platform"]]
    assert [one["name"] for one in uv] == [ahead["name"]]  # what was built ahead was used


def nobody_knows(index: Index, data: Path, done: subprocess.CompletedProcess[str]) -> None:
    """The password stands in no file, answer or list of processes."""
    assert index.seen == []
    texts = [done.stdout, done.stderr]
    files = [path for path in data.rglob("*") if path.is_file()]
    texts += [path.read_bytes().decode(errors="replace") for path in files]
    assert len(texts) > 5
    assert not [text for text in texts if PASSWORD in text or SPELT in text]


def test_what_is_preinstalled_is_run_as_it_is_found_and_noted(folder: Path) -> None:
    venv_with_toy(folder)
    words = ("up", "--once", "--json", "--no-ray", "--port", "0")
    done = coevo(folder, *words, "--python", "toys=venv", extra={"UV_OFFLINE": "1"})
    jobs = {job["id"]: job for job in json.loads(done.stdout)["jobs"]}
    assert jobs["lab/cpu:toys@vendor"]["status"] == "DONE", done.stderr
    with served(folder) as server:
        (number,) = jobs["lab/cpu:toys@vendor"]["jobs"]
        report = server.get(f"/api/v1/m/toys/jobs/{number}")["report"]
    assert {one["name"]: one["version"] for one in report["observed"]}["coevo-toy"] == "1.5"
    facts = {one["name"]: one["value"] for one in report["facts"]}
    assert len(facts["environment.installed"]) == 16
    assert report["locked"] == {}


@pytest.mark.usefixtures("folder")
def test_a_password_on_the_command_line_is_warned_of(call: Caller) -> None:
    index = f"http://me:{SPELT}@127.0.0.1:9/"
    said = call("env", "build", "--select", "suite=brought", "--index", index)
    assert "COEVO_INDEX" in said.err
    assert "netrc" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--python", "nowhere"), "nowhere is not there"),
        (("--python", "/bin/false"), "does not run"),
        (("--image", "a:latest"), "names no digest"),
        (("--python", "a", "--image", f"b@{DIGEST}"), "is given two environments"),
        (("--image", f"b@{DIGEST}", "--engine", "no-engine"), "no-engine is not installed"),
        (("--constraint", "nowhere.txt"), "is no file"),
    ],
)
@pytest.mark.parametrize("verb", [("up", "--once", "--no-ray"), ("env", "build")])
def test_a_mistake_in_what_is_brought_is_told_before_anything_starts(
    call: Caller, verb: tuple[str, ...], words: tuple[str, ...], told: str
) -> None:
    said = call(*verb, *words)
    assert said.code == 2
    assert told in " ".join(said.err.replace("│", " ").split())
    assert not list(Path().glob(".coevo/*.db"))


@pytest.mark.skipif("3.8" not in pythons(), reason="no Python 3.8 here to be refused")
def test_a_python_that_is_too_old_is_told_before_anything_starts(call: Caller) -> None:
    said = call("up", "--once", "--no-ray", "--python", pythons()["3.8"])
    assert said.code == 2
    assert "suites need 3.9 or later" in said.err
