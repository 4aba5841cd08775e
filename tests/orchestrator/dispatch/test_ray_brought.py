"""What a runner brings reaches its slots in Ray; slots that bring something else are let go."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from borrowing import QUICK as DEADLINES
from borrowing import Borrowed
from brought import VERSION, by_python
from dispatching import dispatching
from memory_queue import MemoryQueue
from offers import card, cpu
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from orchestrator.dispatch.ray_executor import RayExecutor
from runners.environments.bindings import Bindings
from runners.environments.sources import Sources
from runners.work import Key

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.slow]
PRIVATE = Bindings(sources=Sources(indexes=("https://me:s3cret-word@127.0.0.1:9/",)))


def on_ray(borrowed: Borrowed, home: Path, bindings: Bindings) -> RayExecutor:
    return RayExecutor(
        borrowed, home.name, "lab", home, (cpu(),), bindings=bindings, deadlines=DEADLINES
    )


def test_slots_in_ray_bring_what_they_were_given_and_are_let_go_with_it(
    borrowed: Borrowed, tmp_path: Path
) -> None:
    """A suite runs in the Python that was brought; then the runner brings something else."""
    home, bindings = tmp_path / "home", by_python(tmp_path).bindings
    script = HELLO + "python -c 'import coevo_toy; print(coevo_toy.VERSION)'\n" + BYE
    queue = MemoryQueue(ticket(script))

    async def scene() -> tuple[list[bool], str]:
        who = card(cpu(), name=home.name, kind="ray")
        async with dispatching(queue, on_ray(borrowed, home, bindings), who) as here:
            await here.until(lambda: queue.ended == 1)
            await here.left()
        executor = on_ray(borrowed, home, PRIVATE)
        stale = [one.stale for one in await executor.start()]
        slot = await executor.slot_for(cpu(), 7)
        about = await executor._asked(slot, lambda actor: actor.about.remote(), 30)
        await executor.stop()
        return stale, str(about)

    stale, about = asyncio.run(scene())
    report = queue.report(1)
    assert report.status is Status.DONE, report
    assert f"{VERSION}\n".encode() in queue.log(Key(1, 1))
    assert any(fact.value.startswith("python 3.") for fact in report.facts)
    assert stale == [True]
    assert "bindings" in about
    assert "s3cret-word" not in about
