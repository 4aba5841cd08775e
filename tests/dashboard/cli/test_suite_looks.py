"""What `coevo suite list`, `show` and `new` say without running anything."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from calling import Caller

from dashboard.cli.suite_new import made
from matrix.errors import CoevoError
from matrix.load import load

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MATRIX = f"""
name: here
axes: {{site: [lab], accelerator: [cpu]}}
suites:
  joined:
    label: Joined
    project: acme
    command: [run, it]
    workdir: {{git: https://example.org/a, commit: {COMMIT}, subdirectory: sub}}
    results: {{format: junit, path: out.xml}}
    environment: {{requirements: ["torch=={{torch}}"]}}
    takes: [torch]
    needs: {{memory: 1GiB}}
    parameters: {{size: 3}}
    metrics: {{rate: {{unit: 1/s, better: higher}}}}
    timeout: 5m
  smoke: {{timeout: 1m}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    return tmp_path


def test_the_suites_of_the_matrix_come_first(call: Caller, here: Path) -> None:
    assert here.exists()
    found = call("suite", "list", "--json").document
    names = [one["name"] for one in found]

    assert names[:2] == ["joined", "smoke"]
    assert {"probe", "pytorch-ops", "simulated"} <= set(names)
    assert len(names) == len(set(names))


def test_each_says_where_it_is_from(call: Caller, here: Path) -> None:
    assert here.exists()
    found = {one["name"]: one["origin"] for one in call("suite", "list", "--json").document}

    assert found["joined"] == "matrix.yaml"
    assert found["smoke"] == "matrix.yaml"
    assert found["probe"] == "built in"


def test_without_a_matrix_there_are_the_built_in_ones(call: Caller) -> None:
    found = call("suite", "list", "--json").document

    assert {one["origin"] for one in found} == {"built in"}


def test_a_matrix_elsewhere_can_be_named(call: Caller, here: Path) -> None:
    (here / "matrix.yaml").rename(here / "other.yaml")
    found = call("suite", "list", "--json", "--matrix", "other.yaml").document

    assert found[0]["origin"] == "other.yaml"


def test_a_matrix_with_mistakes_is_told(call: Caller, here: Path) -> None:
    (here / "matrix.yaml").write_text(MATRIX + "nonsense: 1\n")
    said = call("suite", "list")

    assert said.code == 2
    assert "unknown key `nonsense`" in said.err


def test_a_person_sees_how_each_is_read(call: Caller, here: Path) -> None:
    assert here.exists()
    out = call("suite", "list").out

    assert "junit" in out
    assert "program smoke" in out


def test_one_suite_key_by_key(call: Caller, here: Path) -> None:
    assert here.exists()
    found = call("suite", "show", "joined", "--json").document

    assert found["command"] == ["run", "it"]
    assert found["workdir"] == {
        "git": "https://example.org/a",
        "commit": COMMIT,
        "folder": "sub",
    }
    assert found["results"] == {"format": "junit", "path": "out.xml"}
    assert found["requirements"] == ["torch=={torch}"]
    assert found["needs"]["memory_bytes"] == 2**30
    assert found["parameters"] == {"size": "3"}
    assert found["metrics"] == [{"name": "rate", "unit": "1/s", "better": "higher"}]
    assert found["timeout_seconds"] == 300.0
    assert len(found["digest"]) == 64


def test_a_person_sees_only_what_is_said(call: Caller, here: Path) -> None:
    assert here.exists()
    out = call("suite", "show", "joined").out

    assert "workdir" in out
    assert "program" not in out


def test_a_name_that_nobody_defines(call: Caller) -> None:
    said = call("suite", "show", "prob")

    assert said.code == 2
    assert "did you mean `probe`?" in said.err


@pytest.mark.parametrize(
    ("called", "module"),
    [
        ("mine", "mine"),
        ("acme-ops.v2", "acme_ops_v2"),
        ("3d", "suite_3d"),
    ],
)
def test_a_new_one_is_a_package_with_an_entry_point(
    tmp_path: Path, called: str, module: str
) -> None:
    program, project, matrix = made(called, tmp_path / "new")
    said = tomllib.loads(project.read_text())["project"]

    assert program.name == f"{module}.py"
    assert said["entry-points"]["coevo.suites"] == {called: module}
    suite = load(matrix).suite(called)
    assert suite.command == ("python3", str(program))
    assert [metric.unit for metric in suite.metrics] == ["cases/s"]


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with pytest.raises(CoevoError, match="is there already"):
        made("mine", tmp_path / "new")

    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("called", ["Mine", "-x", "", "a b", "../up"])
def test_what_is_no_name_is_refused(tmp_path: Path, called: str) -> None:
    with pytest.raises(CoevoError, match="is no name"):
        made(called, tmp_path / "new")

    assert not (tmp_path / "new").exists()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CoevoError, match="cannot be made"):
        made("mine", tmp_path / "file" / "new")


def test_new_says_how_to_go_on(call: Caller, tmp_path: Path) -> None:
    said = call("suite", "new", "mine", "--folder", "there")

    assert said.code == 0
    assert "next: coevo suite check" in said.out
    assert (tmp_path / "there" / "mine.py").exists()
