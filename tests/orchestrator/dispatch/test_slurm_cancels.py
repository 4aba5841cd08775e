"""Attempts that are taken back from Slurm, or given up, in whatever state Slurm is."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_attempts import (
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

from matrix.status import Status
from runners.work import Report

pytestmark = pytest.mark.slow


@pytest.fixture
def planted(tmp_path: Path) -> PlantedSlurm:
    return planted_with_a_node(tmp_path / "bin")


@pytest.mark.parametrize("state", ["CANCELLED", ""])
def test_a_cancelled_job_ends_once_slurm_has_let_it_go(
    planted: PlantedSlurm, tmp_path: Path, state: str
) -> None:
    async def scene() -> Report:
        async with heard(executor(planted, tmp_path)) as at:
            await pending(at, planted, tmp_path)
            await at.cancel()
            await eventually(lambda: planted.called("scancel"), "scancel")
            if state:
                shown(planted, tmp_path, state)
            else:
                planted.shows()
            return await at.report()

    assert played(scene).reason == "Cancelled before it began."
    assert planted.called("scancel") == ["--quiet 7"]


def test_a_cancel_goes_on_behind_a_dead_server(planted: PlantedSlurm, tmp_path: Path) -> None:
    planted.answers("scancel", "", "scancel: error: Unable to contact slurm controller\n", 1)

    async def scene() -> Report:
        async with heard(executor(planted, tmp_path), leave=True) as at:
            await pending(at, planted, tmp_path)
            await at.cancel()
            await eventually(lambda: planted.called("scancel"), "scancel")
        planted.answers("scancel", "")
        before = len(planted.called("scancel"))
        async with heard(executor(planted, tmp_path)) as at:
            await eventually(lambda: len(planted.called("scancel")) > before, "it again")
            shown(planted, tmp_path, "CANCELLED")
            return await at.report()

    assert played(scene).cancelled


def test_what_was_cancelled_before_slurm_had_it_is_never_submitted(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    planted.answers("sbatch", "", "sbatch: error: Unable to contact slurm controller\n", 1)

    async def scene() -> Report:
        async with heard(executor(planted, tmp_path)) as at:
            await at.assign(ticket())
            await at.until(lambda: "does not answer" in at.note)
            await at.cancel()
            return await at.report()

    assert played(scene).reason == "Cancelled before it began."
    assert planted.called("scancel") == []


def test_a_slurm_that_never_answers_is_given_up_in_the_end(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    planted.answers("sbatch", "", "sbatch: error: Unable to contact slurm controller\n", 1)

    async def scene() -> Report:
        async with heard(executor(planted, tmp_path, pending=0.5)) as at:
            await at.assign(ticket())
            return await at.report()

    report = played(scene)
    assert report.status is Status.MISS
    assert "Unable to contact slurm controller" in report.reason


def test_a_job_that_slurm_does_not_let_go_keeps_nobody_from_ending(
    planted: PlantedSlurm, tmp_path: Path
) -> None:
    async def scene() -> bool:
        async with heard(executor(planted, tmp_path)) as at:
            await pending(at, planted, tmp_path)
        return box(tmp_path).is_to_end  # the next server goes on with it

    assert played(scene)
    assert planted.called("scancel") == ["--quiet 7"]
