"""How attempts end that something outside Coevo ends, in a real Slurm."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster
from slurm_executors import Heard, carried, ended, heard, slurm_executor
from tickets import HELLO, end, ticket

from matrix.status import Layer, Status
from runners.work import Report

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
WAITING = HELLO + end("first") + "sleep 600\n"


@pytest.mark.parametrize("moment", ["pends", "runs"])
def test_what_an_administrator_cancels_is_infrastructure_and_not_tried_again(
    slurm: SlurmCluster, tmp_path: Path, moment: str
) -> None:
    if moment == "pends":
        slurm.close_doors()

    async def scene(at: Heard) -> Report:
        await getattr(at, moment)()
        slurm.said("scancel", *slurm.queue())
        return await at.report()

    report = carried(slurm, tmp_path, ticket(WAITING), scene)
    number = slurm.last()["JobId"]
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, False)
    assert report.reason.startswith(f"Slurm job {number} was cancelled outside Coevo")
    assert not report.cancelled
    if moment == "runs":
        assert [case.id for case in report.cases] == ["first"]


def test_a_node_that_goes_down_is_infrastructure_and_tried_again(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(at: Heard) -> Report:
        await at.runs()
        slurm.said("scontrol", "update", "nodename=n1,n2", "state=down", "reason=test")
        return await at.report()

    report = carried(slurm, tmp_path, ticket(WAITING), scene)
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert "its node failed" in report.reason


def test_a_job_whose_processes_are_killed_leaves_its_last_words(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    async def scene(at: Heard) -> Report:
        await at.runs()
        slurm.said("scancel", "--signal=KILL", "--batch", *slurm.queue())
        return await at.report()

    report = carried(slurm, tmp_path, ticket(WAITING), scene)
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert "and has left no report" in report.reason


def test_what_slurm_refuses_is_told_in_its_own_words(slurm: SlurmCluster, tmp_path: Path) -> None:
    report = carried(slurm, tmp_path, ticket(), ended, "--account=nobody", "--nodelist=n7")
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, False)
    assert report.reason == (
        "Slurm refused the job: Batch job submission failed: Invalid node name specified."
    )


def test_a_job_that_waits_for_too_long_is_taken_back(slurm: SlurmCluster, tmp_path: Path) -> None:
    slurm.close_doors()

    async def scene() -> Report:
        async with heard(slurm_executor(slurm, tmp_path, pending=1.0)) as at:
            await at.assign(ticket())
            return await at.report()

    report = asyncio.run(scene())
    number = slurm.last()["JobId"]
    assert (report.status, report.retry, report.cancelled) == (Status.MISS, False, False)
    assert report.reason.startswith("It waited for longer than 1 s to be started")
    assert f"Slurm job {number}, pending: Partition" in report.reason
    assert slurm.last()["JobState"] == "CANCELLED"


@pytest.mark.timeout(400)
def test_a_limit_of_slurms_that_comes_before_the_suites_own_is_infrastructure(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    report = carried(slurm, tmp_path, ticket(WAITING, timeout_seconds=600.0), ended, "--time=1")
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, False)
    assert "reached its time limit of 1:00, before the suite's own 600 s" in report.reason
    assert [case.id for case in report.cases] == ["first"]


def test_a_suite_that_takes_too_long_is_ended_by_its_own_deadline(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    report = carried(slurm, tmp_path, ticket(WAITING, timeout_seconds=1.0), ended)
    assert report.status is Status.ERROR
    assert "did not end within 1 s" in report.reason
