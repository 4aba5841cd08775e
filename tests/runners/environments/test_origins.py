"""What pins are of, by a lock's text and what is noted beside wheels."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from wheels import wheel

from matrix.sources import source
from runners.environments.by_hand import script
from runners.environments.commits import NOTE, built_from
from runners.environments.origins import Origin, origins
from runners.environments.platforms import here
from runners.environments.shelf import Record

COMMIT = source("git+https://host.example/acme@" + "3c" * 20 + "#subdirectory=python")
RECORD = Record(platform=str(here()), python=here().python)


def noted(folder: Path) -> Path:
    """A wheel with the note of its commit beside it."""
    made = wheel(folder, "acme", "1.0.0")
    (folder / NOTE).write_text(f"{COMMIT}\n")
    return made


def locked(made: Path) -> str:
    return f"acme[fast] @ {made.as_uri()} \\\n    --hash=sha256:0\nnumpy==2.4.6 \\\n    --hash=x\n"


def test_a_release_is_a_version_and_a_kept_wheel_is_its_commit(tmp_path: Path) -> None:
    made = noted(tmp_path / "a wheel")
    acme, numpy = origins(locked(made))
    assert acme == Origin("acme", "", made.as_uri(), COMMIT)
    assert (numpy, numpy.told) == (Origin("numpy", "2.4.6"), "")
    assert acme.told == str(COMMIT)


def test_a_wheel_of_which_nothing_is_known_is_told_by_its_url(tmp_path: Path) -> None:
    (acme, _) = origins(locked(tmp_path / "acme-1-py3-none-any.whl"))
    assert (acme.commit, acme.told) == (None, (tmp_path / "acme-1-py3-none-any.whl").as_uri())


def test_a_note_that_is_none_tells_nothing(tmp_path: Path) -> None:
    made = noted(tmp_path)
    (tmp_path / NOTE).write_text("who knows")
    assert built_from(made) is None


def test_the_script_names_the_commit_and_how_to_build_it(tmp_path: Path) -> None:
    lines = script("abc", RECORD, locked(noted(tmp_path)), ()).splitlines()
    assert f"# acme is of {COMMIT}." in lines
    (build,) = [line for line in lines if "git clone" in line]
    assert build.startswith("#   git clone https://host.example/acme coevo-abc-acme && ")
    assert f"checkout {COMMIT.reference}" in build
    assert build.endswith("coevo-abc-acme/python")


def test_the_script_says_first_that_it_needs_uv(tmp_path: Path) -> None:
    for one in (RECORD, Record("python", python="3.11.2", origin="/opt/v")):
        (tmp_path / "make.sh").write_text(script("abc", one, "", ()))
        ran = subprocess.run(
            ["/bin/sh", "make.sh"],
            cwd=tmp_path,
            env={**os.environ, "PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 1
        assert ran.stderr == "this script needs uv, which is not on the PATH: pip install uv\n"
        assert [path.name for path in tmp_path.iterdir()] == ["make.sh"]
