"""Jobs that feed jobs through a dispatcher: real slots, on machines that share no files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dispatching import QUICK, Dispatching, dispatching
from handing import MAKES, artifact, given, making, spoil
from memory_queue import MemoryQueue
from offers import card, cpu
from tickets import BYE, ticket

from matrix.status import Layer, Status
from orchestrator.dispatch.port import Renewal
from orchestrator.dispatch.process import ProcessExecutor
from runners.artifacts import Artifacts, Brought
from runners.slot import Slot
from runners.work import Key

pytestmark = pytest.mark.slow


def plain(home: Path, slots: int = 1) -> ProcessExecutor:
    return ProcessExecutor("lab-one", (cpu(slots),), home)


def done(queue: MemoryQueue, executor: ProcessExecutor, ended: int) -> list[str]:
    """Serve until so many jobs have ended; what people were told."""

    async def scene() -> list[str]:
        offers = await executor.offers()
        async with dispatching(queue, executor, card(*offers)) as at_work:
            await at_work.until(lambda: queue.ended == ended)
            return at_work.said

    return asyncio.run(scene())


def test_what_one_machine_makes_another_is_given(tmp_path: Path) -> None:
    queue = MemoryQueue(making())
    done(queue, plain(tmp_path / "a"), 1)
    report = queue.report(1)
    assert (report.status, report.artifacts) == (Status.DONE, (artifact(b"made"),))
    assert queue.files == {artifact().digest: b"made"}
    queue.add(given(*report.artifacts, job=2))
    done(queue, plain(tmp_path / "b"), 2)
    assert queue.report(2).status is Status.DONE
    assert b"wheel/a.whl: made\n" in queue.log(Key(2, 1))


def test_the_files_are_in_the_queue_before_the_report_is(tmp_path: Path) -> None:
    seen: list[bool] = []

    class Ordered(MemoryQueue):
        def record(self, runner: int, ended: Any) -> frozenset[Key]:
            seen.extend(one.digest in self.files for e in ended for one in e.report.artifacts)
            return super().record(runner, ended)

    queue = Ordered(making())
    done(queue, plain(tmp_path), 1)
    assert seen == [True]


def test_a_slot_that_dies_between_end_and_fetch_has_made_nothing(tmp_path: Path) -> None:
    dies = iter([True])

    class Dying(ProcessExecutor):
        async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
            if next(dies, False):
                await self.retire(slot)
            return await super().read(slot, digest, offset, length)

    queue = MemoryQueue(making())
    executor = Dying("lab-one", (cpu(1),), tmp_path)
    said = done(queue, executor, 1)
    assert [line for line in said if "has been retired" in line]
    assert queue.report(1).artifacts == (artifact(b"made"),)
    tries = [(key.fence, report.status) for key, report in queue._recorded_before.items()]
    assert tries == [(1, Status.MISS), (2, Status.DONE)]
    assert queue.log(Key(1, 1)) == b""


def test_a_file_that_rots_on_its_runner_costs_an_attempt(tmp_path: Path) -> None:
    rots = iter([True])

    class Rotting(ProcessExecutor):
        async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
            if next(rots, False):
                spoil(tmp_path, artifact(b"made"))
            return await super().read(slot, digest, offset, length)

    queue = MemoryQueue(making())
    done(queue, Rotting("lab-one", (cpu(1),), tmp_path), 1)
    first, second = queue._recorded_before.values()
    assert (first.status, first.retry, first.artifacts) == (Status.MISS, True, ())
    assert second.artifacts == (artifact(b"made"),)
    assert queue.files == {artifact().digest: b"made"}


def test_an_input_that_rots_on_its_runner_is_brought_again(tmp_path: Path) -> None:
    one = artifact(b"made")
    queue = MemoryQueue(given(one))
    queue.files[one.digest] = b"made"
    Artifacts(tmp_path).bring(one.digest, 4, 0, b"made")
    spoil(tmp_path, one)
    done(queue, plain(tmp_path), 1)
    first, second = queue._recorded_before.values()
    assert "was damaged on this machine's disk" in first.reason
    assert second.status is Status.DONE


def test_an_input_that_is_gone_ends_the_attempt(tmp_path: Path) -> None:
    one = artifact(b"made")
    queue = MemoryQueue(given(one), ticket(job=2))
    done(queue, plain(tmp_path), 2)
    report = queue.report(1)
    assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert report.reason == f"The artifact wheel/a.whl ({one.digest[:12]}) is gone."
    assert queue.report(2).status is Status.DONE


class Gated(ProcessExecutor):
    """Files come through a gate that a test opens."""

    def __init__(self, home: Path, slots: int) -> None:
        super().__init__("lab-one", (cpu(slots),), home)
        self.gate, self.waiting = asyncio.Event(), asyncio.Event()

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        self.waiting.set()
        await self.gate.wait()
        return await super().bring(slot, digest, size, offset, data)


def gated(
    tmp_path: Path,
    queue: MemoryQueue,
    during: Callable[[Dispatching, Gated], Any],
    slots: int = 1,
) -> None:
    """Do something while a file is on its way to a slot."""

    async def scene() -> None:
        executor = Gated(tmp_path, slots)
        rhythm = replace(QUICK, hoard=0.2)
        async with dispatching(queue, executor, card(cpu(slots)), rhythm) as at_work:
            await at_work.until(executor.waiting.is_set)
            await during(at_work, executor)

    asyncio.run(scene())


def needy(*others: int) -> MemoryQueue:
    """A queue whose first job is given a file."""
    one = artifact(b"made")
    queue = MemoryQueue(given(one), *(ticket(job=job) for job in others))
    queue.files[one.digest] = b"made"
    return queue


def test_a_file_on_its_way_to_one_slot_does_not_hold_up_another(tmp_path: Path) -> None:
    queue = needy(2, 3, 4, 5)

    async def during(at_work: Dispatching, executor: Gated) -> None:
        await at_work.until(lambda: queue.ended == 4)
        executor.gate.set()
        await at_work.until(lambda: queue.ended == 5)

    gated(tmp_path, queue, during, slots=2)
    assert {queue.report(job).status for job in range(1, 6)} == {Status.DONE}


def test_leases_are_renewed_while_a_file_is_on_its_way(tmp_path: Path) -> None:
    renewed: list[Key] = []

    class Renewing(MemoryQueue):
        def renew(self, runner: int, keys: Any) -> Renewal:
            renewed.extend(keys)
            return super().renew(runner, keys)

    one = artifact(b"made")
    queue = Renewing(given(one))
    queue.files[one.digest] = b"made"

    async def during(at_work: Dispatching, executor: Gated) -> None:
        before = len(renewed)
        await at_work.until(lambda: renewed[before:].count(Key(1, 1)) >= 3)
        executor.gate.set()
        await at_work.until(lambda: queue.ended == 1)

    gated(tmp_path, queue, during)
    assert queue.report(1).status is Status.DONE


def test_what_waits_behind_a_file_goes_back_to_the_queue(tmp_path: Path) -> None:
    queue = needy(2)
    queue.waiting[:0] = [ticket(job=job) for job in range(10, 20)]  # so that short ones are known

    async def during(at_work: Dispatching, executor: Gated) -> None:
        await at_work.until(lambda: [one for one in queue.released if one.job == 2])
        executor.gate.set()
        await at_work.until(lambda: queue.ended == 12)

    gated(tmp_path, queue, during)
    assert {queue.report(job).status for job in (1, 2)} == {Status.DONE}


def test_a_job_that_is_cancelled_while_its_file_is_on_its_way_never_begins(
    tmp_path: Path,
) -> None:
    queue = needy()
    queue.waiting[0] = given(artifact(b"made"), script=f"touch {tmp_path}/begun\n")

    async def during(at_work: Dispatching, executor: Gated) -> None:
        queue.cancelled.add(1)
        await at_work.until(lambda: queue.ended == 1)
        queue.add(ticket(job=2))
        executor.gate.set()
        await at_work.until(lambda: queue.ended == 2)

    gated(tmp_path, queue, during)
    assert queue.report(1).cancelled
    assert queue.report(1).reason == "cancelled before it began"
    assert not (tmp_path / "begun").exists()


@pytest.mark.parametrize("way", ["drained", "left"])
def test_a_server_that_ends_meanwhile_gives_the_job_back(tmp_path: Path, way: str) -> None:
    queue = needy(2)

    async def during(at_work: Dispatching, _: Gated) -> None:
        await getattr(at_work, way)()

    async def scene() -> None:
        executor = Gated(tmp_path, 1)
        executor.outlives = way == "left"  # type: ignore[misc] # as those on Ray
        async with dispatching(queue, executor, card(cpu(1))) as at_work:
            await at_work.until(executor.waiting.is_set)
            await during(at_work, executor)
        await ProcessExecutor.stop(executor)

    asyncio.run(scene())
    assert Key(1, 1) in queue.released
    assert queue.reports == {}


def test_a_slot_that_is_lost_meanwhile_costs_no_attempt(tmp_path: Path) -> None:
    queue = needy()

    async def during(at_work: Dispatching, executor: Gated) -> None:
        await executor.retire("coevo-slot-lab-one/lab-cpu-0")
        executor.gate.set()
        await at_work.until(lambda: queue.ended == 1)

    gated(tmp_path, queue, during)
    assert queue.released == [Key(1, 1)]
    assert queue.report(1).status is Status.DONE
    assert [report.status for report in queue._recorded_before.values()] == [Status.DONE]


def test_the_log_of_what_has_ended_is_stored_before_its_files_come(tmp_path: Path) -> None:
    logs: list[bytes] = []

    class Looking(ProcessExecutor):
        async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
            logs.append(queue.log(Key(1, 1)))
            return await super().read(slot, digest, offset, length)

    queue = MemoryQueue(making(MAKES.replace(BYE, "echo made it\n" + BYE)))
    done(queue, Looking("lab-one", (cpu(1),), tmp_path, lambda name: Slot(name, tmp_path)), 1)
    assert logs == [b"made it\n"]
