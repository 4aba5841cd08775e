"""Attempts in the queue of a real Slurm: pending, cancelled, and what is asked of it for them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster, until
from slurm_executors import Heard, carried, files, heard, slurm_executor
from tickets import BYE, HELLO, end, ticket

from matrix.status import Layer, Status
from orchestrator.dispatch.slurm_template import parsed
from runners.work import Phase, Report

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
WAITING = HELLO + end("first") + "sleep 600\n"


def test_a_job_that_pends_says_so_with_its_number_and_the_reason(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    slurm.close_doors()

    async def scene(at: Heard) -> Report:
        await at.pends("PartitionDown", "PartitionInactive")
        (number,) = slurm.queue()
        assert at.note.startswith(f"Slurm job {number}, pending: Partition")
        assert at.phase is Phase.SUBMITTED
        slurm.open_doors()
        return await at.report()

    report = carried(slurm, tmp_path, ticket(), scene)
    assert report.status is Status.DONE
    assert dict(fact[:2] for fact in report.facts)["slurm.cluster"] == "coevo"


def test_time_in_the_queue_is_no_time_of_the_suites(slurm: SlurmCluster, tmp_path: Path) -> None:
    slurm.close_doors()

    async def scene(at: Heard) -> Report:
        await at.pends()
        await asyncio.sleep(2.0)  # longer than the suite may take in all
        slurm.open_doors()
        return await at.report()

    one = ticket(HELLO + "sleep 1\n" + BYE, timeout_seconds=1.8)
    assert carried(slurm, tmp_path, one, scene).status is Status.DONE


def test_cancelling_takes_a_job_out_of_the_queue(slurm: SlurmCluster, tmp_path: Path) -> None:
    slurm.close_doors()

    async def scene(at: Heard) -> Report:
        await at.pends()
        await at.cancel()
        return await at.report()

    report = carried(slurm, tmp_path, ticket(), scene)
    assert (report.status, report.cancelled) == (Status.SKIP, True)
    assert report.reason == "Cancelled before it began."
    assert slurm.last()["JobState"] == "CANCELLED"


def test_cancelling_ends_what_runs_and_keeps_what_had_ended(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(at: Heard) -> Report:
        await at.runs()
        await at.cancel()
        return await at.report()

    report = carried(slurm, tmp_path, ticket(WAITING), scene)
    assert report.cancelled
    assert [case.id for case in report.cases] == ["first"]
    until(lambda: not slurm.queue(), "the queue to be empty")


def test_accelerators_and_memory_are_asked_of_slurm(slurm: SlurmCluster, tmp_path: Path) -> None:
    async def scene() -> str:
        async with heard(slurm_executor(slurm, tmp_path)) as at:
            one = ticket(WAITING, device="cuda", devices=2, memory_bytes=300 << 20)
            await at.assign(one, accelerator="gpu")
            await at.runs()
            return slurm.said("scontrol", "show", "job", "--oneliner", *slurm.queue())

    said = dict(word.partition("=")[::2] for word in asyncio.run(scene()).split())
    assert said["TresPerNode"] == "gres:gpu:a100:2"
    assert said["MinMemoryNode"] == "300M"
    assert said["NodeList"] == "n1"
    assert said["TimeLimit"] == "00:07:00"  # 60 s, 30 s and the spare, in whole minutes


def test_an_owners_script_and_options_are_used(slurm: SlurmCluster, tmp_path: Path) -> None:
    text = (
        "#!/bin/bash\n#SBATCH --comment={{suite}}-{{site}}\nexport MARK=owner\nexec {{command}}\n"
    )

    async def scene() -> tuple[Report, str]:
        executor = slurm_executor(
            slurm, tmp_path, "--partition=small", template=parsed(text, "mine")
        )
        async with heard(executor) as at:
            await at.assign(ticket(HELLO + "echo $MARK $SLURM_JOB_PARTITION\n" + BYE))
            return await at.report(), at.log

    report, log = asyncio.run(scene())
    assert (report.status, log) == (Status.DONE, "owner small\n")


def test_offers_are_those_of_the_partition_that_jobs_go_to(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(*options: str) -> list[tuple[str, int, int, int]]:
        async with heard(slurm_executor(slurm, tmp_path, *options)) as at:
            offers = await at.executor.offers()
        return [
            (dict(one.labels)["accelerator"], one.devices, len(one.node_devices), one.memory_bytes)
            for one in offers
        ]

    assert asyncio.run(scene()) == [("cpu", 0, 2, 1000 << 20), ("gpu", 2, 1, 1000 << 20)]
    assert asyncio.run(scene("-p", "small")) == [("cpu", 0, 1, 500 << 20)]


def test_nothing_is_left_of_an_attempt_once_its_end_was_collected(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(at: Heard) -> Report:
        report = await at.report()
        assert files(tmp_path)
        await at.executor.collect(at.slot, 10**6, 0.0)
        assert not files(tmp_path)
        return report

    assert carried(slurm, tmp_path, ticket(), scene).status is Status.DONE


def test_secrets_of_the_login_node_do_not_reach_the_job(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene() -> str:
        executor = slurm_executor(slurm, tmp_path, HUB_TOKEN="hush", PLAIN="told")
        async with heard(executor) as at:
            await at.assign(ticket(HELLO + "env\n" + BYE))
            await at.report()
            return at.log

    log = asyncio.run(scene())
    assert "PLAIN=told" in log
    assert "hush" not in log


def test_the_folder_of_a_job_holds_no_more_than_its_owner_may_read(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(at: Heard) -> Report:
        await at.runs()
        (ticket_file,) = files(tmp_path, "ticket.json")
        assert ticket_file.parent.stat().st_mode & 0o077 == 0
        assert json.loads(ticket_file.read_text())["name"] == "lab/cpu:s@stable"
        return Report(Status.PASS, Layer.NONE, "")

    carried(slurm, tmp_path, ticket(WAITING), scene)
