"""Each test of `coevo matrix` has a folder with a matrix of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from matrix_calls import MATRIX


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "mine.yaml").write_text(MATRIX)
    return tmp_path
