"""An attempt that was given files, repeated by its command elsewhere and in a fresh shell."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from handing import artifact, given, stocked
from slots import report_of
from tickets import ticket
from wheels import lock_of, wheel

from matrix.status import Status
from runners.environments.container import Container
from runners.environments.provider import Prepared
from runners.inputs import mounted
from runners.invocation import repeat
from runners.work import Report, Ticket

pytestmark = pytest.mark.slow
LOOK = "python -c 'import coevo_toy; print(coevo_toy.VERSION)'\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "with blank"
    folder.mkdir()
    return folder


def again(report: Report, folder: Path, shell: str = "sh") -> str:
    """What the suite prints when a person repeats it in a folder of their own."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ran = subprocess.run(
        [shell, "-c", report.repeat],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_files_are_put_in_place_from_the_machines_own(
    home: Path, elsewhere: Path, shell: str
) -> None:
    files = (stocked(home, b"one", "two words"), stocked(home, b"", "empty", "notes"))
    report = report_of(home, given(*files))
    printed = again(report, elsewhere, shell).splitlines()
    assert printed[1:-1] == ["notes/empty: ", "wheel/two words: one"]
    assert (elsewhere / ".coevo-artifacts" / "wheel" / "two words").read_bytes() == b"one"


def over(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Ticket:
    """A ticket whose environment has a toy, and is given a newer one."""
    links = tmp_path / "links"
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    monkeypatch.setenv("UV_OFFLINE", "1")
    made = wheel(tmp_path / "made", "coevo_toy", "2.0")
    one = stocked(home, made.read_bytes(), made.name)
    return replace(given(one, script=LOOK), lock=lock_of(wheel(links, "coevo_toy", "1.5")))


def test_wheels_are_installed_beside_it(
    tmp_path: Path, home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = report_of(home, over(tmp_path, home, monkeypatch))
    assert report.status is Status.DONE
    assert "2.0\n" in again(report, elsewhere)
    assert (elsewhere / ".coevo-site" / "coevo_toy.py").exists()


def test_a_path_of_the_suites_own_stays_behind_and_is_quoted(
    tmp_path: Path, home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = over(tmp_path, home, monkeypatch)
    shown = replace(asked, command=("sh", "-c", 'echo "$PYTHONPATH"'))
    report = report_of(home, replace(shown, env=(("PYTHONPATH", "/a $b\"'c"),)))
    assert again(report, elsewhere) == f"{elsewhere}/.coevo-site:/a $b\"'c\n"


def test_programs_of_wheels_come_first(
    tmp_path: Path, home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = over(tmp_path, home, monkeypatch)
    report = report_of(home, replace(asked, command=("sh", "-c", 'echo "$PATH"')))
    first, second, *_ = again(report, elsewhere).split(":")
    assert first == f"{elsewhere}/.coevo-site/bin"
    assert second.startswith(f"{home}/environments/")


def test_who_is_given_nothing_repeats_as_before(home: Path) -> None:
    line = repeat(replace(ticket(), command=("true",)), None, home=home)
    assert line.startswith("env COEVO_CELL=")
    assert "ARTIFACTS" not in line


def test_a_file_is_taken_from_where_the_machine_keeps_it(home: Path) -> None:
    one = artifact()
    words = shlex.split(repeat(given(one), None, home=home))
    place = f"{home}/artifacts/{one.digest[:2]}/{one.digest}"
    assert words[:7] == [
        "install", "-D", "-m", "644", place, ".coevo-artifacts/wheel/a.whl", "&&"
    ]  # fmt: skip


@pytest.mark.parametrize(("engine", "option"), [("podman", "--volume"), ("apptainer", "--bind")])
def test_in_an_image_they_are_mounted_where_it_is_told_they_are(
    home: Path, engine: str, option: str
) -> None:
    asked = given(artifact())
    prepared = Prepared(home, Path("python3"), Path(), (), Container(engine, "i@sha256:0"))
    words = shlex.split(repeat(asked, prepared, home=home))
    ((place, inside),) = mounted(asked, home)
    assert words[words.index(f"{place}:{inside}:ro") - 1] == option
    assert inside == "/.coevo-artifacts/wheel/a.whl"
    assert "COEVO_ARTIFACTS=/.coevo-artifacts" in words
    assert not [word for word in words if "COEVO_SITE" in word]
