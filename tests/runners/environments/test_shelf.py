"""The shelf: what is complete is used, by many at once; what is built or used is not taken away."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runners.environments import shelf
from runners.environments.provider import Unprepared
from runners.environments.shelf import FOLDER, MARKER, Record

RECORD = Record("uv", "d", "linux-x86_64-cp311-cpu", "3.11", sources=("--index", "x"), seconds=1.5)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / FOLDER / "abc"


def unheard(_line: str) -> None:
    """Nothing is said of what goes well."""


async def _used(folder: Path, notes: list[str]) -> bool:
    async with shelf.used(folder, notes.append) as is_complete:
        return is_complete


def used(folder: Path) -> bool:
    return asyncio.run(_used(folder, []))


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """Somebody else, in a thread of their own, who builds meanwhile."""
    begun, end = threading.Event(), threading.Event()

    async def build() -> None:
        async with shelf.used(folder, unheard):
            begun.set()
            await asyncio.to_thread(end.wait)

    thread = threading.Thread(target=asyncio.run, args=(build(),))
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        end.set()
        thread.join()


def test_what_has_no_marker_is_not_complete(folder: Path) -> None:
    folder.mkdir(parents=True)
    assert not used(folder)


def test_what_is_finished_is_complete_and_says_what_it_is(folder: Path) -> None:
    shelf.finish(folder, RECORD)
    assert used(folder)
    assert shelf.record_of(folder) == RECORD
    assert [path.name for path in folder.iterdir()] == [MARKER]


def test_a_marker_of_an_earlier_coevo_is_read(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / MARKER).write_text(json.dumps({"lock": "d", "for": "linux-x86_64-cp311-cpu"}))
    record = shelf.record_of(folder)
    assert record is not None
    assert (record.provider, record.platform) == ("uv", "linux-x86_64-cp311-cpu")


def test_a_marker_of_a_later_one_is_read_as_far_as_it_is_known(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / MARKER).write_text(json.dumps({"provider": "image", "of the future": 1}))
    assert shelf.record_of(folder) == Record("image")


def test_using_it_makes_it_young(folder: Path) -> None:
    shelf.finish(folder, RECORD)
    os.utime(folder / MARKER, (1, 1))
    assert used(folder)
    (found,) = shelf.kept(folder.parents[1])
    assert datetime.now(UTC) - found.used < timedelta(hours=1)


def test_many_use_a_complete_one_at_once(folder: Path) -> None:
    shelf.finish(folder, RECORD)
    with building(folder):
        assert used(folder)


def test_who_wants_one_that_is_being_built_waits_and_says_so(folder: Path) -> None:
    notes = list[str]()

    async def impatient() -> None:
        await asyncio.wait_for(_used(folder, notes), 0.05)

    with building(folder), pytest.raises(TimeoutError):
        asyncio.run(impatient())
    assert notes == ["waiting for the environment that another attempt builds"]
    assert not used(folder)


def test_one_that_is_used_or_built_is_not_taken_away(folder: Path) -> None:
    shelf.finish(folder, RECORD)
    with building(folder):
        assert not shelf.remove(folder)
    assert folder.exists()
    assert shelf.remove(folder)
    assert not folder.exists()


def test_one_that_was_used_since_it_was_looked_at_is_not_taken_away(folder: Path) -> None:
    shelf.finish(folder, RECORD)
    assert not shelf.remove(folder, LONG_AGO)
    (found,) = shelf.kept(folder.parents[1])
    assert shelf.remove(folder, found.used)


def test_its_pins_go_with_it(folder: Path) -> None:
    shelf.finish(folder, RECORD)
    folder.with_suffix(".txt").write_text("a==1\n")
    assert shelf.remove(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["abc.lock"]


def test_a_removal_that_is_cut_off_leaves_nothing_that_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.finish(folder, RECORD)
    (folder / "half").touch()

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", cut_off)
    with pytest.raises(KeyboardInterrupt):
        shelf.remove(folder)
    assert (folder / "half").exists()
    assert not used(folder)


def test_sizes_tell_what_is_shared_with_the_cache(folder: Path, tmp_path: Path) -> None:
    shelf.finish(folder, RECORD)
    before = shelf.kept(tmp_path)[0]
    (tmp_path / "cached").write_bytes(bytes(100_000))
    (folder / "shared").hardlink_to(tmp_path / "cached")
    (folder / "own").write_bytes(bytes(50_000))
    (found,) = shelf.kept(tmp_path)
    assert found.size_bytes - before.size_bytes >= 150_000
    assert 50_000 <= found.own_bytes - before.own_bytes < 100_000


@pytest.mark.parametrize(("pulled", "frees"), [(True, 7_000_000), (False, None)])
def test_an_image_takes_what_its_engine_says(
    folder: Path, tmp_path: Path, frees: int | None, *, pulled: bool
) -> None:
    shelf.finish(folder, Record("image", size_bytes=7_000_000, pulled=pulled))
    (found,) = shelf.kept(tmp_path)
    assert found.size_bytes == 7_000_000
    assert (found.own_bytes == frees) if frees else (found.own_bytes < 100_000)


def test_a_folder_that_was_never_there_keeps_nothing(tmp_path: Path) -> None:
    assert shelf.kept(tmp_path / "nowhere") == ()


def test_a_half_built_one_is_kept_without_a_record(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (found,) = shelf.kept(tmp_path)
    assert (found.folder, found.record) == (folder, None)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (28, shelf.FULL),
        (122, shelf.FULL),
        (30, "/x cannot be written: Read-only file system."),
        (13, "/x cannot be written: Permission denied."),
    ],
)
def test_a_disk_that_takes_nothing_is_told_in_a_sentence(number: int, sentence: str) -> None:
    with pytest.raises(Unprepared) as raised, shelf.disk_errors(Path("/x")):
        raise OSError(number, os.strerror(number))
    assert str(raised.value) == sentence
