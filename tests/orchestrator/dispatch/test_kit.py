"""The archive of our sources that travels to a slot's node."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from orchestrator.dispatch import kit as kits
from orchestrator.dispatch.kit import kit, packed


def unpacked(folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(kit().data)) as archive:
        archive.extractall(folder)
    return folder


def test_the_kit_alone_is_enough_to_make_a_slot(tmp_path: Path) -> None:
    """Nothing but the standard library may be needed where it is unpacked."""
    program = f"import sys; sys.path.insert(0, {str(unpacked(tmp_path))!r})\nimport runners.slot\n"
    program += "print(runners.slot.__file__)"
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    assert ended.stdout.strip() == str(tmp_path / "runners" / "slot.py")


def test_the_kit_holds_suites_and_no_bytecode(tmp_path: Path) -> None:
    unpacked(tmp_path)
    assert (tmp_path / "runners" / "suites" / "harness.py").is_file()
    assert (tmp_path / "matrix" / "status.py").is_file()
    assert not list(tmp_path.rglob("*.pyc"))
    assert not (tmp_path / "orchestrator").exists()


def test_equal_sources_are_equal_bytes(tmp_path: Path) -> None:
    source = tmp_path / "package"
    source.mkdir()
    (source / "one.py").write_text("ONE = 1\n")
    first = packed((source,))
    os.utime(source / "one.py", (1, 1))
    assert packed((source,)) == first


def test_other_sources_have_another_digest(tmp_path: Path) -> None:
    source = tmp_path / "package"
    source.mkdir()
    (source / "one.py").write_text("ONE = 1\n")
    first = packed((source,))
    (source / "one.py").write_text("ONE = 2\n")
    assert packed((source,)).digest != first.digest


def test_the_kit_is_small_enough_to_be_an_argument() -> None:
    assert len(kit().data) < 2**20


def test_a_kit_is_unpacked_once_and_whole(tmp_path: Path) -> None:
    first = kits.unpacked(kit(), tmp_path)
    (first / "mark").touch()
    assert kits.unpacked(kit(), tmp_path) == first
    assert (first / "mark").exists()
    assert (first / "runners" / "batch.py").is_file()
    assert [path.name for path in first.parent.iterdir()] == [kit().digest[:16]]


def test_who_unpacks_second_takes_what_the_first_has_put_there(tmp_path: Path) -> None:
    other = kits.Kit("f" * 64, kit().data)
    (tmp_path / "kits").mkdir()

    def quicker(draft: Path, target: Path) -> Path:
        target.mkdir()
        (target / "first").touch()
        return rename(draft, target)

    rename = Path.rename
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", quicker)
        found = kits.unpacked(other, tmp_path)
    assert [path.name for path in found.iterdir()] == ["first"]
    assert list((tmp_path / "kits").iterdir()) == [found]
