"""A command that leaves result files: run in a checkout, read when it has ended."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joined_projects import PYTEST, by_id, joining, project
from slots import carried, report_of
from tickets import ticket

from matrix.model import Metric, Results, Workdir
from matrix.status import Layer, Status
from runners.work import Ticket

pytestmark = pytest.mark.slow
FAILED = '<testsuite><testcase name="a"><failure message="no"/></testcase></testsuite>'
V3 = json.dumps([{"metric": {"name": "rate", "benchmark_values": [1.5, 2.5]}}])


def script(text: str) -> tuple[str, ...]:
    return ("sh", "-c", text)


def reading(text: str, kind: str = "junit", path: str = "out.xml", **changes: Any) -> Ticket:
    """A ticket of a script that is run in an empty folder."""
    return replace(ticket(text), results=Results(kind, path), **changes)


def test_junit_of_a_project_at_a_commit(tmp_path: Path) -> None:
    command = (*PYTEST, "--junit-xml", "out/report.xml")
    report = report_of(
        tmp_path / "home",
        joining(project(tmp_path / "repo"), command, kind="junit", path="out/report.xml"),
    )

    found = by_id(report)
    assert {name: case.status for name, case in found.items()} == {
        "test_good": Status.PASS,
        "test_bad": Status.FAIL,
        "test_known": Status.FAIL,
        "test_left": Status.SKIP,
        "test_around": Status.ERROR,
        "test_sized[1]": Status.PASS,
        "test_sized[2]": Status.PASS,
    }
    assert found["test_known"].expected
    assert found["test_bad"].id == "tests.test_it::test_bad"
    assert report.status is Status.FAIL
    assert report.layer is Layer.CODE


def test_the_commit_is_the_one_that_is_named(tmp_path: Path) -> None:
    made, first = project(tmp_path / "repo", "def test_it():\n    assert False\n")
    second = made.commit({"tests/test_it.py": "def test_it():\n    pass\n"})
    home = tmp_path / "home"
    statuses = [report_of(home, joining((made, at))).status for at in (second, first)]

    assert statuses == [Status.PASS, Status.FAIL]


def test_a_folder_of_the_checkout_can_be_named(tmp_path: Path) -> None:
    made, commit = project(tmp_path / "repo")
    at = Workdir(git=made.url, commit=commit, folder="tests")
    plain = joining((made, commit), script("pwd > out.txt; ls; exit 3"), kind="jsonl", path="x")
    done = carried(tmp_path / "home", replace(plain, workdir=at))

    assert b"test_it.py" in done.log


def test_metrics_take_unit_and_direction_from_the_declaration(tmp_path: Path) -> None:
    report = report_of(
        tmp_path / "home",
        reading(
            f"echo '{V3}' > bench.json",
            kind="pytorch-benchmark-v3",
            path="*.json",
            metrics=(Metric("rate", "tokens/s", "higher"),),
        ),
    )

    (metric,) = report.metrics
    assert metric.values == (1.5, 2.5)
    assert (metric.unit, metric.better) == ("tokens/s", "higher")
    assert report.status is Status.DONE


def test_results_that_lay_there_before_do_not_count(tmp_path: Path) -> None:
    made = project(tmp_path / "repo")
    made[0].commit({"old.json": V3})
    commit = made[0].git("rev-parse", "HEAD")
    report = report_of(
        tmp_path / "home",
        joining((made[0], commit), script("true"), kind="pytorch-benchmark-v3", path="old.json"),
    )

    assert report.status is Status.ERROR
    assert report.cases[0].message == "old.json was not written"


@pytest.mark.parametrize(
    ("text", "status", "told"),
    [
        ("true", Status.ERROR, "out.xml was not written"),
        ("echo '<testsuites' > out.xml", Status.ERROR, "out.xml:1:1: no XML: unclosed token"),
        ("exit 7", Status.ERROR, "out.xml was not written"),
        ("kill -SEGV $$", Status.ERROR, "It was ended by SIGSEGV outside any case"),
        (
            "echo '<testsuite><testcase name=\"a\"/></testsuite>' > out.xml; exit 7",
            Status.ERROR,
            "sh ended with exit code 7, and no case says why",
        ),
        (
            "echo '<testsuite><testcase name=\"a\"/></testsuite>' > out.xml",
            Status.PASS,
            "",
        ),
        (
            f"echo '{FAILED}' > out.xml; exit 1",
            Status.FAIL,
            "1 of 1 case failed: a: no",
        ),
    ],
)
def test_how_the_command_ends(tmp_path: Path, text: str, status: Status, told: str) -> None:
    report = report_of(
        tmp_path / "home",
        reading(text),
    )

    assert report.status is status
    assert told in f"{report.reason} {report.cases[0].message if report.cases else ''}"


def test_a_command_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    made = project(tmp_path / "repo")
    for kind, path in (("junit", "out.xml"), ("pytest", ""), ("", "")):
        report = report_of(
            tmp_path / "home", joining(made, ("/nowhere/at/all",), kind=kind, path=path)
        )
        assert report.status is Status.ERROR
        assert "could not be started" in report.cases[0].message


def test_a_program_that_speaks_for_itself_can_lie_in_a_checkout(tmp_path: Path) -> None:
    made, _ = project(tmp_path / "repo")
    speaking = """
import json
print(json.dumps({"type": "hello", "protocol": 1, "suite": "s"}))
print(json.dumps({"type": "case", "id": "a", "status": "PASS"}))
print(json.dumps({"type": "bye"}))
"""
    commit = made.commit({"suite.py": speaking})
    report = report_of(
        tmp_path / "home",
        joining((made, commit), (sys.executable, "suite.py"), kind=""),
    )

    assert report.status is Status.PASS
    assert [case.id for case in report.cases] == ["a"]


def test_an_installed_package_can_be_the_folder(tmp_path: Path) -> None:
    plain = replace(ticket(), command=script("ls; echo '{}' > out.json"))
    wanted = replace(
        plain,
        workdir=Workdir(package="json"),
        results=Results("jsonl", "never-written"),
    )
    done = carried(tmp_path / "home", replace(wanted, command=script("ls")))

    assert b"decoder.py" in done.log


def test_a_package_that_is_not_installed_is_an_error(tmp_path: Path) -> None:
    plain = replace(ticket(), command=script("true"), workdir=Workdir(package="nowhere_at_all"))
    report = report_of(tmp_path / "home", plain)

    assert report.status is Status.ERROR
    assert "the package nowhere_at_all is not installed" in report.cases[0].message


def test_what_the_command_prints_is_the_log(tmp_path: Path) -> None:
    text = 'echo \'{"type": "bye"}\'; echo plain; echo error >&2'
    done = carried(
        tmp_path / "home",
        reading(text),
    )

    assert b'{"type": "bye"}\nplain\nerror\n' in done.log
    assert done.reports[0].status is Status.ERROR


def test_the_device_and_the_shard_are_told_to_the_command(tmp_path: Path) -> None:
    text = "echo $COEVO_DEVICE $COEVO_SHARD/$COEVO_SHARDS ${COEVO_JOINED:-gone}"
    done = carried(
        tmp_path / "home",
        reading(text, shard=2, shards=3),
    )

    assert b"cpu 2/3 gone\n" in done.log
