"""Runs the command of a suite that does not speak for itself, and says what its results say.

    python -I …/runners/suites/__main__.py joined        with COEVO_JOINED, a JSON object

`command` is what is run, in `folder` (of the working folder) or in the installed package `package`.
With `format` and `path` its result files are read when it has ended; with the format `pytest` its
cases are said as they come, by a plug-in that is given to it. Without a format the command speaks
the protocol itself. Python >= 3.9 and the standard library only.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from runners.suites import harness, pytest_lines
from runners.suites.results import boundary
from runners.suites.results.said import Begun, Case, Fact, Metric, Said

COMMAND = "coevo.command"  # the case that tells what is wrong with the command
PYTEST = "pytest"
_SAID = "COEVO_JOINED"


class Asked(NamedTuple):
    """What is to be run. `metrics` maps a name to its declared unit and better direction."""

    command: list[str]
    format: str
    path: str
    folder: str
    package: str
    metrics: Mapping[str, tuple[str, str]]


class _NotThere(Exception):  # noqa: N818 - a state of the machine
    """The folder that the command is to be run in."""


def main() -> None:
    """Run it; ends as the command ended where that was by a signal."""
    asked = _asked(json.loads(os.environ.pop(_SAID)))
    try:
        os.chdir(_place(asked))
    except (_NotThere, OSError) as error:
        return _never_ran(f"its folder is not there: {error}")
    if not asked.format:
        os.dup2(harness.claim_output(), 1)
        return _become(asked.command)
    if asked.format == PYTEST:
        return _ended(_followed(asked))
    return _ended(_read_behind(asked))


def _asked(said: Mapping[str, object]) -> Asked:
    texts = {key: str(said.get(key, "")) for key in ("format", "path", "folder", "package")}
    command, metrics = said["command"], said.get("metrics", {})
    assert isinstance(command, list)
    assert isinstance(metrics, dict)
    return Asked(command=command, metrics=metrics, **texts)


def _place(asked: Asked) -> str:
    if not asked.package:
        return asked.folder or "."
    found = importlib.util.find_spec(asked.package)
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise _NotThere(f"the package {asked.package} is not installed")
    return places[0]


def _become(command: list[str]) -> None:
    try:
        os.execvp(command[0], command)  # noqa: S606 - argv as it was declared, never a shell
    except OSError as error:
        _never_ran(f"it could not be started: {error}")


def _never_ran(problem: str) -> None:
    with harness.suite() as suite:
        suite.ended(COMMAND, "ERROR", message=problem)


def _ended(code: int) -> None:
    """Die of the signal that ended the command: what that means is not ours to say."""
    if code < 0:
        sys.stderr.flush()
        if -code not in _FIXED:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)


def _read_behind(asked: Asked) -> int:
    """The command to its end, then its results; its exit code, negative for a signal."""
    _forget(asked.path)
    try:
        code = subprocess.run(asked.command, check=False, stdout=2).returncode
    except OSError as error:
        _never_ran(f"it could not be started: {error}")
        return 0
    if code < 0 and not boundary.found(asked.path):
        return code
    with harness.suite() as suite:
        is_told = _say(suite, boundary.results(asked.format, asked.path), asked.metrics)
        _judge(suite, asked, code, is_told=is_told)
    return 0


def _forget(pattern: str) -> None:
    """Results that lay there before are not this command's."""
    for path in boundary.found(pattern):
        Path(path).unlink()


def _followed(asked: Asked) -> int:
    """A pytest to its end, its cases as they come."""
    try:
        session = pytest_lines.Session(asked.command)
    except OSError as error:
        _never_ran(f"it could not be started: {error}")
        return 0
    with session:
        first = session.total()
        suite = harness.suite(total=first or 0, resume=True)
        suite.__enter__()
        is_told = _say(suite, session.said(), asked.metrics)
        code = session.ended()
        if code >= 0:
            _judge(suite, asked, code, is_told=is_told)
            suite.__exit__(None, None, None)
    return min(code, 0)


def _judge(suite: harness.Suite, asked: Asked, code: int, *, is_told: bool) -> None:
    """An exit code that no case explains is the test's own error."""
    if code and not is_told:
        name = Path(asked.command[0]).name
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        message = f"{name} ended with {how}, and no case says why"
        suite.ended(COMMAND, "ERROR", message=message)


def _say(
    suite: harness.Suite, told: Iterable[Said | Begun], metrics: Mapping[str, tuple[str, str]]
) -> bool:
    """Say all of it; whether some case is bad."""
    is_bad = False
    for one in told:
        if isinstance(one, Case):
            _case(suite, one)
            is_bad |= one.status in {"FAIL", "ERROR", "MISS"} and not one.again
        elif isinstance(one, Metric):
            unit, better = metrics.get(one.name, ("", ""))
            unit, better = one.unit or unit, one.better or better
            suite.metric(one.name, one.values, unit=unit, better=better, case=one.case)
        elif isinstance(one, Fact):
            suite.fact(one.name, one.value, "results")
        else:
            suite.begin(one.id)
    return is_bad


def _case(suite: harness.Suite, case: Case) -> None:
    said = {key: value for key, value in case._asdict().items() if key not in {"id", "status"}}
    suite.ended(case.id, case.status, **{**said, "detail": dict(case.detail) or None})


_FIXED = frozenset({signal.SIGKILL, signal.SIGSTOP})
