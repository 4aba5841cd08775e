"""Following a pytest: what its plug-in says is taken line by line, whatever that is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from runners.suites.pytest_lines import DESCRIPTOR, NAME, PLUGIN, Session
from runners.suites.results.boundary import BROKEN
from runners.suites.results.said import Begun, Case, Metric

pytestmark = pytest.mark.slow
TOTAL = {"total": 2}
BEGIN = {"type": "case", "id": "a", "begin": True}
END = {"type": "case", "id": "a", "status": "PASS", "seconds": 0.5}


class Heard(NamedTuple):
    """What was heard of one run."""

    total: int | None
    said: list[object]
    code: int


def saying(lines: Sequence[object], more: str = "") -> list[str]:
    """A program that says these lines where the plug-in would, and then does more."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    data = "".join(f"{text}\n" for text in texts)
    body = f"import os, sys; fd = int(os.environ['{DESCRIPTOR}']); os.write(fd, {data!r}.encode())"
    return [sys.executable, "-c", f"{body}\n{more}"]


def heard(command: list[str]) -> Heard:
    session = Session(command)
    with session:
        total = session.total()
        said: list[object] = list(session.said())
        return Heard(total, said, session.ended())


def test_what_it_says_comes_in_order() -> None:
    found = heard(saying([TOTAL, BEGIN, END]))

    assert found.total == 2
    assert found.said == [Begun("a"), Case("a", "PASS", 0.5)]
    assert found.code == 0


def test_metrics_may_be_said_too() -> None:
    metric = {"type": "metric", "name": "m", "value": 3, "unit": "s", "better": "lower"}
    found = heard(saying([TOTAL, metric]))

    assert found.said == [Metric("m", (3.0,), "s", "lower")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json", "no JSON"),
        ("7", "7 is not an object"),
        ('{"type": "case", "id": "a", "status": "GREAT"}', "'GREAT' is none of"),
        ('{"type": "case", "status": "PASS"}', "None is not a text"),
        ('{"type": "song"}', "not case, metric or fact"),
        ('{"type": "metric", "name": "m", "value": NaN}', "NaN is no JSON number"),
    ],
)
def test_a_line_that_is_none_ends_it_as_an_error(line: str, told: str) -> None:
    found = heard(saying([TOTAL, END, line, END]))

    first, last = found.said
    assert first == Case("a", "PASS", 0.5)
    assert isinstance(last, Case)
    assert (last.id, last.status) == (BROKEN, "ERROR")
    assert last.message.startswith("the plug-in's ")
    assert told in last.message


@pytest.mark.parametrize(
    ("first", "total"),
    [
        ({"total": 0}, 0),
        ({"total": 7}, 7),
        ({"total": -1}, None),
        ({"total": "many"}, None),
        ({}, None),
        ("garbage", None),
        ("[]", None),
    ],
)
def test_how_many_there_will_be(first: object, total: int | None) -> None:
    assert heard(saying([first])).total == total


def test_a_program_that_says_nothing_has_no_total() -> None:
    assert heard([sys.executable, "-c", ""]) == Heard(None, [], 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("sys.exit(3)", 3),
        ("os.abort()", -6),
        ("os.kill(os.getpid(), 9)", -9),
    ],
)
def test_how_it_ended_is_known(more: str, code: int) -> None:
    found = heard(saying([TOTAL, BEGIN], more))

    assert found.said == [Begun("a")]
    assert found.code == code


def test_a_line_that_was_cut_off_is_no_line() -> None:
    more = f"os.write(fd, {json.dumps(END)[:20]!r}.encode())"

    assert heard(saying([TOTAL, BEGIN], more)).said == [Begun("a")]


def test_what_it_leaves_behind_is_not_waited_for() -> None:
    """A process that a test has started may hold the pipe for as long as it likes."""
    more = (
        "import subprocess\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'], pass_fds=[fd])"
    )
    found = heard(saying([TOTAL, END], more))

    assert found.said == [Case("a", "PASS", 0.5)]


def test_a_line_without_an_end_is_bounded() -> None:
    more = "os.write(fd, b'x' * 3_000_000)"
    found = heard(saying([TOTAL], more))

    last = found.said[-1]
    assert isinstance(last, Case)
    assert last.id == BROKEN


def test_the_plug_in_is_given_beside_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/own/path")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--own")
    code = (
        "import json, os; fd = int(os.environ.pop('COEVO_PYTEST_FD'));"
        "said = {'type': 'fact', 'name': 'seen', 'value': "
        "os.environ['PYTHONPATH'] + ' ' + os.environ['PYTEST_ADDOPTS']};"
        "os.write(fd, (json.dumps({'total': 1}) + chr(10) + json.dumps(said) + chr(10)).encode())"
    )
    (fact,) = heard([sys.executable, "-c", code]).said

    assert getattr(fact, "value", "") == f"{PLUGIN}{os.pathsep}/own/path --own -p {NAME}"


def test_the_plug_in_lies_alone_in_its_folder() -> None:
    assert sorted(path.name for path in PLUGIN.glob("*.py")) == ["__init__.py", f"{NAME}.py"]


def test_a_program_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        Session(["/nowhere/at/all"])
