"""An attempt's folder is made empty, whatever the suite before has put in its place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runners.workplace import emptied


def test_an_empty_folder_is_left_as_it_is(tmp_path: Path) -> None:
    before = tmp_path.stat().st_ino
    asyncio.run(emptied(tmp_path))

    assert tmp_path.stat().st_ino == before


@pytest.mark.parametrize("kind", ["nothing", "full", "file", "link", "dangling"])
def test_whatever_stands_there_gives_way_to_an_empty_folder(tmp_path: Path, kind: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "w"
    outside.mkdir()
    (outside / "theirs").write_text("stays")
    match kind:
        case "full":
            (folder / "deep" / "er").mkdir(parents=True)
        case "file":
            folder.write_text("x")
        case "link":
            folder.symlink_to(outside)
        case "dangling":
            folder.symlink_to(tmp_path / "gone")
    asyncio.run(emptied(folder))

    assert folder.is_dir()
    assert not folder.is_symlink()
    assert list(folder.iterdir()) == []
    assert (outside / "theirs").read_text() == "stays"
    assert not (tmp_path / "gone").exists()


def test_a_link_to_an_empty_folder_gives_way_too(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "w").symlink_to(tmp_path / "outside")
    asyncio.run(emptied(tmp_path / "w"))

    assert not (tmp_path / "w").is_symlink()
