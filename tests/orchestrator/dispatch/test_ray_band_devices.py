"""Several devices on each of several nodes, on a cluster whose nodes say that they have GPUs."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from borrowing import QUICK
from dispatching import dispatching
from foreign_ray import ForeignRay, foreign_ray
from hosts import SECRET
from memory_queue import MemoryQueue
from offers import card
from ray_nodes import ray_node
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.ray_foreign import Foreign
from runners.work import Key, Offer

pytestmark = [pytest.mark.nodes, pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.slow]
GPUS = (("site", "lab"), ("accelerator", "gpu"))
TELL = 'echo "$COEVO_RANK has $COEVO_DEVICES: $CUDA_VISIBLE_DEVICES"\n'


def on(cluster: ForeignRay, home: Path) -> RayExecutor:
    return RayExecutor(Foreign(cluster.address), home.name, "lab", home, deadlines=QUICK)


def carried_out(cluster: ForeignRay, home: Path) -> tuple[MemoryQueue, tuple[Offer, ...]]:
    """Two ranks with two devices each, then one with one; and what the cluster offers."""
    wide = ticket(HELLO + TELL + BYE, 1, nodes=2, devices=2, device="cuda", cell=GPUS)
    narrow = ticket(HELLO + TELL + BYE, 2, devices=1, device="cuda", cell=GPUS)
    queue, executor = MemoryQueue(wide, narrow), on(cluster, home)

    async def scene() -> tuple[Offer, ...]:
        async with dispatching(queue, executor, card(name=home.name)) as at_work:
            await at_work.until(lambda: queue.ended == 2)
            return await executor.offers()

    return queue, asyncio.run(scene())


def test_each_rank_has_the_devices_it_needs_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="coevo-") as folder,
        foreign_ray("site=lab", "--num-gpus=0", alone=False, secret=SECRET) as cluster,
        ray_node(cluster, Path(folder) / "a", "site=lab", "--num-gpus=2"),
        ray_node(cluster, Path(folder) / "b", "site=lab", "--num-gpus=2"),
    ):
        for name, value in {**cluster.environment(), "RAY_AUTH_MODE": "token"}.items():
            monkeypatch.setenv(name, value)
        queue, offers = carried_out(cluster, tmp_path)

    assert [queue.report(job).status for job in (1, 2)] == [Status.DONE, Status.DONE]
    wide = queue.log(Key(1, 1)).decode().splitlines()
    assert sorted(wide) == ["[rank 0] 0 has 2: 0,1", "[rank 1] 1 has 2: 0,1"]
    (narrow,) = queue.log(Key(2, 1)).decode().splitlines()
    assert narrow.rpartition(": ")[2] in {"0", "1"}
    gpus = next(offer for offer in offers if offer.device == "cuda")
    assert (gpus.devices, gpus.node_devices) == (2, (2, 2))
