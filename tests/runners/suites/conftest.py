"""Fixtures: a built-in program run by hand, and an environment with torch."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from suites_by_hand import Play, Said, said_by
from torch_environment import LAUNCHER, torch_python


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run a built-in program with the bare standard library, or with the Python given."""

    def run(
        program: str,
        *arguments: str,
        python: Path | None = None,
        cell: Mapping[str, str] | None = None,
        done: list[tuple[str, str]] | None = None,
    ) -> Said:
        env = {"COEVO_CELL": json.dumps(cell or {})}
        if done is not None:
            env["COEVO_DONE"] = str(tmp_path / "done")
            lines = "".join(json.dumps(pair) + "\n" for pair in done)
            (tmp_path / "done").write_text(lines)
        start = [str(python), "-I"] if python else [sys.executable, "-I", "-S"]
        return said_by([*start, str(LAUNCHER), program, *arguments], env)

    return run


@pytest.fixture(scope="session")
def torch() -> Path:
    """The Python of an environment with torch."""
    return torch_python()
