"""Which matrices a command line means, and what is refused before anything is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import tiny

from dashboard.cli.serving import Wish, declared
from dashboard.cli.waiting import all_concluded
from matrix.errors import CoevoError
from matrix.status import Status
from orchestrator.service.folder import DATABASE_FILE, Folder
from orchestrator.service.outcome import Outcome

GOOD = tiny()
BAD = GOOD.replace("suites:", "suits:")


def wish(folder: Path, *matrices: Path, **changes: Any) -> Wish:
    plain: dict[str, Any] = {
        "matrices": matrices,
        "data": folder / ".coevo",
        "port": 0,
        "database": None,
        "site": "lab",
        "labels": (),
        "slots": None,
        "use_ray": False,
        "once": False,
        "json": False,
        "demo": False,
    }
    return Wish(**(plain | changes))


def names(asked: Wish) -> list[str]:
    return [one.matrix.name for one in declared(asked, Folder(asked.data)) if one.matrix]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def file(here: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str = GOOD) -> Path:
        path = here / f"{name}.yaml"
        path.write_text(text.replace("name: tiny", f"name: {name}"))
        return path

    return write


def test_nothing_named_means_the_file_that_lies_here_or_the_packaged_one(
    here: Path, file: Callable[..., Path]
) -> None:
    assert names(wish(here)) == ["default"]
    file("matrix")
    assert names(wish(here)) == ["matrix"]


def test_the_demo_has_a_matrix_of_its_own(here: Path, file: Callable[..., Path]) -> None:
    file("matrix")
    assert names(wish(here, demo=True)) != ["matrix"]
    assert names(wish(here, here / "matrix.yaml", demo=True)) == ["matrix"]


def test_files_and_folders_are_served_in_their_order(here: Path, file: Callable[..., Path]) -> None:
    first = file("z")
    folder = here / "many"
    folder.mkdir()
    file("many/a", GOOD.replace("name: tiny", "name: a"))
    file("many/b", GOOD.replace("name: tiny", "name: b"))

    assert names(wish(here, first, folder)) == ["z", "a", "b"]


def test_the_demo_plays_one_matrix(here: Path, file: Callable[..., Path]) -> None:
    with pytest.raises(CoevoError, match="--demo plays one matrix"):
        names(wish(here, file("a"), file("b"), demo=True))


def test_a_folder_without_matrix_files_is_a_mistake(here: Path) -> None:
    with pytest.raises(CoevoError, match="there is no matrix file in"):
        names(wish(here, here))


def test_mistakes_of_all_files_are_told_where_nothing_can_have_run(
    here: Path, file: Callable[..., Path]
) -> None:
    with pytest.raises(CoevoError) as refusal:
        names(wish(here, file("a", BAD), file("b", BAD)))

    assert [mistake.problem for mistake in refusal.value.mistakes] == ["unknown key `suits`"] * 2


@pytest.mark.parametrize("changes", [{}, {"database": "postgresql://somewhere/coevo"}])
def test_where_something_may_have_run_a_mistake_is_kept_for_later(
    here: Path, file: Callable[..., Path], changes: dict[str, str]
) -> None:
    asked = wish(here, file("a", BAD), **changes)
    if not changes:
        asked.data.mkdir()
        (asked.data / DATABASE_FILE).touch()

    (reading,) = declared(asked, Folder(asked.data))

    assert reading.mistakes


def test_once_refuses_a_mistake_in_any_case(here: Path, file: Callable[..., Path]) -> None:
    asked = wish(here, file("a", BAD), once=True)
    asked.data.mkdir()
    (asked.data / DATABASE_FILE).touch()

    with pytest.raises(CoevoError, match="unknown key `suits`"):
        names(asked)


def outcome(status: Status) -> Outcome:
    return Outcome("lab/cpu:hello@stable", status, "", 1, (1,))


def test_what_came_of_several_runs_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    found = [(outcome(Status.PASS),), (outcome(Status.FAIL),)]

    code = all_concluded({"a": 1, "b": 2}, found, json=True)

    document = json.loads(capsys.readouterr().out)
    assert code == 1
    assert [(run["matrix"], run["run"]) for run in document["runs"]] == [("a", 1), ("b", 2)]
    assert document["runs"][1]["jobs"][0]["status"] == "FAIL"


def test_what_came_of_several_runs_is_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    code = all_concluded({"a": 1, "b": 2}, [(outcome(Status.PASS),)] * 2, json=False)

    assert code == 0
    assert capsys.readouterr().out.splitlines() == ["a: run 1: 1 PASS", "b: run 2: 1 PASS"]
