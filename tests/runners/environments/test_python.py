"""Pythons that a runner's owner has made, of every version that can be had here."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from brought import TOY, VERSION, pythons, venv_with_toy
from slots import carried, report_of
from tickets import BYE, HELLO, end, ticket

from matrix.status import Layer, Status
from runners.environments.bindings import Binding, Bindings, Kind
from runners.environments.provider import Unprepared
from runners.environments.python import name, program, refuse_old
from runners.environments.shelf import kept
from runners.work import Report

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environments")]
HERE = pythons()
OLD = [version for version in HERE if int(version[2:]) < 9]
FIT = [version for version in HERE if version not in OLD]


def brought(path: Path | str, suite: str = "") -> Bindings:
    return Bindings((Binding(Kind.PYTHON, str(path), suite),))


def probed(home: Path, bindings: Bindings) -> Report:
    asked = ticket(suite="probe", program="probe")
    return report_of(home, replace(asked, command=()), bindings)


@pytest.mark.parametrize("version", FIT)
def test_a_built_in_suite_runs_in_a_python_of(version: str, tmp_path: Path) -> None:
    venv = venv_with_toy(tmp_path, HERE[version])
    report = probed(tmp_path / "home", brought(venv))
    assert report.status is Status.PASS, report
    observed = {one.name: one.version for one in report.observed}
    assert observed["python"].startswith(f"{version}.")
    assert observed[TOY] == VERSION


@pytest.mark.parametrize("version", OLD)
def test_an_older_one_is_refused_in_a_sentence(version: str, tmp_path: Path) -> None:
    report = report_of(tmp_path, ticket(), brought(HERE[version]))
    assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert report.reason.endswith("suites need 3.9 or later.")
    assert f"is Python {version}." in report.reason


@pytest.mark.parametrize(
    ("version", "is_fit"),
    [("2.7.18", False), ("3.8.20", False), ("3.9.0", True), ("3.15.0", True), ("4.0", True)],
)
def test_what_is_too_old_is_known_by_its_version(version: str, *, is_fit: bool) -> None:
    if is_fit:
        return refuse_old(version, "x")
    with pytest.raises(Unprepared, match=f"x is Python {version}: suites need 3.9"):
        refuse_old(version, "x")
    return None


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    return venv_with_toy(tmp_path)


def test_it_is_named_by_its_prefix_or_by_its_program(venv: Path) -> None:
    assert program(venv) == program(venv / "bin" / "python") == venv / "bin" / "python"


def test_a_link_stays_one_since_it_makes_the_venv(venv: Path) -> None:
    assert program(venv).is_symlink()


@pytest.mark.parametrize(
    ("path", "told"),
    [("absent", "is not there"), ("empty", "holds no bin/python"), ("file", "holds no bin/python")],
)
def test_what_is_no_python_is_told(tmp_path: Path, path: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    report = report_of(tmp_path / "home", ticket(), brought(tmp_path / path))
    assert report.status is Status.MISS
    assert told in report.reason


def test_a_program_that_is_no_python_is_told_in_its_own_words(tmp_path: Path) -> None:
    false = tmp_path / "python"
    false.write_text("#!/bin/sh\necho I am a shell >&2\nexit 3\n")
    false.chmod(0o755)
    report = report_of(tmp_path / "home", ticket(), brought(false))
    assert report.reason == f"{false} does not run: I am a shell."


def test_a_venv_is_active_for_the_suite(venv: Path, tmp_path: Path) -> None:
    script = HELLO + 'echo "at $VIRTUAL_ENV with $(command -v python)"\n' + BYE
    found = carried(tmp_path / "home", ticket(script), bindings=brought(venv))
    assert f"at {venv} with {venv}/bin/python\n".encode() in found.log


def test_a_conda_prefix_is_active_for_the_suite(venv: Path, tmp_path: Path) -> None:
    (venv / "pyvenv.cfg").rename(venv / "was.cfg")
    (venv / "conda-meta").mkdir()
    script = HELLO + 'echo "at $CONDA_PREFIX, $VIRTUAL_ENV."\n' + BYE
    found = carried(tmp_path / "home", ticket(script), bindings=brought(venv))
    assert f"at {venv}, .\n".encode() in found.log


def test_suites_without_a_lock_run_in_it_too(venv: Path, tmp_path: Path) -> None:
    script = HELLO + begun("python -c 'import coevo_toy'") + BYE
    assert report_of(tmp_path / "home", ticket(script), brought(venv)).status is Status.PASS
    assert report_of(tmp_path / "home", ticket(script)).status is Status.FAIL


def begun(command: str) -> str:
    """A case that passes where a command does."""
    return f"if {command}; then\n{end('a')}else\n{end('a', 'FAIL')}fi\n"


def test_it_serves_just_the_suite_that_it_is_for(venv: Path, tmp_path: Path) -> None:
    script = HELLO + begun("python -c 'import coevo_toy'") + BYE
    mine, other = ticket(script, suite="mine"), ticket(script, suite="other", job=2)
    found = carried(tmp_path / "home", mine, other, bindings=brought(venv, "mine"))
    assert [one.status for one in found.reports] == [Status.PASS, Status.FAIL]


def test_its_version_is_asked_again_where_another_is_put_in_its_place(
    venv: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    report_of(home, ticket(), brought(venv))
    python = venv / "bin" / "python"
    python.unlink()
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    made = kept(home)[0].record
    assert report_of(home, ticket(job=2), brought(venv)).status is Status.DONE
    assert kept(home)[0].record != made


def test_nothing_is_installed_into_it(venv: Path, tmp_path: Path) -> None:
    before = sorted(venv.rglob("*"))
    report_of(tmp_path / "home", ticket(), brought(venv))
    assert sorted(path for path in venv.rglob("*") if "__pycache__" not in path.parts) == before


def test_two_report_the_same_where_the_same_is_installed(venv: Path, tmp_path: Path) -> None:
    def fingerprint() -> str:
        report = report_of(tmp_path / "home", ticket(), brought(venv))
        return {fact.name: fact.value for fact in report.facts}["environment.installed"]

    first = fingerprint()
    assert fingerprint() == first
    (info,) = venv.glob("lib/python3*/site-packages/coevo_toy-*.dist-info")
    shutil.rmtree(info)
    assert fingerprint() != first


def test_a_python_that_breaks_behind_its_suite_costs_what_it_would_have_told(
    venv: Path, tmp_path: Path
) -> None:
    broken = HELLO + end("a") + BYE + f"rm {venv}/bin/python\n"
    found = carried(tmp_path / "home", ticket(broken), bindings=brought(venv))
    assert found.reports[0].status is Status.PASS
    assert found.reports[0].observed == ()
    assert b"coevo: " in found.log


def test_each_path_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert name(tmp_path / "a") != name(tmp_path / "b")
    assert name(tmp_path / "a").startswith("python-")
