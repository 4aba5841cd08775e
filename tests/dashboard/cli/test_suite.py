"""`coevo suite`: suites carried out here and now, with no server; looked at, made and checked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from calling import Caller, Said
from joined_projects import SUITE, project
from wheels import wheel

from runners.suites.results.boundary import read
from runners.suites.results.said import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
LINES = """
say() { echo "$1"; }
say '{"type": "hello", "protocol": 1, "suite": "s"}'
echo "a line of log" >&2
say '{"type": "case", "id": "good", "status": "PASS"}'
say '{"type": "case", "id": "left", "status": "SKIP", "message": "no device"}'
say '{"type": "metric", "name": "rate", "unit": "1/s", "better": "higher", "values": [1, 3, 2]}'
say '{"type": "bye"}'
"""
BAD = LINES.replace('"status": "PASS"', '"status": "FAIL", "message": "1 != 2"')
BROKEN = 'echo \'{"type": "hello"}\''
UNSTABLE = LINES.replace(
    'say \'{"type": "case", "id": "left"', 'say \'{"type": "case", "id": "\'$$\'"'
)
UNITLESS = LINES.replace('"unit": "1/s", ', "")
MACHINE = "echo '{}'; exit 1"
DEVICE = """
echo '{"type": "hello", "protocol": 1, "suite": "s"}'
printf '{"type": "case", "id": "case-%s-%s", "status": "PASS"}\\n' "$COEVO_CASE" "$COEVO_STACK"
echo '{"type": "bye"}'
"""


def matrix(folder: Path, **scripts: str) -> None:
    """A matrix here whose suites are scripts of the shell."""
    lines = "".join(
        f"  {name}: {{command: [sh, -c, {json.dumps(text)}], timeout: 1m}}\n"
        for name, text in scripts.items()
    )
    stacks = 'stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0"}}\n'
    head = "name: here\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n"
    (folder / "matrix.yaml").write_text(head + lines + stacks)


def ran(call: Caller, tmp_path: Path, script: str, *words: str) -> Said:
    matrix(tmp_path, own=script)
    return call("suite", "run", "own", *words)


@pytest.mark.parametrize(
    ("script", "code", "status"),
    [
        (LINES, 0, "PASS"),
        (BAD, 1, "FAIL"),
        (BROKEN, 1, "ERROR"),
        (MACHINE, 1, "ERROR"),
    ],
    ids=["passes", "fails", "breaks the protocol", "says garbage"],
)
def test_it_exits_with_what_came_out(
    call: Caller, tmp_path: Path, script: str, code: int, status: str
) -> None:
    said = ran(call, tmp_path, script)

    assert said.code == code
    assert f"{status} own on cpu" in said.out


def test_json_is_the_whole_report(call: Caller, tmp_path: Path) -> None:
    document = ran(call, tmp_path, LINES, "--json").document

    assert (document["suite"], document["stack"], document["device"]) == ("own", "stable", "cpu")
    assert (document["status"], document["layer"]) == ("PASS", "none")
    assert document["counts"] == {
        "FAIL": 0,
        "ERROR": 0,
        "MISS": 0,
        "PASS": 1,
        "DONE": 0,
        "SKIP": 1,
    }
    assert [case["id"] for case in document["cases"]] == ["good", "left"]
    assert document["metrics"][0]["values"] == [1.0, 3.0, 2.0]
    assert document["usage"]["run_seconds"] > 0


def test_a_person_sees_what_did_not_pass_and_what_was_measured(
    call: Caller, tmp_path: Path
) -> None:
    said = ran(call, tmp_path, BAD)

    assert "1 != 2" in said.out
    assert "no device" in said.out
    assert "2 1/s" in said.out
    assert "1 FAIL, 1 SKIP" in said.out
    assert "a line of log" not in said.out


def test_the_log_is_shown_where_it_is_asked_for(call: Caller, tmp_path: Path) -> None:
    said = ran(call, tmp_path, LINES, "--log")

    assert "a line of log" in said.err
    assert "a line of log" not in said.out


def test_the_last_lines_of_a_broken_one_are_shown(call: Caller, tmp_path: Path) -> None:
    assert "cannot open it" in ran(call, tmp_path, "echo cannot open it; exit 3").out


@pytest.mark.parametrize("kind", ["junit", "ctrf"])
def test_a_report_of_another_tools_format(call: Caller, tmp_path: Path, kind: str) -> None:
    said = ran(call, tmp_path, BAD, "--format", kind)
    found = [one for one in read(kind, said.out.encode()) if isinstance(one, Case)]

    assert said.code == 1
    assert [(one.id, one.status) for one in found] == [("good", "FAIL"), ("left", "SKIP")]


def test_its_metrics_as_benchmark_records(call: Caller, tmp_path: Path) -> None:
    (record,) = ran(call, tmp_path, LINES, "--format", "pytorch-benchmark-v3").document

    assert record["metric"]["benchmark_values"] == [1.0, 3.0, 2.0]
    assert record["benchmark"]["name"] == "own"


def test_one_case_and_a_stack_are_told_to_the_suite(call: Caller, tmp_path: Path) -> None:
    said = ran(call, tmp_path, DEVICE, "--select", "one", "--stack", "next", "--json")

    assert [case["id"] for case in said.document["cases"]] == ["case-one-next"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--stack", "nxt"), "there is no stack `nxt`"),
        (("--device", "xpu:7"), "this machine has no device xpu"),
        (("--format", "tap"), "there is no report format `tap`"),
    ],
)
def test_a_mistake_says_what_to_do(
    call: Caller, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    said = ran(call, tmp_path, LINES, *words)

    assert said.code == 2
    assert told in said.err
    assert "hint: " in said.err
    assert said.out == ""


def test_a_name_that_nobody_defines_is_a_mistake(call: Caller, tmp_path: Path) -> None:
    matrix(tmp_path, own=LINES)
    said = call("suite", "run", "smok")

    assert said.code == 2
    assert "nobody defines a suite `smok`" in said.err
    assert "did you mean `smoke`?" in said.err


def test_what_needs_more_than_this_machine_is_refused(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text(
        "name: here\naxes: {site: [lab], accelerator: [cpu]}\n"
        "suites:\n  own: {command: [run], needs: {devices: 99}}\n"
    )
    said = call("suite", "run", "own")

    assert said.code == 2
    assert "own cannot run here: needs 99 devices" in said.err


def test_a_suite_brings_its_environment(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello = '{"type": "hello", "suite": "toys", "protocol": 1}'
    body = f"""import coevo_toy
print({hello!r})
print('{{"type": "case", "id": "' + coevo_toy.__name__ + '", "status": "PASS"}}')
print('{{"type": "bye"}}')"""
    (tmp_path / "matrix.yaml").write_text(
        "name: here\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n  toys:\n"
        f"    command: [python, -c, {json.dumps(body)}]\n"
        '    environment: {requirements: ["coevo-toy=={toy}"]}\n    takes: [toy]\n'
        'stacks: {stable: {toy: "1.5"}, other: {torch: "2.13.0"}}\n'
    )
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    wheel(tmp_path / "links", "coevo_toy", "1.5")
    document = call("suite", "run", "toys", "--find-links=links", "--json").document

    assert (document["status"], document["cases"][0]["id"]) == ("PASS", "coevo_toy")
    observed = {one["name"]: one["version"] for one in document["observed"]}
    assert observed["coevo-toy"] == "1.5"

    lacking = call("suite", "run", "toys", "--find-links=links", "--stack", "other")
    assert lacking.code == 2
    assert "the stack other has no toy" in lacking.err


def test_a_project_joins_by_yaml_alone(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way: a repository, its commit, its own pytest, told live and by JUnit."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    made, commit = project(tmp_path / "repo", SUITE)
    pytest_words = json.dumps([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"])
    junit_words = json.dumps(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml", "r.xml"]
    )
    (tmp_path / "matrix.yaml").write_text(
        "name: here\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n"
        f"  live:\n    command: {pytest_words}\n"
        f"    workdir: {{git: {made.url}, commit: {commit}}}\n"
        "    results: {format: pytest}\n"
        f"  files:\n    command: {junit_words}\n"
        f"    workdir: {{git: {made.url}, commit: {commit}}}\n"
        "    results: {format: junit, path: r.xml}\n"
    )
    found = {name: call("suite", "run", name, "--json").document for name in ("live", "files")}

    assert found["live"]["counts"] == found["files"]["counts"]
    assert found["live"]["counts"]["PASS"] == 3
    assert found["live"]["counts"]["FAIL"] == 2
    ids = {name: sorted(c["id"] for c in one["cases"]) for name, one in found.items()}
    assert ids["live"][0] == "tests/test_it.py::test_around"
    assert ids["files"][0] == "tests.test_it::test_around"


@pytest.mark.parametrize(
    ("script", "code", "told"),
    [
        (LINES, 0, "own: 2 cases, 1 metrics, the same in two runs"),
        (BAD, 0, "own: 2 cases, 1 metrics, the same in two runs"),
        (BROKEN, 1, "mistake: It printed what does not parse"),
        (UNSTABLE, 1, "mistake: two runs have different cases"),
        (UNITLESS, 1, "mistake: the metric rate has no unit"),
    ],
    ids=["sound", "failing", "broken", "unstable", "without unit"],
)
def test_check_says_what_is_wrong(
    call: Caller, tmp_path: Path, script: str, code: int, told: str
) -> None:
    matrix(tmp_path, own=script)
    said = call("suite", "check", "own")

    assert said.code == code
    assert told in said.out


def test_check_as_json(call: Caller, tmp_path: Path) -> None:
    matrix(tmp_path, own=UNITLESS)
    document = call("suite", "check", "own", "--json").document

    assert (document["suite"], document["device"], document["status"]) == ("own", "cpu", "PASS")
    (one,) = document["found"]
    assert one["kind"] == "mistake"
    assert one["problem"] == "the metric rate has no unit"
    assert "declare it" in one["hint"]


def test_a_new_suite_passes_its_check_and_runs(call: Caller, tmp_path: Path) -> None:
    made = call("suite", "new", "mine", "--json").document
    at = ("--matrix", "mine/matrix.yaml")

    assert [Path(path).name for path in made] == ["mine.py", "pyproject.toml", "matrix.yaml"]
    assert call("matrix", "check", "mine/matrix.yaml").code == 0
    assert call("suite", "check", "mine", *at).code == 0
    whole = call("suite", "run", "mine", *at, "--json").document
    assert [case["status"] for case in whole["cases"]] == ["PASS", "PASS"]
    only = call("suite", "run", "mine", *at, "--select", "sorts", "--json").document
    assert [case["id"] for case in only["cases"]] == ["sorts"]
    assert (tmp_path / ".coevo").is_dir()


def test_a_new_suite_can_fail(call: Caller, tmp_path: Path) -> None:
    call("suite", "new", "mine")
    program = tmp_path / "mine" / "mine.py"
    program.write_text(program.read_text().replace("1 + 1 == 2", "1 + 1 == 3"))
    said = call("suite", "run", "mine", "--matrix", "mine/matrix.yaml", "--format", "junit")

    assert said.code == 1
    (suite,) = ET.fromstring(said.out)
    assert suite.attrib["failures"] == "1"
