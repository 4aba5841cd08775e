"""Files of other jobs in a real container: there, readable, and left behind the same way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import images
import pytest
from handing import artifact, given, making, stocked
from slots import carried, report_of
from tickets import BYE, HELLO

from matrix.status import Status
from runners.artifacts import Artifacts
from runners.environments.bindings import Binding, Bindings, Kind

MAKE = "import os, sys; os.mkdir('dist'); os.chdir('dist'); "


def python(program: str) -> str:
    """A script of what a small image has: a shell and Python."""
    return f'python3 -c "{program}"\n'


pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environments")]


@pytest.fixture
def brought(image: images.Image, monkeypatch: pytest.MonkeyPatch) -> Bindings:
    for key, value in image.env.items():
        monkeypatch.setenv(key, value)
    return Bindings((Binding(Kind.IMAGE, image.ref),))


def test_a_suite_in_an_image_finds_what_it_is_given(brought: Bindings, tmp_path: Path) -> None:
    script = python("print(open('$COEVO_ARTIFACTS/wheel/a.whl').read())")
    found = carried(tmp_path, given(stocked(tmp_path), script=script), bindings=brought)
    assert found.reports[0].status is Status.DONE, found.reports[0]
    assert b"\nmade\n" in found.log


def test_a_wheel_is_only_a_file_there(brought: Bindings, tmp_path: Path) -> None:
    one = stocked(tmp_path, b"made", "coevo_toy-2.0-py3-none-any.whl")
    script = 'cd "$COEVO_ARTIFACTS"/wheel; echo *; echo "site [$COEVO_SITE]"\n'
    asked = replace(given(one, script=script), expected=())
    found = carried(tmp_path, asked, bindings=brought)
    assert b"coevo_toy-2.0-py3-none-any.whl\nsite []\n" in found.log
    assert ("coevo-toy", "2.0") not in [(o.name, o.version) for o in found.reports[0].observed]


def test_what_it_makes_is_kept(brought: Bindings, tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        making(HELLO + python(MAKE + "open('a.whl', 'w').write('made')") + BYE),
        bindings=brought,
    )
    assert (report.status, report.artifacts) == (Status.DONE, (artifact(b"made"),))


def test_a_link_out_of_the_container_gives_nothing_away(brought: Bindings, tmp_path: Path) -> None:
    script = HELLO + python(MAKE + "os.symlink('/etc/passwd', 'a.whl')") + BYE
    report = report_of(tmp_path, making(script), bindings=brought)
    assert report.reason == "It produced no wheel: dist/a.whl leads out of its working folder."
    assert list(Artifacts(tmp_path).kept()) == []
