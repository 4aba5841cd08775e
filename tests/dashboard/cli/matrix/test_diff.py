"""`coevo matrix diff` and `schema`, and the help."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
from matrix_calls import MATRIX, answer, coevo

from matrix.load import default_text


def test_a_difference_is_told_with_the_line_that_made_it(folder: Path) -> None:
    (folder / "new.yaml").write_text(MATRIX.replace("2.14.0", "2.14.1"))

    lines = coevo("diff", "mine.yaml", "new.yaml").stdout.splitlines()

    assert lines[0] == "Cells"
    assert "  ~ lab/gpu,dtype=f32  1 job  new.yaml:11" in lines
    assert "  ~ lab/tpu,dtype=f32:smoke@next  torch 2.14.0 → 2.14.1  new.yaml:11" in lines


def test_a_difference_is_json_for_bots(folder: Path) -> None:
    (folder / "new.yaml").write_text(MATRIX.replace("lab, edge", "lab, edge, mars"))

    found = answer("diff", "mine.yaml", "new.yaml")

    assert {change["kind"] for change in found["jobs"]} == {"added"}
    assert {change["line"] for change in found["jobs"]} == {4}
    assert {change["id"] for change in found["cells"]} == {
        f"mars/{kind},dtype={dtype}" for kind in ("gpu", "tpu") for dtype in ("f32", "bf16")
    }


def test_no_difference_is_said_so() -> None:
    assert coevo("diff", "mine.yaml", "mine.yaml").stdout == "the same jobs\n"


def test_the_schema_is_json_and_admits_the_default_file() -> None:
    found = json.loads(coevo("schema").stdout)

    jsonschema.Draft202012Validator.check_schema(found)
    assert found["title"] == "Coevo matrix"
    assert answer("schema") == found


def test_the_schema_that_the_default_file_names_lies_beside_it() -> None:
    name = default_text().decode().splitlines()[0].partition("$schema=")[2]

    beside = resources.files("matrix").joinpath(name).read_text("utf-8")

    assert beside == coevo("schema").stdout


def test_help_names_every_verb() -> None:
    shown = coevo("--help").stdout

    for verb in ("check", "show", "expand", "diff", "schema"):
        assert verb in shown
