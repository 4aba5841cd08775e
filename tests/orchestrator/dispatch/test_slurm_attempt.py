"""An attempt's way to Slurm where Slurm or the server fails on it: never submitted twice."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from planted_attempts import (
    REPORT,
    box,
    executor,
    pending,
    planted_with_a_node,
    played,
    shown,
)
from planted_slurm import PlantedSlurm
from slots import eventually
from slurm_executors import heard
from tickets import ticket

from matrix.status import Layer, Status
from runners.environments.bindings import Bindings
from runners.mailbox import Mailbox
from runners.work import Ended, Key, LogChunk, Phase, Progress, Report

pytestmark = pytest.mark.slow


@pytest.fixture
def planted(tmp_path: Path) -> PlantedSlurm:
    return planted_with_a_node(tmp_path / "bin")


def test_what_the_node_writes_is_told_in_its_order(planted: PlantedSlurm, tmp_path: Path) -> None:
    async def scene() -> tuple[Report, str]:
        async with heard(executor(planted, tmp_path)) as at:
            await pending(at, planted, tmp_path)
            told = Mailbox(box(tmp_path).folder)
            told.tell([Progress(Key(1, 1), Phase.RUNNING, 0, 0, "")])
            told.tell([LogChunk(Key(1, 1), 0, b"one"), LogChunk(Key(1, 1), 3, b"two")])
            told.tell([Ended(Key(1, 1), REPORT)])
            return await at.report(), at.log

    assert played(scene) == (REPORT, "onetwo")
    assert len(planted.called("sbatch")) == 1


def test_where_slurm_does_not_answer_it_is_asked_again_unless_it_has_taken_it(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    planted.answers("sbatch", "", "sbatch: error: Socket timed out on send/recv operation\n", 1)

    async def scene() -> tuple[Report, str]:
        async with heard(executor(planted, tmp_path)) as at:
            await at.assign(ticket())
            await at.until(lambda: "Slurm does not answer: Batch" in at.note or "Socket" in at.note)
            shown(planted, tmp_path, "PENDING", "Priority", job=31)  # it had taken it
            await at.pends("Slurm job 31, pending: Priority")
            box(tmp_path).tell([Ended(Key(1, 1), REPORT)])
            return await at.report(), str(len(planted.called("sbatch")))

    report, count = played(scene)
    assert report == REPORT
    assert int(count) >= 1
    assert planted.called("scancel") == []


def test_it_is_submitted_once_slurm_is_back(planted: PlantedSlurm, tmp_path: Path) -> None:
    planted.answers("sbatch", "", "sbatch: error: Unable to contact slurm controller\n", 1)

    async def scene() -> str:
        async with heard(executor(planted, tmp_path), leave=True) as at:
            await at.assign(ticket())
            await at.until(lambda: "does not answer" in at.note)
            planted.answers("sbatch", "9\n")
            await at.pends("Slurm job 9")
            return at.note

    assert played(scene) == "Slurm job 9, pending"


def test_a_server_waits_for_an_sbatch_that_outlived_the_last_one(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    (planted.folder / "gate").touch()

    async def scene() -> str:
        first = executor(planted, tmp_path)
        async with heard(first, leave=True) as at:
            await at.assign(ticket())
            await eventually(lambda: planted.called("sbatch"), "sbatch to be called")
        async with heard(executor(planted, tmp_path), leave=True) as at:
            await asyncio.sleep(0.5)
            assert len(planted.called("sbatch")) == 1
            (planted.folder / "open").touch()
            shown(planted, tmp_path, "PENDING", "Resources")
            await at.pends("Resources")
            return at.note

    assert played(scene) == "Slurm job 7, pending: Resources"
    assert len(planted.called("sbatch")) == 1


def test_an_older_job_of_the_same_name_is_not_taken_for_it(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> str:
        async with heard(executor(planted, tmp_path), leave=True) as at:
            await at.assign(ticket())
            await at.until(lambda: planted.called("sbatch"))
            shown(planted, tmp_path, "CANCELLED", job=3)
            await at.executor.collect(at.slot, 0, 1.0)
            shown(planted, tmp_path, "PENDING", "Resources")
            await at.pends("Resources")
            return at.note

    assert played(scene) == "Slurm job 7, pending: Resources"


def test_the_last_words_of_an_ended_job_are_waited_for(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> Report:
        async with heard(executor(planted, tmp_path)) as at:
            await pending(at, planted, tmp_path)
            shown(planted, tmp_path, "COMPLETED")
            asyncio.get_running_loop().call_later(
                1.0, box(tmp_path).tell, [Ended(Key(1, 1), REPORT)]
            )
            return await at.report()

    assert played(scene) == REPORT


def test_an_ended_job_that_wrote_nothing_is_lost_with_its_output(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> Report:
        async with heard(executor(planted, tmp_path)) as at:
            await pending(at, planted, tmp_path)
            (box(tmp_path).folder / "slurm.out").write_text("env: python: not found\n")
            shown(planted, tmp_path, "FAILED")
            return await at.report()

    report = played(scene)
    assert report.reason == ("Slurm job 7 failed, and has left no report: env: python: not found.")


def test_a_job_that_slurm_forgot_is_lost_only_after_a_second_look(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> Report:
        async with heard(executor(planted, tmp_path)) as at:
            await pending(at, planted, tmp_path)
            planted.shows()
            return await at.report()

    assert played(scene).reason.startswith("Slurm knows nothing of job 7 any more")


def test_an_environment_that_cannot_be_made_here_is_not_tried_there(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    from runners.work import Lock  # noqa: PLC0415 - beside its one use

    lock = Lock("d" * 64, "no-such-thing==1 --hash=sha256:00\n", "linux-x86_64-cp311-unknown+")

    async def scene() -> Report:
        async with heard(executor(planted, tmp_path)) as at:
            await at.assign(ticket(lock=lock))
            return await at.report()

    report = played(scene)
    assert (report.status, report.retry) == (Status.MISS, True)
    assert "unknown platform" in report.reason
    assert planted.called("sbatch") == []


def test_an_image_that_nothing_here_can_run_is_not_tried_there(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> Report:
        brought = Bindings(engine="no-such-engine")
        async with heard(executor(planted, tmp_path, bindings=brought)) as at:
            await at.assign(ticket(image=f"registry.example.org/a@sha256:{'d' * 64}"))
            return await at.report()

    report = played(scene)
    assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert "No engine runs images here" in report.reason
    assert planted.called("sbatch") == []


def test_a_slot_with_an_old_folder_beside_the_new_one_is_found_once(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> tuple[int, tuple[Key, ...], set[Key]]:
        async with heard(executor(planted, tmp_path), leave=True) as at:
            await pending(at, planted, tmp_path)
        old = box(tmp_path).folder
        shutil.copytree(old, old.with_name("2-1"))
        for folder, job in ((old, 1), (old.with_name("2-1"), 2)):
            Mailbox(folder).hand_over(ticket(job=job))
            Mailbox(folder).tell([Ended(Key(job, 1), REPORT)])
        async with heard(executor(planted, tmp_path)) as at:
            ends = lambda: {one.key for one in at.told if isinstance(one, Ended)}  # noqa: E731 - read twice
            await at.until(lambda: len(ends()) == 2)
            return len(at.held), at.held[0].keys, ends()

    keys = {Key(1, 1), Key(2, 1)}
    count, held, ends = played(scene)
    assert (count, set(held), ends) == (1, keys, keys)
