"""What the environments' verbs say of commits, of environments as they lie in a data folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Caller

from runners.environments.commits import NOTE
from runners.environments.platforms import here
from runners.environments.shelf import FOLDER, Record, finish

NAME = "0123456789abcdef"
COMMIT = "3c" * 20
SOURCE = f"git+https://host.example/a-rather-long-name-of-a-group/acme@{COMMIT}"


@pytest.fixture(autouse=True)
def _kept(call: Caller, tmp_path: Path) -> None:
    """An environment of a commit and four releases; only acme's files are there."""
    del call
    home = tmp_path / ".coevo"
    place = home / FOLDER / NAME
    info = place / "lib/python3.11/site-packages/acme-1.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0.0\n")
    finish(place, Record(platform=str(here()), python="3.11"))
    wheels = home / "wheels" / "abc"
    wheels.mkdir(parents=True)
    (wheels / NOTE).write_text(f"{SOURCE}\n")
    url = (wheels / "acme-1.0.0-py3-none-any.whl").as_uri()
    releases = "".join(f"lib{n}==1.{n} --hash=sha256:0\n" for n in range(4))
    place.with_suffix(".txt").write_text(f"{releases}acme @ {url} --hash=sha256:0\n")


def test_the_list_names_commits_first_each_environment_on_one_line(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")

    _, row = call("env", "list").out.splitlines()

    assert row.startswith(NAME)
    assert f"uv {here()}: acme at {COMMIT[:12]}, lib0 1.0, lib1 1.1, 2 more" in row


def test_the_list_as_data_has_the_whole_source(call: Caller) -> None:
    (one,) = call("env", "list", "--json").document
    assert one["built_from"] == {"acme": SOURCE}


def test_what_is_installed_is_shown_with_its_commit(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    (row,) = [line for line in call("env", "show", NAME).out.splitlines() if SOURCE in line]
    assert row.split() == ["acme", "1.0.0", SOURCE]


def test_the_script_names_the_commit(call: Caller) -> None:
    assert f"# acme is of {SOURCE}." in call("env", "repro", NAME).out
