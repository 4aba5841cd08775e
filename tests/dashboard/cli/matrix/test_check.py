"""`coevo matrix check`: fine, or every mistake with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from matrix_calls import MATRIX, answer, coevo


def test_a_sound_file_is_said_to_be_fine() -> None:
    result = coevo("check", "mine.yaml")

    assert result.exit_code == 0
    assert result.stdout == "mine.yaml: fine, jobs: 30 planned, 12 excluded, 6 skipped\n"


def test_a_sound_file_is_fine_for_bots_too() -> None:
    found = answer("check", "mine.yaml")

    assert found["ok"] is True
    assert (found["name"], found["planned"], found["excluded"]) == ("mine", 30, 12)


def test_mistakes_are_told_on_standard_error_each_beginning_with_its_place(folder: Path) -> None:
    (folder / "bad.yaml").write_text(MATRIX.replace("label:", "lable:") + "polices: {}\n")

    result = coevo("check", "bad.yaml")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines()[:4] == [
        "bad.yaml:2:1: unknown key `lable`",
        "lable: My machines",
        "^",
        "  hint: did you mean `label`?",
    ]
    assert "bad.yaml:16:1: unknown key `polices`" in result.stderr


def test_mistakes_are_json_for_editors(folder: Path) -> None:
    (folder / "bad.yaml").write_text(MATRIX.replace("label:", "lable:"))

    result = coevo("check", "bad.yaml", "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "ok": False,
        "mistakes": [
            {
                "file": "bad.yaml",
                "line": 2,
                "column": 1,
                "problem": "unknown key `lable`",
                "hint": "did you mean `label`?",
                "excerpt": "lable: My machines",
            }
        ],
    }


def test_a_file_that_is_not_there_is_a_mistake() -> None:
    result = coevo("check", "gone.yaml")

    assert result.exit_code == 2
    assert result.stderr.startswith("cannot read gone.yaml: No such file or directory")


@pytest.mark.parametrize("verb", ["show", "expand", "diff"])
def test_every_verb_tells_the_mistakes_of_its_file(folder: Path, verb: str) -> None:
    (folder / "bad.yaml").write_text("name: [\n")

    result = coevo(verb, "bad.yaml", *(["bad.yaml"] if verb == "diff" else []))

    assert result.exit_code == 2
    assert result.stderr.startswith("bad.yaml:1:7: the bracket `[` is never closed")
