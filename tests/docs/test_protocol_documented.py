"""The page on the protocol: its examples run, and it names every variable, type and key."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import replace
from pathlib import Path

from slots import report_of
from tickets import ticket

from matrix.status import Status
from runners import guard, invocation, protocol
from runners.suites import harness

PAGE = (Path(__file__).parents[2] / "docs" / "suites" / "protocol.md").read_text()


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_python_example_is_a_suite_of_twenty_lines(tmp_path: Path) -> None:
    script = tmp_path / "sums.py"
    script.write_text(example("python"))
    assert len(example("python").strip().splitlines()) == 20
    report = report_of(tmp_path / "home", replace(ticket(), command=(sys.executable, str(script))))
    assert report.status is Status.PASS
    assert [case.id for case in report.cases] == ["ints", "floats"]
    assert (report.metrics[0].name, report.facts[0].value) == ("speed", sys.platform)


def test_the_shell_example_is_a_suite(tmp_path: Path) -> None:
    report = report_of(tmp_path, ticket(example("sh")))
    assert report.status is Status.PASS
    assert [case.id for case in report.cases] == ["write"]


def test_every_variable_is_documented() -> None:
    source = inspect.getsource(invocation) + inspect.getsource(harness) + inspect.getsource(guard)
    names = set(re.findall(r"COEVO_[A-Z_]*[A-Z]", source)) - {"COEVO_PROGRAM"}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()


def test_every_message_and_key_is_documented() -> None:
    source = inspect.getsource(protocol)
    keys = set(re.findall(r'fields\.\w+\("(\w+)"\)', source)) | set(protocol._READERS)
    assert {key for key in keys if f"`{key}" not in PAGE and f'"{key}"' not in PAGE} == set()
    assert all(f"`{status}`" in PAGE for status in Status)
