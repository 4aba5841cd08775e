"""A project's own pytest suite, joined with the plug-in: each test is a case, told as it comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joined_projects import AGAIN, PYTEST, by_id, joining, project
from slots import carried, report_of

from matrix.status import Status
from runners.work import CaseResult

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pytest-live")]

FLAKY = """
COUNT = [0]


def test_flaky():
    COUNT[0] += 1
    assert COUNT[0] > 2, f"try {COUNT[0]}"


def test_hopeless():
    assert False, "never"


def test_good():
    pass
"""
CRASH = """
import os


def test_before():
    pass


def test_crash():
    os.abort()


def test_after():
    pass
"""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseResult]:
    folder = tmp_path_factory.mktemp("live")
    return by_id(report_of(folder / "home", joining(project(folder / "repo"))))


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("test_good", Status.PASS, ""),
        ("test_bad", Status.FAIL, "assert 1 == 2"),
        ("test_known", Status.FAIL, "known upstream"),
        ("test_left", Status.SKIP, "no such device"),
        ("test_around", Status.ERROR, "in its setup: RuntimeError: no device"),
        ("test_sized[1]", Status.PASS, ""),
        ("test_sized[2]", Status.PASS, ""),
    ],
)
def test_each_test_is_a_case(
    cases: dict[str, CaseResult], name: str, status: Status, message: str
) -> None:
    assert cases[name].status is status
    assert cases[name].message.partition("\n")[0] == message


def test_an_expected_failure_is_known_as_such(cases: dict[str, CaseResult]) -> None:
    assert {name for name, case in cases.items() if case.expected} == {"test_known"}


def test_ids_are_those_of_pytest(cases: dict[str, CaseResult]) -> None:
    assert cases["test_good"].id == "tests/test_it.py::test_good"


def test_a_failure_keeps_its_traceback_and_output(cases: dict[str, CaseResult]) -> None:
    detail = json.loads(cases["test_bad"].detail)
    assert "assert 1 == 2" in detail["traceback"]
    assert detail["stdout"] == "to be seen\n"


def test_recorded_properties_are_kept(cases: dict[str, CaseResult]) -> None:
    assert json.loads(cases["test_sized[2]"].detail) == {"size": "2"}


def test_every_case_has_its_time(cases: dict[str, CaseResult]) -> None:
    assert all(case.seconds is not None and case.seconds >= 0 for case in cases.values())


def test_a_failure_can_be_repeated_by_hand(cases: dict[str, CaseResult]) -> None:
    repeat = cases["test_bad"].repeat
    assert repeat.startswith("git clone --quiet file://")
    assert "COEVO_CASE=tests/test_it.py::test_bad" in repeat
    assert "COEVO_JOINED=" in repeat


def test_progress_knows_how_many_will_come(tmp_path: Path) -> None:
    slow = "import time\n\n\ndef test_a():\n    time.sleep(0.6)\n\n\ndef test_b():\n    pass\n"
    done = carried(tmp_path / "home", joining(project(tmp_path / "repo", slow)))

    assert done.reports[0].status is Status.PASS
    assert done.progress[-1].total in {0, 2}


def test_reruns_keep_what_they_found(tmp_path: Path) -> None:
    found = by_id(
        report_of(
            tmp_path / "home",
            joining(project(tmp_path / "repo", FLAKY, conftest=AGAIN)),
        )
    )

    flaky, hopeless = found["test_flaky"], found["test_hopeless"]
    assert (flaky.status, flaky.flaky) == (Status.PASS, True)
    assert flaky.message.startswith("passed at try 3: ")
    tries = json.loads(flaky.detail)["attempts"]
    assert [one["status"] for one in tries] == ["FAIL", "FAIL"]
    assert ["try 1" in tries[0]["message"], "try 2" in tries[1]["message"]] == [True, True]
    assert (hopeless.status, hopeless.flaky) == (Status.FAIL, False)
    assert len(json.loads(hopeless.detail)["attempts"]) == 2
    assert not found["test_good"].flaky


def test_a_crash_is_the_case_it_happened_in_and_the_rest_is_run(tmp_path: Path) -> None:
    report = report_of(tmp_path / "home", joining(project(tmp_path / "repo", CRASH)))

    found = by_id(report)
    assert {name: case.status for name, case in found.items()} == {
        "test_before": Status.PASS,
        "test_crash": Status.FAIL,
        "test_after": Status.PASS,
    }
    assert found["test_crash"].message.startswith("it was ended by SIGABRT inside this case")
    assert report.status is Status.FAIL


def test_a_crash_in_a_second_try_keeps_the_first(tmp_path: Path) -> None:
    body = """
import os

COUNT = [0]


def test_it():
    COUNT[0] += 1
    assert COUNT[0] > 1
    os.abort()
"""
    report = report_of(
        tmp_path / "home",
        joining(project(tmp_path / "repo", body, conftest=AGAIN)),
    )

    (case,) = report.cases
    assert case.status is Status.FAIL
    assert [one["status"] for one in json.loads(case.detail)["attempts"]] == ["FAIL"]


def test_a_module_that_cannot_be_imported_is_a_case_that_is_an_error(tmp_path: Path) -> None:
    report = report_of(tmp_path / "home", joining(project(tmp_path / "repo", "import nowhere\n")))

    (case,) = report.cases
    assert (case.id, case.status) == ("tests/test_it.py", Status.ERROR)
    assert "No module named 'nowhere'" in json.loads(case.detail)["traceback"]


def test_a_module_that_is_left_out_as_a_whole_says_why(tmp_path: Path) -> None:
    body = "import pytest\n\npytest.importorskip('nowhere')\n"
    made = project(tmp_path / "repo", body, test_other="def test_a():\n    pass\n")
    found = {case.id: case for case in report_of(tmp_path / "home", joining(made)).cases}

    assert found["tests/test_it.py"].status is Status.SKIP
    assert "could not import 'nowhere'" in found["tests/test_it.py"].message
    assert found["tests/test_other.py::test_a"].status is Status.PASS


def test_no_test_at_all_is_never_a_pass(tmp_path: Path) -> None:
    report = report_of(tmp_path / "home", joining(project(tmp_path / "repo", "X = 1\n")))

    (case,) = report.cases
    assert (case.id, report.status) == ("coevo.command", Status.ERROR)
    assert "exit code 5" in case.message


def test_a_wrong_option_is_the_tests_own_error(tmp_path: Path) -> None:
    made = project(tmp_path / "repo")
    report = report_of(tmp_path / "home", joining(made, (*PYTEST, "--no-such-option")))

    assert report.status is Status.ERROR
    assert "exit code 4" in report.cases[0].message


def test_shards_part_the_tests_between_them(tmp_path: Path) -> None:
    made = project(tmp_path / "repo", FLAKY.replace("assert", "pass  #"))
    names = [
        {case.id for case in report_of(tmp_path / "home", joining(made, shard=n, shards=2)).cases}
        for n in (1, 2)
    ]

    assert len(names[0]) == 2
    assert len(names[1]) == 1
    assert not names[0] & names[1]


def test_a_shard_that_gets_no_test_is_no_error(tmp_path: Path) -> None:
    made = project(tmp_path / "repo", "def test_a():\n    pass\n")
    report = report_of(tmp_path / "home", joining(made, shard=2, shards=2))

    assert (report.status, report.cases) == (Status.DONE, ())


def test_one_case_can_be_asked_for(tmp_path: Path) -> None:
    only = (("COEVO_CASE", "tests/test_it.py::test_bad"), ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"))
    report = report_of(tmp_path / "home", joining(project(tmp_path / "repo"), env=only))

    assert [case.id for case in report.cases] == ["tests/test_it.py::test_bad"]


def test_workers_of_xdist_are_told_by_the_first_process(tmp_path: Path) -> None:
    body = CRASH.replace("os.abort()", "os._exit(3)")
    report = report_of(
        tmp_path / "home",
        joining(project(tmp_path / "repo", body), (*PYTEST, "-p", "xdist", "-n", "2")),
    )

    found = by_id(report)
    assert found["test_before"].status is Status.PASS
    assert found["test_after"].status is Status.PASS
    assert found["test_crash"].status is Status.FAIL
    assert "crashed while running" in found["test_crash"].message


def test_a_pytest_that_a_test_starts_tells_nothing(tmp_path: Path) -> None:
    body = """
import subprocess
import sys


def test_outer(tmp_path):
    inner = tmp_path / "test_inner.py"
    inner.write_text("def test_inner():\\n    assert 0\\n")
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", str(inner)], check=False)
    assert ran.returncode == 1
"""
    report = report_of(tmp_path / "home", joining(project(tmp_path / "repo", body)))

    assert [case.id for case in report.cases] == ["tests/test_it.py::test_outer"]
    assert report.status is Status.PASS


def test_a_hang_inside_a_test_is_that_test(tmp_path: Path) -> None:
    body = "import time\n\n\ndef test_hangs():\n    time.sleep(600)\n\n\ndef test_on():\n    pass\n"
    report = report_of(
        tmp_path / "home",
        joining(project(tmp_path / "repo", body), timeout_seconds=2.5),
    )

    found = by_id(report)
    assert found["test_hangs"].status is Status.FAIL
    assert found["test_on"].status is Status.PASS
