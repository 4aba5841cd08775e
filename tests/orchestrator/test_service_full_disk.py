"""A disk that is full is told in one sentence, for as long as it is, and breaks nothing."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from worlds import World

from matrix.errors import CoevoError
from orchestrator.service.chores import Rhythm, chores
from orchestrator.service.condition import fullness, told_where_full
from orchestrator.service.folder import Folder
from orchestrator.service.logbook import LOG_FILE, logbook
from orchestrator.service.news import News
from orchestrator.service.settings import Settings

FULL = Path("/dev/full")
logger = logging.getLogger("coevo.test")
Fill = Callable[[int], None]


@pytest.fixture
def fill(monkeypatch: pytest.MonkeyPatch) -> Fill:
    """Lets no file get room from now on, for this reason; 0 is no reason."""

    def filled(number: int) -> None:
        def allocate(_file: int, _start: int, _length: int) -> None:
            if number:
                raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "posix_fallocate", allocate)

    return filled


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_spent_quota_are_full(tmp_path: Path, fill: Fill, number: int) -> None:
    fill(number)
    assert str(tmp_path) in fullness(tmp_path)
    fill(0)
    assert fullness(tmp_path) == ""


def test_nothing_is_left_by_looking(tmp_path: Path) -> None:
    assert fullness(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_server_on_a_full_disk_ends_before_it_begins(tmp_path: Path, fill: Fill) -> None:
    fill(errno.ENOSPC)
    with pytest.raises(CoevoError, match="the data folder is full"), told_where_full(tmp_path):
        pytest.fail("it begins")


def test_what_breaks_as_the_disk_fills_is_told_as_that(tmp_path: Path, fill: Fill) -> None:
    def broken() -> None:
        fill(errno.ENOSPC)
        raise RuntimeError("database or disk is full")

    with pytest.raises(CoevoError, match="the data folder is full"), told_where_full(tmp_path):
        broken()


def test_what_breaks_on_a_roomy_disk_is_raised_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ours"), told_where_full(tmp_path):
        raise RuntimeError("ours")


def test_a_full_disk_is_a_problem_until_it_is_over(
    small: World, tmp_path: Path, fill: Fill
) -> None:
    news, settings = News(), Settings(Folder(tmp_path).made(), "")

    async def until(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():  # noqa: ASYNC110 - news are read by pages the same way
                await asyncio.sleep(0.01)

    async def live() -> None:
        every = chores(settings, small.store, news, once=True, rhythm=Rhythm(room=0.01))
        tasks = [asyncio.create_task(one) for one in every]
        fill(errno.ENOSPC)
        await until(lambda: news.status().problems == (fullness(tmp_path),))
        fill(0)
        await until(lambda: news.status().problems == ())
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(live())


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
def test_lines_without_room_are_dropped_quietly_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / LOG_FILE
    file.symlink_to(FULL)
    with logbook(Folder(tmp_path)):
        for number in range(3):
            logger.warning("lost %d", number)
        file.unlink()
        file.write_text("cut o")
        logger.warning("kept")
    torn, first, second = file.read_text().splitlines()
    assert torn == "cut o"
    assert first.endswith("lines are missing here that could not be written: 3")
    assert second.endswith("kept")
    assert "Logging error" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["token", "server.json"])
def test_a_private_file_that_cannot_be_written_is_a_mistake_of_the_place(
    tmp_path: Path, name: str
) -> None:
    folder = Folder(tmp_path).made()
    (tmp_path / name).with_suffix(".partial").mkdir()  # in its way
    with pytest.raises(CoevoError, match="cannot hold our data"):
        folder.note("http://127.0.0.1:1")
