"""What the dispatcher does when slots are lost, found, left, or too many for what is offered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from dispatching import dispatching
from memory_queue import MemoryQueue
from offers import card, cpu, gpu
from scripted import Script, done, served
from tickets import ticket

from matrix.errors import CoevoError
from matrix.status import Layer, Status
from orchestrator.dispatch.port import Batch, Held, Room, SlotLost
from runners.work import CaseResult, Ended, Happening, Key, Phase, Progress, Report

pytestmark = pytest.mark.slow


def test_a_lost_slot_is_an_infrastructure_failure_and_tried_again() -> None:
    queue = MemoryQueue(ticket(job=1))
    lost = SlotLost("slot cpu-0 on node-9 was lost: it was killed")
    executor = Script(lost, Batch(1, (done(Key(1, 2)),)))
    asyncio.run(served(queue, executor, 1))
    assert executor.assigned == [Key(1, 1), Key(1, 2)]
    assert queue.report(1).status is Status.PASS


def test_a_job_whose_slots_are_all_lost_says_where() -> None:
    queue = MemoryQueue(ticket(job=1))
    executor = Script(*(SlotLost(f"slot on node-{number} was lost") for number in range(3)))
    asyncio.run(served(queue, executor, 1))
    report = queue.report(1)
    assert (report.status, report.layer) == (Status.MISS, Layer.INFRA)
    assert report.reason == "slot on node-2 was lost"


def test_what_only_waited_in_a_lost_slot_goes_back_uncounted() -> None:
    queue = MemoryQueue(*(ticket(job=number) for number in range(3)))
    held = Held("cpu-0x1", tuple(Key(job, 1) for job in range(3)), cpu(1).labels)
    queue.claim(7, [Room(cpu(1), 3)])
    ends = Batch(9, tuple(done(Key(job, 2)) for job in range(3)))
    executor = Script(SlotLost("it was killed"), ends, found=(held,))
    executor.offered = (cpu(1),)

    async def scene() -> None:
        async with dispatching(queue, executor, card(cpu(1))) as at_work:
            await at_work.until(lambda: len(queue.released) >= 2)

    asyncio.run(scene())
    assert {Key(1, 1), Key(2, 1)} <= set(queue.released)
    assert Key(0, 1) not in queue.released


def test_a_slot_that_cannot_be_made_is_tried_again() -> None:
    queue = MemoryQueue(ticket(job=1))
    executor = Script(Batch(1, (done(Key(1, 1)),)))
    executor.refusals = 2
    at_work = asyncio.run(served(queue, executor, 1))
    assert at_work.said.count("no room for a slot") == 2
    assert queue.report(1).status is Status.PASS


def test_attempts_found_in_slots_are_collected_and_not_repeated() -> None:
    queue = MemoryQueue(ticket(job=1))
    queue.claim(7, [Room(cpu(1), 1)])
    held = Held("cpu-0x1", (Key(1, 1),), cpu(1).labels)
    executor = Script(Batch(3, (done(Key(1, 1)),)), found=(held,))
    asyncio.run(served(queue, executor, 1))
    assert executor.assigned == []
    assert queue.report(1).status is Status.PASS


def test_attempts_found_nowhere_were_lost_with_the_machine() -> None:
    queue = MemoryQueue(ticket(job=1))
    queue.claim(7, [Room(cpu(1), 1)])
    executor = Script(Batch(1, (done(Key(1, 2)),)))
    asyncio.run(served(queue, executor, 1))
    assert executor.assigned == [Key(1, 2)]
    assert queue.released == []


def test_attempts_that_our_own_end_ended_go_back_uncounted() -> None:
    queue = MemoryQueue(ticket(job=1))
    queue.claim(7, [Room(cpu(1), 1)])
    executor = Script(Batch(1, (done(Key(1, 2)),)))
    executor.outlives = False
    asyncio.run(served(queue, executor, 1))
    assert queue.released == [Key(1, 1)]


def test_found_attempts_that_are_no_longer_ours_are_ended() -> None:
    queue = MemoryQueue()
    held = Held("cpu-0x1", (Key(1, 1),), cpu(1).labels)
    executor = Script(Batch(3, (done(Key(1, 1)),)), found=(held,))

    async def scene() -> None:
        async with dispatching(queue, executor, card(cpu(1))) as at_work:
            await at_work.until(lambda: queue.refused)

    asyncio.run(scene())
    assert executor.ended == [Key(1, 1)]


def test_a_found_slot_of_another_version_is_emptied_and_never_filled() -> None:
    queue = MemoryQueue(ticket(job=1), ticket(job=2))
    queue.claim(7, [Room(cpu(1), 1)])
    held = Held("cpu-0x1", (Key(1, 1),), cpu(1).labels, stale=True)
    executor = Script(Batch(3, (done(Key(1, 1)),)), found=(held,))

    async def scene() -> None:
        async with dispatching(queue, executor, card(cpu(1))) as at_work:
            await at_work.until(lambda: "cpu-0x1" in executor.retired)
            assert queue.ended == 1

    asyncio.run(scene())


def test_leaving_lets_slots_live_on() -> None:
    queue = MemoryQueue(ticket(job=1))
    executor = Script()

    async def scene() -> None:
        async with dispatching(queue, executor, card(cpu(1))) as at_work:
            await at_work.until(lambda: executor.assigned)
            await at_work.left()

    asyncio.run(scene())
    assert executor.stopped == [True]
    assert executor.ended == []
    assert list(queue.leased) == [Key(1, 1)]


def test_work_for_several_devices_gets_them_all_and_gives_them_back() -> None:
    cell = (("site", "lab"), ("accelerator", "gpu"))
    wide = replace(ticket(job=1), cell=cell, devices=2)
    queue = MemoryQueue(wide)
    executor = Script(Batch(1, (done(Key(1, 1)),)), Batch(2, (done(Key(2, 1)),)))
    executor.offered = (gpu(2),)

    async def scene() -> None:
        async with dispatching(queue, executor, card(gpu(2))) as at_work:
            await at_work.until(lambda: queue.ended == 1)
            await at_work.until(lambda: "gpu-0x2" in executor.retired)
            queue.add(replace(ticket(job=2), cell=cell, devices=1))
            await at_work.until(lambda: queue.ended == 2)

    asyncio.run(scene())
    assert executor.assigned == [Key(1, 1), Key(2, 1)]


def test_offers_that_change_are_announced() -> None:
    queue = MemoryQueue()
    executor = Script()

    async def scene() -> None:
        async with dispatching(queue, executor, card(cpu(1))) as at_work:
            await at_work.until(lambda: at_work.said == ["1 slot ready"])
            executor.offered = (cpu(1), gpu(3))
            await at_work.until(lambda: at_work.said[-1] == "4 slots ready")

    asyncio.run(scene())
    assert queue.cards[-1].offers == (cpu(1), gpu(3))


def test_an_executor_that_cannot_start_is_said_to_whoever_runs_the_dispatcher() -> None:
    class Broken(Script):
        async def start(self) -> tuple[Held, ...]:
            raise CoevoError.because("Ray did not start", "read its log")

    async def scene() -> None:
        async with dispatching(MemoryQueue(), Broken(), card(cpu(1))) as at_work:
            await at_work.task

    with pytest.raises(CoevoError, match="Ray did not start"):
        asyncio.run(scene())


def test_progress_and_reports_of_one_batch_are_stored_in_that_order() -> None:
    queue = MemoryQueue(ticket(job=1))
    key = Key(1, 1)
    happened: tuple[Happening, ...] = (
        Progress(key, Phase.RUNNING, 1, 2, "half"),
        Ended(key, Report(Status.PASS, Layer.NONE, "", (CaseResult("one", Status.PASS),))),
    )
    executor = Script(Batch(2, happened))
    asyncio.run(served(queue, executor, 1))
    assert queue.progress == [], "what has ended needs no progress"
    assert queue.report(1).cases[0].id == "one"
