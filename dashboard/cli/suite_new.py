"""Makes a suite from a template: a program, the package that ships it, a matrix to try it with."""

from __future__ import annotations

import json
import re
from pathlib import Path

from matrix.errors import CoevoError
from matrix.names import Misfit, name, shown

_PROGRAM = '''"""{name}: a suite for Coevo. It needs nothing but Python 3.9."""

import json
import os
import time

DEVICE = os.environ.get("COEVO_DEVICE", "cpu")
ONLY = os.environ.get("COEVO_CASE", "")


def say(**message):
    print(json.dumps(message), flush=True)


def adds():
    assert 1 + 1 == 2


def sorts():
    assert sorted([3, 1, 2]) == [1, 2, 3]


CASES = {{"adds": adds, "sorts": sorts}}


def run(case):
    say(type="case", id=case, begin=True)
    start, status, message = time.perf_counter(), "PASS", ""
    try:
        CASES[case]()
    except Exception as error:
        status, message = "FAIL", f"{{type(error).__name__}}: {{error}}"
    seconds = time.perf_counter() - start
    say(type="case", id=case, status=status, message=message, seconds=seconds, device=DEVICE)


def main():
    wanted = [case for case in CASES if ONLY in ("", case)]
    start = time.perf_counter()
    say(type="hello", protocol=1, suite="{name}", total=len(wanted))
    for case in wanted:
        run(case)
    rate = len(wanted) / (time.perf_counter() - start)
    say(type="metric", name="rate", unit="cases/s", better="higher", value=rate)
    say(type="bye")


if __name__ == "__main__":
    main()
'''
_PROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "0.1"
description = "A suite for Coevo"
requires-python = ">=3.9"

# With this Coevo finds the suite wherever the package is installed beside it.
[project.entry-points."coevo.suites"]
"{name}" = "{module}"

[tool.setuptools]
py-modules = ["{module}"]
"""
_MATRIX = """# Try it:  coevo suite run {name} --matrix matrix.yaml
# On the grid:  coevo up --matrix matrix.yaml
name: {name}
axes:
  site: [lab]
  accelerator: [cpu]
suites:
  {key}:
    command: [python3, {program}]
    timeout: 5m
    metrics:
      rate: {{unit: cases/s, better: higher}}
"""


def made(called: str, folder: Path) -> tuple[Path, ...]:
    """The files of a new suite; CoevoError where the name is none, or the folder is there."""
    module = re.sub(r"[^a-z0-9]+", "_", _checked(called))
    module = module if module[0].isalpha() else f"suite_{module}"
    whole = folder.absolute()
    program = whole / f"{module}.py"
    texts = {
        program: _PROGRAM.format(name=called),
        whole / "pyproject.toml": _PROJECT.format(name=called, module=module),
        whole / "matrix.yaml": _MATRIX.format(
            name=called, key=json.dumps(called), program=json.dumps(str(program))
        ),
    }
    try:
        whole.mkdir(parents=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    except FileExistsError as error:
        hint = "name another one with --folder"
        raise CoevoError.because(f"{folder} is there already", hint) from error
    except OSError as error:
        raise CoevoError.because(f"{folder} cannot be made: {error.strerror}") from error
    return tuple(texts)


def _checked(called: str) -> str:
    try:
        return name(called)
    except Misfit as misfit:
        raise CoevoError.because(misfit.problem, misfit.hint or shown(called)) from misfit
