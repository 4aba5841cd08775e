"""What uv is told that it does not find out itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runners.environments import tool


@pytest.fixture(autouse=True)
def _forgets() -> None:
    tool.pip_find_links.cache_clear()


def test_uv_is_found_and_works() -> None:
    uv = tool.uv_binary()
    assert uv is not None
    subprocess.run([uv, "--version"], check=True, capture_output=True)


def test_pips_folders_are_handed_over_parted_by_commas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_FIND_LINKS", "/a /b")
    assert tool.uv_environment(tmp_path)["UV_FIND_LINKS"] == "/a,/b"


def test_what_a_person_told_uv_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", "/mine")
    monkeypatch.setenv("PIP_FIND_LINKS", "/a")
    assert tool.uv_environment(tmp_path)["UV_FIND_LINKS"] == "/mine"


def test_pips_configuration_file_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "pip" / "pip.conf"
    config.parent.mkdir()
    config.write_text("[global]\nfind-links = /from/file\n")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert tool.pip_find_links() == "/from/file"


def test_a_cache_on_the_same_filesystem_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = str(tmp_path / "not" / "yet")
    monkeypatch.setenv("UV_CACHE_DIR", own)
    assert tool.uv_environment(tmp_path / "home")["UV_CACHE_DIR"] == own


def test_a_cache_elsewhere_could_not_be_linked_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", "/dev/shm/uv")
    home = tmp_path / "home"
    assert tool.uv_environment(home)["UV_CACHE_DIR"] == str(home / "cache" / "uv")
