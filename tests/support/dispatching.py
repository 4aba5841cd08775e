"""Runs a dispatcher for the length of a block, and waits for what it brings about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from orchestrator.dispatch.dispatcher import Dispatcher, Stop
from orchestrator.dispatch.port import Executor, Queue
from orchestrator.dispatch.rhythm import Rhythm
from runners.work import RunnerCard

PATIENCE_SECONDS = 170.0  # less than a test is given
QUICK = Rhythm(claim=0.05, renew=0.05, starting=0.2, offers=0.2, collect=1.0, lost_pause=0.02)


@dataclass(slots=True)
class Dispatching:
    """A dispatcher at work; `said` is what it told people."""

    dispatcher: Dispatcher
    stop: Stop
    task: asyncio.Task[None]
    said: list[str]

    async def until(self, claim: Callable[[], object]) -> None:
        """Wait until something holds, or the dispatcher breaks."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not claim():
                if self.task.done():
                    self.task.result()
                    raise AssertionError("the dispatcher has ended")
                await asyncio.sleep(0.01)

    async def drained(self) -> None:
        """End it as Ctrl-C does."""
        self.stop.drain()
        await asyncio.wait_for(self.task, PATIENCE_SECONDS)

    async def left(self) -> None:
        """End it as an upgrade does: slots live on."""
        self.stop.leave()
        await asyncio.wait_for(self.task, PATIENCE_SECONDS)


@asynccontextmanager
async def dispatching(
    queue: Queue, executor: Executor, card: RunnerCard, rhythm: Rhythm = QUICK
) -> AsyncIterator[Dispatching]:
    """A dispatcher that runs until the block ends, then drains."""
    stop, said = Stop(), list[str]()
    dispatcher = Dispatcher(queue, executor, card, said.append, rhythm)
    task = asyncio.create_task(dispatcher.run(stop))
    try:
        yield Dispatching(dispatcher, stop, task, said)
    finally:
        stop.drain()
        await asyncio.wait_for(task, PATIENCE_SECONDS)
