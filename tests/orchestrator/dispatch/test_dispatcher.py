"""The dispatcher between a queue in memory and real slots."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from dispatching import QUICK, dispatching
from memory_queue import MemoryQueue
from offers import card, cpu, gpu
from served import SOON_SECONDS
from slots import eventually, survivors
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from orchestrator.dispatch import recorder
from orchestrator.dispatch.process import ProcessExecutor
from runners.slot import Slot
from runners.work import Key, Offer, Phase, Ticket

pytestmark = pytest.mark.slow
WAITING = HELLO + "sleep 600\n"


def plain(home: Path, *offers: Offer) -> ProcessExecutor:
    return ProcessExecutor("lab-one", offers or (cpu(),), home)


def running(queue: MemoryQueue) -> set[int]:
    return {one.key.job for one in queue.progress if one.phase is Phase.RUNNING}


def test_every_job_is_recorded_once(tmp_path: Path) -> None:
    queue = MemoryQueue(*(ticket(job=number) for number in range(60)))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 60)

    asyncio.run(scene())
    assert {job: len(found) for job, found in queue.reports.items()} == dict.fromkeys(range(60), 1)
    assert {queue.report(job).status for job in range(60)} == {Status.DONE}
    assert queue.leased == {}


def test_slots_that_are_all_done_are_recorded_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "TOGETHER_SECONDS", 1000.0)
    queue = MemoryQueue(*(ticket(job=number) for number in range(5)))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 5)

    asyncio.run(scene())
    assert queue.leased == {}


def test_the_log_reaches_the_queue_whole(tmp_path: Path) -> None:
    queue = MemoryQueue(ticket(HELLO + "for i in 1 2 3; do echo line $i; done\n" + BYE))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    assert queue.log(Key(1, 1)) == b"line 1\nline 2\nline 3\n"


def test_the_runner_is_announced_and_people_hear_of_its_slots(tmp_path: Path) -> None:
    queue = MemoryQueue()

    async def scene() -> list[str]:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: at_work.said)
            return at_work.said

    assert asyncio.run(scene()) == ["2 slots ready"]
    assert queue.cards[0].name == "lab-one"


def test_jobs_go_to_the_offer_that_they_were_claimed_for(tmp_path: Path) -> None:
    cell = (("site", "lab"), ("accelerator", "gpu"))
    queue = MemoryQueue(ticket(job=1), replace(ticket(job=2), cell=cell))
    places: dict[str, list[int]] = {}

    class Noting(ProcessExecutor):
        async def assign(self, slot: str, tickets: Sequence[Ticket]) -> None:
            places.setdefault(slot, []).extend(one.key.job for one in tickets)
            await super().assign(slot, tickets)

    async def scene() -> None:
        executor = Noting("lab-one", (cpu(), gpu()), tmp_path)
        async with dispatching(queue, executor, card(cpu(), gpu())) as at_work:
            await at_work.until(lambda: queue.ended == 2)

    asyncio.run(scene())
    assert places == {
        "coevo-slot-lab-one/lab-cpu-0": [1],
        "coevo-slot-lab-one/lab-gpu-0": [2],
    }


def test_short_jobs_are_claimed_many_at_a_time(tmp_path: Path) -> None:
    queue = MemoryQueue(*(ticket(job=number) for number in range(400)))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 400)

    asyncio.run(scene())
    assert max(queue.claims) > 8


def test_long_jobs_are_not_hoarded(tmp_path: Path) -> None:
    queue = MemoryQueue(*(ticket(WAITING, job=number) for number in range(8)))

    async def scene() -> int:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: len(running(queue)) == 2)
            return len(queue.waiting)

    assert asyncio.run(scene()) == 6


def test_what_waits_behind_a_long_job_goes_back_to_the_queue(tmp_path: Path) -> None:
    rhythm = replace(QUICK, hoard=0.2)
    short = [replace(ticket(job=number), suite="mixed") for number in range(60)]
    queue = MemoryQueue(*short)

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path, cpu(1)), card(cpu(1)), rhythm) as at_work:
            await at_work.until(lambda: queue.ended == 60)
            long = replace(ticket(WAITING, job=100), suite="mixed")
            behind = [replace(ticket(job=number), suite="mixed") for number in range(101, 110)]
            queue.add(long, *behind)
            await at_work.until(lambda: len(queue.waiting) == 9)
            assert 100 in running(queue)

    asyncio.run(scene())
    assert {key.job for key in queue.released} >= set(range(101, 110))


def test_cancelling_ends_a_running_job(tmp_path: Path) -> None:
    queue = MemoryQueue(ticket(WAITING))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: running(queue))
            queue.cancelled.add(1)
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    assert queue.report(1).cancelled
    assert queue.released == []


def test_what_the_queue_calls_lost_is_ended_and_not_recorded(tmp_path: Path) -> None:
    queue = MemoryQueue(ticket(WAITING))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: running(queue))
            queue.leased.clear()
            queue.lost.add(Key(1, 1))
            await at_work.until(lambda: queue.refused)

    asyncio.run(scene())
    assert queue.refused == [Key(1, 1)]
    assert queue.reports == {}
    assert survivors(tmp_path / "work") == []


def test_draining_ends_suites_and_gives_their_jobs_back_uncounted(tmp_path: Path) -> None:
    queue = MemoryQueue(*(ticket(WAITING, job=number) for number in range(5)))

    async def scene() -> float:
        loop = asyncio.get_running_loop()
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: len(running(queue)) == 2)
            asked = loop.time()
            await at_work.drained()
            return loop.time() - asked

    assert asyncio.run(scene()) < SOON_SECONDS
    assert sorted(one.key.job for one in queue.waiting) == [0, 1, 2, 3, 4]
    assert queue.reports == {}
    assert queue.leased == {}
    assert survivors(tmp_path / "work") == []


def test_a_suite_that_refuses_to_end_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    stubborn = HELLO + "trap '' TERM\nwhile :; do sleep 1; done\n"
    queue = MemoryQueue(ticket(stubborn))

    async def scene() -> float:
        loop = asyncio.get_running_loop()
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: running(queue))
            asked = loop.time()
            await at_work.drained()
            return loop.time() - asked

    assert asyncio.run(scene()) < SOON_SECONDS
    assert queue.leased == {}
    assert survivors(tmp_path / "work") == []


def test_a_queue_that_is_away_is_asked_until_it_answers(tmp_path: Path) -> None:
    queue = MemoryQueue()

    async def scene() -> list[str]:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            for first in (0, 5, 10, 15):
                queue.fail = 2
                queue.add(*(ticket(job=first + number) for number in range(5)))
                await at_work.until(lambda first=first: queue.ended == first + 5)  # type: ignore[misc] # bound now
            return at_work.said

    said = asyncio.run(scene())
    assert "the queue does not answer: the database is locked" in said
    assert {len(found) for found in queue.reports.values()} == {1}


def test_a_queue_that_is_away_at_first_delays_the_start_only(tmp_path: Path) -> None:
    queue = MemoryQueue(ticket())
    queue.fail = 3

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    assert queue.fail == 0


def test_a_report_that_cannot_be_stored_ends_its_job_as_an_error(tmp_path: Path) -> None:
    case = """echo '{"type":"case","id":"one","status":"PASS"}'\n"""
    queue = MemoryQueue(*(ticket(HELLO + case + BYE, job=number) for number in range(6)))
    queue.poison = {3}

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 6)

    asyncio.run(scene())
    assert queue.report(3).status is Status.ERROR
    assert "job 3 holds what cannot be stored" in queue.report(3).reason
    assert {queue.report(job).status for job in (0, 1, 2, 4, 5)} == {Status.PASS}


def test_a_killed_guard_is_an_infrastructure_failure(tmp_path: Path) -> None:
    queue = MemoryQueue(ticket(HELLO + "kill -9 $PPID\nsleep 600\n"))

    async def scene() -> None:
        async with dispatching(queue, plain(tmp_path), card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 1)
        await eventually(lambda: not survivors(tmp_path / "work"), "nothing of it is left")

    asyncio.run(scene())
    assert queue.report(1).status is Status.MISS
    assert queue.leased == {}


def test_slots_are_made_by_whatever_the_demo_brings(tmp_path: Path) -> None:
    made: list[str] = []

    def make(name: str) -> Slot:
        made.append(name)
        return Slot(name, tmp_path)

    queue = MemoryQueue(ticket())
    executor = ProcessExecutor("lab-one", (cpu(),), tmp_path, make)

    async def scene() -> None:
        async with dispatching(queue, executor, card(cpu())) as at_work:
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    assert made == ["coevo-slot-lab-one/lab-cpu-0"]
