"""What Ray adds to slots: they outlive us, see only their devices, and their deaths are noticed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from borrowing import QUICK as DEADLINES
from borrowing import Borrowed
from dispatching import dispatching
from memory_queue import MemoryQueue
from offers import card, cpu, gpu
from slots import eventually, survivors
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from orchestrator.dispatch.port import SlotLost
from orchestrator.dispatch.ray_executor import RayExecutor
from runners.work import Ended, Key, LogChunk, Phase

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.slow]


def on_ray(borrowed: Borrowed, home: Path, **changes: float) -> RayExecutor:
    deadlines = replace(DEADLINES, **changes)
    name = home.name
    return RayExecutor(borrowed, name, "lab", home, (cpu(), gpu()), deadlines=deadlines)


async def output(executor: RayExecutor, slot: str, script: str) -> bytes:
    device = "cuda" if "gpu" in slot else "cpu"
    await executor.assign(slot, [ticket(HELLO + script + "\n" + BYE, device=device)])
    cursor, found = 0, b""
    async with asyncio.timeout(60):
        while True:
            batch = await executor.collect(slot, cursor, 5.0)
            cursor = batch.cursor
            found += b"".join(one.data for one in batch.happenings if isinstance(one, LogChunk))
            if any(isinstance(one, Ended) for one in batch.happenings):
                return found


def running(queue: MemoryQueue) -> set[int]:
    return {one.key.job for one in queue.progress if one.phase is Phase.RUNNING}


def test_a_suite_in_a_slot_outlives_its_dispatcher_and_is_collected(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    waiting = HELLO + f"echo begun >> {tmp_path}/note\n"
    waiting += f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done\necho late\n" + BYE
    queue = MemoryQueue(ticket(waiting))

    async def scene() -> None:
        who = card(cpu(), name=tmp_path.name, kind="ray")
        async with dispatching(queue, on_ray(borrowed, tmp_path), who) as first:
            await first.until(lambda: running(queue))
            await first.left()
        (tmp_path / "go").touch()
        async with dispatching(queue, on_ray(borrowed, tmp_path), who) as second:
            await second.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    assert queue.report(1).status is Status.DONE
    assert queue.log(Key(1, 1)) == b"late\n"
    assert (tmp_path / "note").read_text() == "begun\n"
    assert queue.released == []


def test_the_report_names_the_node(borrowed: Borrowed, tmp_path: Path) -> None:
    queue = MemoryQueue(ticket())

    async def scene() -> None:
        who = card(cpu(), name=tmp_path.name)
        async with dispatching(queue, on_ray(borrowed, tmp_path), who) as at_work:
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    assert queue.report(1).node == os.uname().nodename


def test_a_killed_worker_loses_its_slot_and_leaves_nothing_behind(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    script = f"if [ ! -e {tmp_path}/again ]; then touch {tmp_path}/again; sleep 600; fi\n"
    queue = MemoryQueue(ticket(HELLO + script + BYE))

    async def scene() -> list[str]:
        executor = on_ray(borrowed, tmp_path)
        async with dispatching(queue, executor, card(cpu(), name=tmp_path.name)) as at_work:
            await at_work.until((tmp_path / "again").exists)
            os.kill(await worker(executor, f"coevo-slot-{tmp_path.name}/lab-cpu-0"), signal.SIGKILL)
            await at_work.until(lambda: queue.ended == 1)
            return at_work.said

    said = asyncio.run(scene())
    assert queue.report(1).status is Status.DONE
    assert [line for line in said if "was lost" in line and os.uname().nodename in line]
    assert survivors(tmp_path / "work") == []


async def worker(executor: RayExecutor, slot: str) -> int:
    """The pid of the process that a slot is in."""
    actor = executor._handles[slot]
    about = await executor._driver.ask(actor.about.remote, 10.0)
    return int(about["pid"])


def test_a_slot_without_devices_sees_none(borrowed: Borrowed, tmp_path: Path) -> None:
    async def scene() -> bytes:
        executor = on_ray(borrowed, tmp_path)
        await executor.start()
        try:
            slot = await executor.slot_for(cpu(), 0)
            return await output(executor, slot, 'echo "[${CUDA_VISIBLE_DEVICES-unset}]"')
        finally:
            await executor.stop()

    assert asyncio.run(scene()) == b"[]\n"


def test_each_slot_sees_the_device_that_is_its_own(borrowed: Borrowed, tmp_path: Path) -> None:
    async def scene() -> set[bytes]:
        executor = on_ray(borrowed, tmp_path)
        await executor.start()
        try:
            slots = [await executor.slot_for(gpu(), index) for index in (0, 1)]
            script = 'echo "$CUDA_VISIBLE_DEVICES"'
            return {await output(executor, slot, script) for slot in slots}
        finally:
            await executor.stop()

    assert asyncio.run(scene()) == {b"0\n", b"1\n"}


def test_work_for_several_devices_sees_them_all_and_frees_them(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    cell = (("site", "lab"), ("accelerator", "gpu"))
    script = HELLO + 'echo "$CUDA_VISIBLE_DEVICES"\n' + BYE
    wants = {1: 1, 2: 2, 3: 1}
    jobs = [ticket(script, n, cell=cell, device="cuda", devices=wants[n]) for n in wants]
    queue = MemoryQueue(*jobs)

    async def scene() -> None:
        executor = on_ray(borrowed, tmp_path)
        async with dispatching(queue, executor, card(gpu(), name=tmp_path.name)) as at_work:
            await at_work.until(lambda: queue.ended == 3)

    asyncio.run(scene())
    assert queue.log(Key(2, 1)) == b"0,1\n"
    assert len(queue.log(Key(1, 1))) == len(queue.log(Key(3, 1))) == len(b"0\n")


def test_a_slot_that_nobody_collects_from_ends_by_itself(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    async def scene() -> None:
        executor = on_ray(borrowed, tmp_path, patience=1.0)
        await executor.start()
        try:
            slot = await executor.slot_for(cpu(), 0)
            await executor.assign(slot, [ticket(HELLO + "sleep 600\n")])
            pid = await worker(executor, slot)
            await eventually(lambda: not Path(f"/proc/{pid}").exists(), "the worker has ended")
            with pytest.raises(SlotLost, match="was lost"):
                await executor.collect(slot, 0, 1.0)
        finally:
            await executor.stop()

    asyncio.run(scene())
    assert survivors(tmp_path / "work") == []


def test_what_does_not_fit_into_the_cluster_is_said_within_our_deadline(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    async def scene() -> None:
        executor = on_ray(borrowed, tmp_path, make=2.0)
        await executor.start()
        try:
            with pytest.raises(SlotLost, match="could not be made"):
                await executor.slot_for(gpu(9), 0, devices=9)
        finally:
            await executor.stop()

    asyncio.run(scene())


def test_a_slot_is_given_its_code_by_value(borrowed: Borrowed, tmp_path: Path) -> None:
    async def scene() -> Sequence[Path]:
        executor = on_ray(borrowed, tmp_path)
        await executor.start()
        try:
            await executor.slot_for(cpu(), 0)
            return sorted((tmp_path / "kits").glob("*/runners/slot.py"))
        finally:
            await executor.stop()

    (found,) = asyncio.run(scene())
    assert found.read_bytes() == (Path(__file__).parents[3] / "runners" / "slot.py").read_bytes()
