"""What every executor promises: the same tests for plain processes and for Ray."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from offers import cpu
from slots import eventually
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from orchestrator.dispatch.port import Executor, SlotLost
from runners.work import Ended, Happening, Key, LogChunk, Phase, Progress, Report

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.slow]
WAITING = HELLO + "sleep 600\n"


@asynccontextmanager
async def started(executor: Executor) -> AsyncIterator[str]:
    assert await executor.start() == ()
    try:
        yield await executor.slot_for(cpu(), 0)
    finally:
        await executor.stop()


async def collected(executor: Executor, slot: str, ends: int) -> list[Happening]:
    cursor, found = 0, list[Happening]()
    async with asyncio.timeout(60):
        while sum(isinstance(one, Ended) for one in found) < ends:
            batch = await executor.collect(slot, cursor, 5.0)
            found += batch.happenings
            cursor = batch.cursor
    return found


async def begun(executor: Executor, slot: str) -> int:
    """Waits until a suite in the slot runs; the cursor behind it."""
    cursor = 0
    async with asyncio.timeout(60):
        while True:
            batch = await executor.collect(slot, cursor, 5.0)
            cursor = batch.cursor
            if any(isinstance(one, Progress) and one.phase is Phase.RUNNING for one in batch[1]):
                return cursor


def reports(found: list[Happening]) -> dict[Key, Report]:
    return {one.key: one.report for one in found if isinstance(one, Ended)}


def test_a_ticket_is_carried_out_and_its_report_collected(executor: Executor) -> None:
    async def scene() -> dict[Key, Report]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(HELLO + BYE, job=5)])
            return reports(await collected(executor, slot, 1))

    found = asyncio.run(scene())
    assert {key: report.status for key, report in found.items()} == {Key(5, 1): Status.DONE}


def test_tickets_are_carried_out_in_their_order(executor: Executor) -> None:
    async def scene() -> list[Happening]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(job=number) for number in (3, 1, 2)])
            return await collected(executor, slot, 3)

    assert [key.job for key in reports(asyncio.run(scene()))] == [3, 1, 2]


def test_what_a_suite_prints_arrives_as_log(executor: Executor) -> None:
    async def scene() -> list[Happening]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(HELLO + "echo said aloud\n" + BYE)])
            return await collected(executor, slot, 1)

    chunks = [one.data for one in asyncio.run(scene()) if isinstance(one, LogChunk)]
    assert b"said aloud\n" in b"".join(chunks)


def test_a_ticket_assigned_twice_is_carried_out_once(executor: Executor) -> None:
    async def scene() -> list[Happening]:
        async with started(executor) as slot:
            for _ in range(3):
                await executor.assign(slot, [ticket(job=1), ticket(job=2)])
            await executor.assign(slot, [ticket(job=3)])
            return await collected(executor, slot, 3)

    ends = [one.key.job for one in asyncio.run(scene()) if isinstance(one, Ended)]
    assert sorted(ends) == [1, 2, 3]


def test_what_was_collected_is_kept_until_the_next_cursor_says_so(executor: Executor) -> None:
    async def scene() -> tuple[object, object, object]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket()])
            await collected_without_acknowledging(executor, slot)
            first = await executor.collect(slot, 0, 0.0)
            again = await executor.collect(slot, 0, 0.0)
            after = await executor.collect(slot, first.cursor, 0.0)
            return first, again, after.happenings

    first, again, after = asyncio.run(scene())
    assert first == again
    assert after == ()


async def collected_without_acknowledging(executor: Executor, slot: str) -> None:
    async with asyncio.timeout(60):
        while True:
            batch = await executor.collect(slot, 0, 0.0)
            if any(isinstance(one, Ended) for one in batch.happenings):
                return
            await asyncio.sleep(0.01)


def test_collecting_waits_for_news_and_returns_with_none(executor: Executor) -> None:
    async def scene() -> tuple[int, object]:
        async with started(executor) as slot:
            return tuple(await executor.collect(slot, 0, 0.05))  # type: ignore[return-value] # a pair

    assert asyncio.run(scene()) == (0, ())


def test_cancelling_ends_what_runs(executor: Executor) -> None:
    async def scene() -> dict[Key, Report]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(WAITING, job=9)])
            cursor = await begun(executor, slot)
            await executor.cancel(slot, Key(9, 1))
            async with asyncio.timeout(20):
                while not (found := (await executor.collect(slot, cursor, 5.0)).happenings):
                    pass
            return reports([*found, *await rest(executor, slot, found)])

    assert asyncio.run(scene())[Key(9, 1)].cancelled


async def rest(executor: Executor, slot: str, found: tuple[Happening, ...]) -> list[Happening]:
    if any(isinstance(one, Ended) for one in found):
        return []
    return await collected(executor, slot, 1)


def test_cancelling_drops_what_has_not_begun(executor: Executor) -> None:
    async def scene() -> dict[Key, Report]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(WAITING, job=1), ticket(job=2)])
            await begun(executor, slot)
            await executor.cancel(slot, Key(2, 1))
            await executor.cancel(slot, Key(1, 1))
            return reports(await collected(executor, slot, 2))

    found = asyncio.run(scene())
    assert [found[Key(job, 1)].cancelled for job in (1, 2)] == [True, True]


def test_the_same_slot_is_found_and_not_made_twice(executor: Executor) -> None:
    async def scene() -> tuple[str, str, str]:
        async with started(executor) as slot:
            again = await executor.slot_for(cpu(), 0)
            return slot, again, await executor.slot_for(cpu(), 1)

    slot, again, other = asyncio.run(scene())
    assert slot == again
    assert slot != other


def test_a_retired_slot_is_lost(executor: Executor) -> None:
    async def scene() -> None:
        async with started(executor) as slot:
            await executor.retire(slot)
            with pytest.raises(SlotLost, match="slot"):
                await executor.collect(slot, 0, 0.0)
            with pytest.raises(SlotLost, match="slot"):
                await executor.assign(slot, [ticket()])

    asyncio.run(scene())


def test_a_retired_slot_can_be_made_again(executor: Executor) -> None:
    async def scene() -> dict[Key, Report]:
        async with started(executor) as slot:
            await executor.retire(slot)
            assert await executor.slot_for(cpu(), 0) == slot
            await executor.assign(slot, [ticket(job=4)])
            return reports(await collected(executor, slot, 1))

    assert Key(4, 1) in asyncio.run(scene())


def test_stopping_ends_every_process_that_runs(executor: Executor, tmp_path: object) -> None:
    from slots import survivors  # noqa: PLC0415 - beside its one use

    async def scene() -> int:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(WAITING)])
            await begun(executor, slot)
            running = len(survivors(tmp_path / "work"))  # type: ignore[operator] # a path
        await eventually(lambda: not survivors(tmp_path / "work"), "all ended")  # type: ignore[operator] # a path
        return running

    assert asyncio.run(scene()) > 0


def test_a_suite_has_no_secret_of_ray_in_its_environment(executor: Executor) -> None:
    async def scene() -> list[Happening]:
        async with started(executor) as slot:
            await executor.assign(slot, [ticket(HELLO + "env\n" + BYE)])
            return await collected(executor, slot, 1)

    chunks = [one.data for one in asyncio.run(scene()) if isinstance(one, LogChunk)]
    names = {line.partition(b"=")[0] for line in b"".join(chunks).splitlines()}
    assert b"PATH" in names
    assert not {name for name in names if name.startswith((b"RAY_", b"OMP_"))}
