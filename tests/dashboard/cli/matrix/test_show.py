"""`coevo matrix show`: the grid that a matrix makes, and the file itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from matrix_calls import MATRIX, answer, coevo

from matrix.load import default_text


def test_the_grid_has_sites_down_and_accelerators_across() -> None:
    lines = coevo("show").stdout.splitlines()

    head = next(line for line in lines if "GPU" in line)
    assert re.findall(r"\S+", head) == ["GPU", "TPU", "ASIC", "CPU"]
    rows = [line.strip() for line in lines if "○ 3" in line]
    assert [re.split(r"\s{2,}", row)[0] for row in rows] == [
        "Cloud A",
        "Cloud B",
        "Cloud C",
        "Lab",
        "Edge",
    ]
    assert all(row.count("○ 3") == 4 for row in rows)


def test_the_grid_counts_what_is_planned_skipped_and_excluded() -> None:
    shown = coevo("show", "mine.yaml").stdout

    assert "○ 30 planned   ∅ 6 skipped   · 12 excluded" in shown
    assert re.search(r"edge\s+○ 10 ∅ 2\s+· 12", shown)


def test_the_grid_names_suites_stacks_and_other_axes() -> None:
    shown = coevo("show", "mine.yaml").stdout

    for text in ("My machines", "dtype", "f32, bf16", "2 shards", "takes vllm", "torch 2.14.0"):
        assert text in shown


def test_the_matrix_of_the_folder_is_shown_where_no_file_is_named(folder: Path) -> None:
    (folder / "matrix.yaml").write_text(MATRIX)

    assert "My machines" in coevo("show").stdout


def test_a_narrow_terminal_shows_the_grid_as_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")

    rows = [line for line in coevo("show").stdout.splitlines() if "○ 3" in line]

    assert rows[0].rstrip() == "cloud-a/gpu   ○ 3"
    assert len(rows) == 20
    assert max(map(len, rows)) <= 30


def test_no_colours_are_printed_where_nobody_sees_them() -> None:
    assert "\x1b" not in coevo("show").stdout


def test_colours_stay_away_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = coevo("show").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = coevo("show").stdout

    assert "\x1b[34m" in coloured
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", plain)


def test_the_grid_is_json_for_bots() -> None:
    found = answer("show", "mine.yaml")

    assert found["axes"]["dtype"] == ["f32", "bf16"]
    assert found["stacks"]["next"] == {"torch": "2.14.0", "vllm": "0.32.0"}
    assert {
        "site": "edge",
        "accelerator": "tpu",
        "planned": 0,
        "excluded": 12,
        "skipped": 0,
    } in found["cells"]
    assert found["digest"]


def test_the_file_itself_is_printed_to_begin_another_from(folder: Path) -> None:
    packaged = coevo("show", "--source").stdout
    (folder / "matrix.yaml").write_text(packaged)

    assert packaged == default_text().decode()
    assert coevo("check", "matrix.yaml").exit_code == 0
    assert coevo("show", "mine.yaml", "--source").stdout == MATRIX


def test_open_axes_are_told_below_the_grid(folder: Path) -> None:
    text = MATRIX.replace("site: [lab, edge]", "site: {open: true, values: [lab, edge]}")
    (folder / "open.yaml").write_text(text)

    assert re.search(r"open\s+site: other values play", coevo("show", "open.yaml").stdout)
    assert answer("show", "open.yaml")["open"] == ["site"]
    assert answer("show", "mine.yaml")["open"] == []
    assert "other values" not in coevo("show", "mine.yaml").stdout
