"""Batch jobs of a real Slurm that a server finds again, and never submits twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster, until
from slurm_executors import Heard, carried, files, heard, slurm_executor
from tickets import BYE, HELLO, end, ticket

from matrix.status import Layer, Status
from runners.work import Key, Report

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
WAITING = HELLO + end("first") + "sleep 600\n"


@pytest.mark.parametrize("moment", ["pends", "runs"])
def test_a_job_is_found_again_and_not_submitted_twice(
    slurm: SlurmCluster, tmp_path: Path, moment: str
) -> None:
    before = slurm.numbers()
    if moment == "pends":
        slurm.close_doors()

    async def scene() -> tuple[Report, tuple[Key, ...], list[str]]:
        go = tmp_path / "go"
        script = f"until [ -e {go} ]; do sleep 0.1; done\n"
        async with heard(slurm_executor(slurm, tmp_path), leave=True) as at:
            await at.assign(ticket(HELLO + "echo once\n" + script + BYE))
            await getattr(at, moment)()
            first = [*slurm.queue()]
        async with heard(slurm_executor(slurm, tmp_path)) as at:
            slurm.open_doors()
            go.touch()
            report = await at.report()
            assert at.log == "once\n"
            return report, at.held[0].keys, first

    report, keys, first = asyncio.run(scene())
    assert (report.status, keys) == (Status.DONE, (Key(1, 1),))
    assert slurm.last()["JobId"] in first
    assert slurm.numbers() == [*before, *first]


@pytest.mark.parametrize("lost", [("job",), ("job", "sbatch.out", "sbatch.code")])
def test_a_server_that_died_before_it_noted_the_number_finds_it_in_the_queue(
    slurm: SlurmCluster, tmp_path: Path, lost: tuple[str, ...]
) -> None:
    before = slurm.numbers()
    slurm.close_doors()

    async def scene() -> Report:
        async with heard(slurm_executor(slurm, tmp_path), leave=True) as at:
            await at.assign(ticket())
            await at.pends()
        for path in files(tmp_path, *lost):
            path.unlink()
        async with heard(slurm_executor(slurm, tmp_path)) as at:
            slurm.open_doors()
            return await at.report()

    assert asyncio.run(scene()).status is Status.DONE
    assert len(slurm.numbers()) == len(before) + 1


def test_a_server_that_died_before_it_submitted_does_so_when_it_comes_back(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    before = slurm.numbers()
    slurm.close_doors()

    async def scene() -> Report:
        async with heard(slurm_executor(slurm, tmp_path), leave=True) as at:
            await at.assign(ticket())
            await at.pends()
        slurm.said("scancel", "--user=root")
        journal = ("job", "sbatch.out", "sbatch.code", "sbatch.err", "job.sbatch", "asked")
        for path in files(tmp_path, *journal):
            path.unlink()
        files(tmp_path, "../mark")[0].write_text("another")  # as if Slurm had never heard of it
        slurm.open_doors()
        async with heard(slurm_executor(slurm, tmp_path)) as at:
            return await at.report()

    assert asyncio.run(scene()).status is Status.DONE
    assert len(slurm.numbers()) == len(before) + 2


def test_a_second_batch_job_for_an_attempt_carries_nothing_out(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(at: Heard) -> Report:
        await at.runs()
        (script,) = files(tmp_path, "job.sbatch")
        output = tmp_path / "second"
        number = slurm.said("sbatch", "--parsable", f"--output={output}", str(script)).strip()
        until(lambda: number not in slurm.queue(), "the second one to end")
        return Report(Status.PASS, Layer.NONE, output.read_text())

    said = carried(slurm, tmp_path, ticket(WAITING), scene).reason
    assert "holds nothing for batch job" in said


def test_while_slurm_is_silent_nothing_is_judged_lost(slurm: SlurmCluster, tmp_path: Path) -> None:
    async def scene() -> Report:
        executor = slurm_executor(slurm, tmp_path)
        async with heard(executor) as at:
            go = tmp_path / "go"
            script = f"until [ -e {go} ]; do sleep 0.1; done\n"
            await at.assign(ticket(HELLO + script + BYE))
            await at.runs()
            watch = executor._office.watch  # type: ignore[union-attr] # reason: it has started
            whole, watch._slurm = (
                watch._slurm,
                slurm_executor(slurm, tmp_path, PATH="/nowhere")._cluster.slurm,
            )
            await at.until(lambda: watch.trouble)
            await asyncio.sleep(3.5)  # longer than files may take to settle
            go.touch()
            report = await at.report()
            watch._slurm = whole
            return report

    assert asyncio.run(scene()).status is Status.DONE
