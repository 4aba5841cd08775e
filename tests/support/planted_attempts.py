"""Attempts that are handed to commands which only answer as Slurm's would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from planted_slurm import PlantedSlurm
from slurm_cluster import SlurmCluster
from slurm_executors import Heard, files, slurm_executor
from tickets import ticket

from matrix.status import Layer, Status
from orchestrator.dispatch.slurm_executor import SlurmExecutor
from runners.environments.bindings import Bindings
from runners.mailbox import Mailbox
from runners.work import Report

T = TypeVar("T")
NODE = "n1|debug*|2|1000|(null)|(null)|idle\n"
REPORT = Report(Status.PASS, Layer.NONE, "")


def planted_with_a_node(folder: Path) -> PlantedSlurm:
    """Commands that know of one node and take every job as number 7."""
    slurm = PlantedSlurm(folder).plant()
    slurm.answers("sinfo", NODE)
    slurm.answers("sbatch", "7\n")
    return slurm


def executor(
    planted: PlantedSlurm, home: Path, *, pending: float = 600.0, bindings: Bindings | None = None
) -> SlurmExecutor:
    cluster = SlurmCluster(home, planted.environ)
    return slurm_executor(cluster, home, pending=pending, bindings=bindings)


def played(scene: Callable[[], Awaitable[T]]) -> T:
    async def whole() -> T:
        return await asyncio.wait_for(scene(), 60)

    return asyncio.run(whole())


def box(home: Path) -> Mailbox:
    return Mailbox(files(home, ".")[0])


def name(home: Path) -> str:
    """What the batch job of the attempt is called."""
    return f"coevo-{(files(home, '..')[0] / 'mark').read_text()}-1-1"


def shown(
    planted: PlantedSlurm, home: Path, state: str, reason: str = "None", job: int = 7
) -> None:
    planted.shows(f"{job}|{state}|{name(home)}|n1|5:00|{reason}")


async def pending(at: Heard, planted: PlantedSlurm, home: Path) -> None:
    """Hand the ticket over, and let it pend."""
    await at.assign(ticket())
    await at.until(lambda: planted.called("sbatch"))
    shown(planted, home, "PENDING", "Resources")
    await at.pends("Resources")
