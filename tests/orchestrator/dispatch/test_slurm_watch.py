"""Looks into Slurm's queue: once for all, only while somebody asks, and patient."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from planted_slurm import PlantedSlurm
from slots import eventually

from orchestrator.dispatch.slurm_client import Slurm
from orchestrator.dispatch.slurm_watch import Watch

T = TypeVar("T")


@pytest.fixture
def planted(tmp_path: Path) -> PlantedSlurm:
    return PlantedSlurm(tmp_path / "bin").plant()


def watched(planted: PlantedSlurm, scene: Callable[[Watch], Awaitable[T]]) -> T:
    async def whole() -> T:
        watch = Watch(Slurm((), planted.environ), "x-", 0.05)
        running = asyncio.create_task(watch.run())
        try:
            return await asyncio.wait_for(scene(watch), 30)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    return asyncio.run(whole())


def test_nothing_is_asked_while_nobody_wants_to_know(planted: PlantedSlurm) -> None:
    async def scene(watch: Watch) -> None:
        watch.soon()
        await asyncio.sleep(0.3)

    watched(planted, scene)
    assert planted.called("squeue") == []


def test_one_look_serves_all(planted: PlantedSlurm) -> None:
    planted.shows("1|PENDING|x-1-1||1:00|Priority", "2|RUNNING|x-2-1|n1|1:00|None")

    async def scene(watch: Watch) -> tuple[str, str]:
        names = (watch.name(1, 1), watch.name(2, 1))
        first, second = await asyncio.gather(*map(watch.fresh, names))
        assert first is not None
        assert second is not None
        return first.state, second.state

    assert watched(planted, scene) == ("PENDING", "RUNNING")
    assert len(planted.called("squeue")) <= 2


def test_a_fresh_answer_is_no_older_than_its_question(planted: PlantedSlurm) -> None:
    async def scene(watch: Watch) -> list[bool]:
        before = await watch.fresh("x-1-1")
        planted.shows("1|PENDING|x-1-1||1:00|Priority")
        after = await watch.fresh("x-1-1")
        return [before is None, after is None]

    assert watched(planted, scene) == [True, False]


def test_silence_is_told_and_what_was_seen_is_kept(planted: PlantedSlurm) -> None:
    planted.shows("1|PENDING|x-1-1||1:00|Priority")

    async def scene(watch: Watch) -> tuple[str, bool, str]:
        await watch.fresh("x-1-1")
        planted.answers("squeue", "", "slurm_load_jobs error: away\n", 1)
        await eventually(lambda: watch.trouble, "silence")
        trouble, kept = watch.trouble, watch.seen("x-1-1") is not None
        planted.shows()
        await watch.fresh("x-1-1")
        return trouble, kept, watch.trouble

    assert watched(planted, scene) == ("slurm_load_jobs error: away", True, "")


def test_a_fresh_answer_waits_for_slurm_to_speak_again(planted: PlantedSlurm) -> None:
    planted.answers("squeue", "", "away\n", 1)

    async def scene(watch: Watch) -> bool:
        asking = asyncio.create_task(watch.fresh("x-1-1"))
        await eventually(lambda: watch.trouble, "silence")
        was_waiting = not asking.done()
        planted.shows("1|PENDING|x-1-1||1:00|Priority")
        return was_waiting and (await asking) is not None

    assert watched(planted, scene)


def test_what_nobody_follows_any_more_is_not_asked_for(planted: PlantedSlurm) -> None:
    async def scene(watch: Watch) -> int:
        await watch.fresh("x-1-1")
        watch.forget("x-1-1")
        watch.forget("x-1-1")
        await asyncio.sleep(0.3)
        count = len(planted.called("squeue"))
        await asyncio.sleep(0.3)
        return len(planted.called("squeue")) - count

    assert watched(planted, scene) == 0
