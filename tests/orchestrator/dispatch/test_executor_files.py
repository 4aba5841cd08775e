"""What every executor promises of files: the same tests for plain processes and for Ray."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from handing import artifact
from offers import cpu
from tickets import ticket

from orchestrator.dispatch.port import Executor, SlotLost
from runners.artifacts import Brought
from runners.work import Ended, Key

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.slow]


@asynccontextmanager
async def started(executor: Executor) -> AsyncIterator[str]:
    await executor.start()
    try:
        yield await executor.slot_for(cpu(), 0)
    finally:
        await executor.stop()


async def ended(executor: Executor, slot: str) -> set[Key]:
    """What has ended in a slot, once anything has."""
    cursor, found = 0, set[Key]()
    async with asyncio.timeout(60):
        while not found:
            cursor, happenings = await executor.collect(slot, cursor, 5.0)
            found = {one.key for one in happenings if isinstance(one, Ended)}
    return found


def test_a_file_is_brought_to_a_slot_in_pieces_and_read_there(executor: Executor) -> None:
    one = artifact(b"0123456789")

    async def scene() -> list[object]:
        async with started(executor) as slot:
            return [
                await executor.lacks(slot, [one.digest]),
                await executor.bring(slot, one.digest, 10, 0, b"01234"),
                await executor.bring(slot, one.digest, 10, 7, b"789"),
                await executor.bring(slot, one.digest, 10, 5, b"56789"),
                await executor.lacks(slot, [one.digest]),
                await executor.read(slot, one.digest, 3, 4),
            ]

    lacking = (one.digest,)
    pieces = [Brought(5), Brought(5), Brought(10)]
    assert asyncio.run(scene()) == [lacking, *pieces, (), b"3456"]


def test_what_is_wrong_with_a_file_is_an_answer_and_no_end_of_the_slot(
    executor: Executor, tmp_path: Path
) -> None:
    one = artifact(b"made")

    async def scene() -> set[Key]:
        async with started(executor) as slot:
            assert await executor.read(slot, one.digest, 0, 4) == b""
            there, trouble = await executor.bring(slot, one.digest, 4, 0, b"mode")
            assert (there, "is not what was sent" in trouble) == (0, True)
            shutil.rmtree(tmp_path / "artifacts")
            (tmp_path / "artifacts").write_text("in the way")
            there, trouble = await executor.bring(slot, one.digest, 4, 0, b"made")
            assert (there, "cannot store" in trouble) == (0, True)
            await executor.assign(slot, [ticket(job=7)])
            return await ended(executor, slot)

    assert asyncio.run(scene()) == {Key(7, 1)}


def test_a_retired_slot_has_no_files(executor: Executor) -> None:
    async def scene() -> None:
        async with started(executor) as slot:
            await executor.retire(slot)
            for ask in (
                executor.lacks(slot, []),
                executor.bring(slot, artifact().digest, 4, 0, b"made"),
                executor.read(slot, artifact().digest, 0, 4),
            ):
                with pytest.raises(SlotLost, match="slot"):
                    await ask

    asyncio.run(scene())
