"""Files between slots on Ray and a queue elsewhere: through the object store, piece by piece."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from borrowing import QUICK as DEADLINES
from borrowing import Borrowed
from dispatching import dispatching
from handing import MAKES, artifact, given, making
from memory_queue import MemoryQueue
from offers import card, cpu, gpu
from tickets import BYE, HELLO

from matrix.status import Status
from orchestrator.dispatch.courier import PIECE_BYTES
from orchestrator.dispatch.ray_executor import RayExecutor
from runners.artifacts import Artifacts
from runners.work import Key, Report

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.slow]
BIG = 2 * PIECE_BYTES + 1000
MAKES_BIG = HELLO + f"mkdir dist; head -c {BIG} /dev/zero > dist/big.whl\n" + BYE
SHOWS = 'sha256sum "$COEVO_ARTIFACTS"/wheel/*\n'


def on_ray(borrowed: Borrowed, home: Path, kind: type[RayExecutor] = RayExecutor) -> RayExecutor:
    """Slots that keep their files in `home`, which is not the queue's."""
    return kind(borrowed, home.name, "lab", home, (cpu(), gpu()), deadlines=DEADLINES)


def done(queue: MemoryQueue, executor: RayExecutor, home: Path, ended: int) -> list[str]:
    async def scene() -> list[str]:
        who = card(cpu(), gpu(), name=home.name, kind="ray")
        async with dispatching(queue, executor, who) as at_work:
            await at_work.until(lambda: queue.ended == ended)
            return at_work.said

    return asyncio.run(scene())


def test_what_a_slot_makes_feeds_a_slot_on_another_machine(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    queue = MemoryQueue(making(MAKES_BIG))
    done(queue, on_ray(borrowed, first), first, 1)
    report = queue.report(1)
    assert report.status is Status.DONE, report
    digest = hashlib.sha256(bytes(BIG)).hexdigest()
    assert [(one.name, one.digest, one.bytes) for one in report.artifacts] == [
        ("big.whl", digest, BIG)
    ]
    assert queue.files == {digest: bytes(BIG)}
    queue.add(given(*report.artifacts, script=SHOWS, job=2))
    done(queue, on_ray(borrowed, second), second, 2)
    assert queue.report(2).status is Status.DONE, queue.report(2)
    assert digest.encode() in queue.log(Key(2, 1))
    assert Artifacts(second).check(digest)


def test_two_slots_of_one_node_share_what_was_brought(borrowed: Borrowed, tmp_path: Path) -> None:
    one = artifact(b"made")
    gpu_cell = (("site", "lab"), ("accelerator", "gpu"))
    queue = MemoryQueue(given(one), replace(given(one, job=2), cell=gpu_cell))
    queue.files[one.digest] = b"made"
    done(queue, on_ray(borrowed, tmp_path), tmp_path, 2)
    for job in (1, 2):
        assert queue.report(job).status is Status.DONE, queue.report(job)
        assert b"wheel/a.whl: made\n" in queue.log(Key(job, 1))
    assert [kept.digest for kept in Artifacts(tmp_path).kept()] == [one.digest]


def test_a_worker_that_is_killed_between_end_and_fetch_has_made_nothing(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    killed: list[int] = []

    class Killing(RayExecutor):
        async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
            if not killed:
                about = await self._driver.ask(self._handles[slot].about.remote, 10.0)
                killed.append(int(about["pid"]))
                os.kill(killed[0], signal.SIGKILL)
            return await super().read(slot, digest, offset, length)

    queue = MemoryQueue(making(MAKES))
    said = done(queue, on_ray(borrowed, tmp_path, Killing), tmp_path, 1)
    assert killed
    assert [line for line in said if "was lost" in line]
    tries: list[tuple[int, Report]] = [
        (key.fence, report) for key, report in queue._recorded_before.items()
    ]
    assert [(fence, report.status) for fence, report in tries] == [
        (1, Status.MISS),
        (2, Status.DONE),
    ]
    assert queue.report(1).artifacts == (artifact(b"made"),)
    assert queue.files == {artifact().digest: b"made"}
