"""Attempts on several nodes of a real Slurm."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster, until
from slurm_executors import Heard, carried, ended, heard, slurm_executor
from tickets import BYE, HELLO, end, ticket

from matrix.status import Status
from runners.work import Report

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
WAITING = HELLO + end("first") + "sleep 600\n"


def test_several_nodes_meet_as_ranks(slurm: SlurmCluster, tmp_path: Path) -> None:
    script = (
        'echo "$COEVO_RANK of $COEVO_RANKS on $SLURMD_NODENAME $COEVO_RENDEZVOUS"\n'
        '[ $COEVO_RANK = 1 ] || echo \'{"type":"case","id":"met","status":"PASS"}\'\n'
    )

    async def scene() -> tuple[Report, str]:
        async with heard(slurm_executor(slurm, tmp_path)) as at:
            await at.assign(ticket(HELLO + script + BYE, nodes=2))
            return await at.report(), at.log

    report, log = asyncio.run(scene())
    assert (report.status, report.reason) == (Status.PASS, "")
    assert [rank.rank for rank in report.ranks] == [0, 1]
    lines = sorted(log.splitlines())
    assert lines[0].startswith("[rank 0] 0 of 2 on n")
    assert lines[1].startswith("[rank 1] 1 of 2 on n")
    assert len({line.split()[6] for line in lines}) == 2


def test_cancelling_ends_all_ranks(slurm: SlurmCluster, tmp_path: Path) -> None:
    async def scene(at: Heard) -> Report:
        await at.runs()
        await at.cancel()
        return await at.report()

    report = carried(slurm, tmp_path, ticket(WAITING, nodes=2), scene)
    assert report.cancelled
    until(lambda: not slurm.queue(), "the queue to be empty")


def test_a_rank_that_fails_ends_the_others(slurm: SlurmCluster, tmp_path: Path) -> None:
    script = HELLO + "[ $COEVO_RANK = 0 ] || exit 3\nsleep 600\n"
    report = carried(slurm, tmp_path, ticket(script, nodes=2), ended)
    assert report.status is Status.ERROR
    assert report.reason.startswith("Rank 1 on")
