"""The journal of an attempt that is handed to Slurm: whole or not there, and found again."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from tickets import ticket

from orchestrator.dispatch.slurm_folder import Filed, Folder, folders, mark
from runners.environments.bindings import Bindings
from runners.work import Key

FILED = Filed("coevo-slot-x/lab-cpu-0", (("site", "lab"), ("accelerator", "cpu")), 0, "gpu")


def made(home: Path, job: int = 1) -> Folder:
    folder = Folder(home / f"{job}-1", Key(job, 1))
    folder.make(FILED, ticket(job=job), Bindings(engine="apptainer"))
    return folder


def test_what_was_laid_down_is_found_again(tmp_path: Path) -> None:
    made(tmp_path, 12)
    (found,) = folders(tmp_path)
    assert (found.key, found.is_found) == (Key(12, 1), True)
    assert found.filed() == FILED
    assert found.box.ticket() == ticket(job=12)
    assert found.box.bindings().engine == "apptainer"


def test_a_folder_whose_ticket_never_came_is_cleared_away(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder.path / "ticket.json").unlink()
    assert list(folders(tmp_path)) == []
    assert not folder.path.exists()


def test_a_folder_is_its_owners_alone(tmp_path: Path) -> None:
    assert made(tmp_path).path.stat().st_mode & 0o777 == 0o700


def test_nothing_is_found_where_nothing_was_left(tmp_path: Path) -> None:
    assert list(folders(tmp_path / "none")) == []


def test_a_number_is_kept(tmp_path: Path) -> None:
    folder = made(tmp_path)
    assert folder.job() == ""
    folder.note_job("77")
    assert folder.job() == "77"


def test_when_slurm_was_first_asked_stays_the_same(tmp_path: Path) -> None:
    folder = made(tmp_path)
    first = folder.asked_at()
    os.utime(folder.path / "asked", (first - 100, first - 100))
    assert abs(folder.asked_at() - (first - 100)) < 1


def test_a_clock_that_went_back_is_no_wait_in_the_future(tmp_path: Path) -> None:
    folder = made(tmp_path)
    folder.asked_at()
    ahead = time.time() + 1000
    os.utime(folder.path / "asked", (ahead, ahead))
    assert folder.asked_at() <= time.time()


def test_one_process_hands_an_attempt_over_at_a_time(tmp_path: Path) -> None:
    async def scene() -> list[str]:
        folder, order = made(tmp_path), list[str]()
        free = asyncio.Event()

        async def first() -> None:
            async with folder.lock():
                order.append("first has it")
                await free.wait()
                order.append("first lets go")

        async def second() -> None:
            async with folder.lock():
                order.append("second has it")

        one = asyncio.create_task(first())
        await asyncio.sleep(0)
        other = asyncio.create_task(second())
        asyncio.get_running_loop().call_later(0.3, free.set)
        await asyncio.gather(one, other)
        return order

    assert asyncio.run(scene()) == ["first has it", "first lets go", "second has it"]


def test_a_child_that_outlives_its_server_keeps_the_lock(tmp_path: Path) -> None:
    async def scene() -> float:
        folder = made(tmp_path)
        async with folder.lock() as handle:
            child = await asyncio.create_subprocess_exec("sleep", "0.5", pass_fds=(handle,))
        start = time.monotonic()
        async with folder.lock():
            waited = time.monotonic() - start
        await child.wait()
        return waited

    assert asyncio.run(scene()) > 0.2


def test_a_mark_is_made_once(tmp_path: Path) -> None:
    first = mark(tmp_path)
    assert first == mark(tmp_path)
    assert len(first) == 8


def test_a_removed_folder_is_gone(tmp_path: Path) -> None:
    folder = made(tmp_path)
    folder.remove()
    folder.remove()
    assert list(folders(tmp_path)) == []
