"""The program that runs a command of somebody else's, started by hand in the oldest Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from runners.invocation import LAUNCHER
from runners.protocol import Bye, Hello, Message, parse
from runners.work import CaseResult, MetricValue

pytestmark = pytest.mark.slow


def runs(path: str | None) -> bool:
    """Whether there is a Python there, and not only the name of one."""
    return path is not None and subprocess.run([path, "-c", ""], check=False).returncode == 0


OLD = next(filter(runs, map(shutil.which, ("python3.9", "python3.10"))), None)


class Joined(NamedTuple):
    """What it said, and how its process ended."""

    lines: tuple[Message, ...]
    code: int
    log: str

    @property
    def cases(self) -> list[CaseResult]:
        return [one for one in self.lines if isinstance(one, CaseResult)]


def joined(place: Path, command: list[str], python: str = sys.executable, **said: object) -> Joined:
    env = {"PATH": os.environ["PATH"], "COEVO_JOINED": json.dumps({"command": command, **said})}
    ran = subprocess.run(
        [python, "-I", "-S", str(LAUNCHER), "joined"],
        cwd=place,
        env=env,
        capture_output=True,
        check=False,
        timeout=60,
    )
    lines = tuple(parse(line) for line in ran.stdout.splitlines())
    assert all(line is not None and not hasattr(line, "problem") for line in lines), ran.stdout
    return Joined(lines, ran.returncode, ran.stderr.decode())  # type: ignore[arg-type] # reason: just checked


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]


@pytest.mark.parametrize(
    ("kind", "text", "ids"),
    [
        ("junit", '<testsuite><testcase name="a"/></testsuite>', ["a"]),
        ("ctrf", '{"results": {"tests": [{"name": "a", "status": "passed"}]}}', ["a"]),
        ("jsonl", '{"type": "case", "id": "a", "status": "PASS"}', ["a"]),
        ("vllm-bench", '{"request_throughput": 2}', ["serve"]),
        (
            "pytorch-benchmark-v3",
            '{"metric": {"name": "m", "benchmark_values": [1]}}',
            ["benchmark"],
        ),
    ],
)
def test_each_format_is_said_as_protocol(
    tmp_path: Path, kind: str, text: str, ids: list[str]
) -> None:
    (tmp_path / "given").write_text(text)
    found = joined(tmp_path, shell("cp given out"), format=kind, path="out")

    assert isinstance(found.lines[0], Hello)
    assert isinstance(found.lines[-1], Bye)
    assert [case.id for case in found.cases] == ids


@pytest.mark.skipif(OLD is None, reason="no older Python is installed here")
def test_an_older_python_says_the_same(tmp_path: Path) -> None:
    assert OLD is not None
    given = '{"results": {"tests": [{"name": "a", "status": "failed", "retries": 1}]}}'
    (tmp_path / "given").write_text(given)
    both = [
        joined(tmp_path, shell("cp given out"), python, format="ctrf", path="out").cases
        for python in (OLD, sys.executable)
    ]

    assert both[0] == both[1]


def test_units_that_the_file_says_go_before_the_declared_ones(tmp_path: Path) -> None:
    line = {"type": "metric", "name": "m", "value": 1, "unit": "ms", "better": "lower"}
    (tmp_path / "given").write_text(json.dumps(line))
    found = joined(
        tmp_path,
        shell("cp given out"),
        format="jsonl",
        path="out",
        metrics={"m": ["s", "higher"]},
    )
    (metric,) = [one for one in found.lines if isinstance(one, MetricValue)]

    assert (metric.unit, metric.better) == ("ms", "lower")


@pytest.mark.parametrize("signal", ["SEGV", "KILL", "TERM"])
def test_it_dies_as_its_command_died(tmp_path: Path, signal: str) -> None:
    found = joined(tmp_path, shell(f"kill -{signal} $$"), format="junit", path="out")

    assert found.code == -{"SEGV": 11, "KILL": 9, "TERM": 15}[signal]
    assert found.lines == ()


def test_a_command_that_dies_behind_its_results_is_told_with_them(tmp_path: Path) -> None:
    (tmp_path / "given").write_text('<testsuite><testcase name="a"/></testsuite>')
    found = joined(tmp_path, shell("cp given out; kill -SEGV $$"), format="junit", path="out")

    assert [(case.id, case.status) for case in found.cases] == [
        ("a", "PASS"),
        ("coevo.command", "ERROR"),
    ]
    assert found.cases[1].message == "sh ended with signal 11, and no case says why"


def test_the_folder_has_to_be_there(tmp_path: Path) -> None:
    found = joined(tmp_path, shell("true"), folder="source/absent", format="junit", path="x")

    assert found.cases[0].id == "coevo.command"
    assert "its folder is not there" in found.cases[0].message


def test_the_command_does_not_see_what_the_program_was_told(tmp_path: Path) -> None:
    found = joined(tmp_path, shell("env"), format="junit", path="x")

    assert "COEVO_JOINED" not in found.log
    assert "PATH=" in found.log
