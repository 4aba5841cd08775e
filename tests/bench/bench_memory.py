"""Memory of the embedded Ray with two warm slots: the proportional set size of all processes."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from borrowing import ray_folder
from offers import cpu
from tickets import ticket

from orchestrator.dispatch import warden
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor
from runners.work import Ended
from tests.bench.figure import Figure

SLOTS = 2
GOAL_MB = 450


def measure() -> list[Figure]:
    """Measured once each slot has carried something out."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        megabytes = asyncio.run(_used(Path(folder)))
    figure = f"{megabytes:.0f} MB"
    return [Figure("memory of Ray with two slots", figure, f"≤ {GOAL_MB} MB", megabytes <= GOAL_MB)]


async def _used(home: Path) -> float:
    cluster = Embedded(ray_folder(), Size({"site": "lab"}, {"coevo_slot": SLOTS}))
    executor = RayExecutor(cluster, "bench", "lab", home, (cpu(SLOTS),))
    await executor.start()
    try:
        for index in range(SLOTS):
            await _warmed(executor, index)
        owner = cluster.warden()
        assert owner is not None
        return sum(pss_bytes(pid) for pid in {owner, *warden.descendants(owner)}) / 1e6
    finally:
        await executor.stop()


async def _warmed(executor: RayExecutor, index: int) -> None:
    slot = await executor.slot_for(cpu(SLOTS), index)
    await executor.assign(slot, [ticket()])
    cursor, ended = 0, False
    while not ended:
        batch = await executor.collect(slot, cursor, 5.0)
        cursor, ended = batch.cursor, any(isinstance(one, Ended) for one in batch.happenings)


def pss_bytes(pid: int) -> int:
    """The proportional set size of a process (proc(5), smaps_rollup)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
