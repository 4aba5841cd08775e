"""Asks the queue in threads of its own, and asks again until it answers: nothing is dropped."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
FIRST_SECONDS = 0.05
MOST_SECONDS = 5.0
LOG = logging.getLogger(__name__)


class Patient:
    """Carries blocking calls out in a few threads.

    What a queue raises (the database is locked, the server is away) is said and tried again with
    a growing, jittered pause; only cancelling the coroutine ends the tries.
    """

    def __init__(self, say: Callable[[str], None], threads: int = 4) -> None:
        self._say = say
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="queue")

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's answer, however long it takes."""
        pause = FIRST_SECONDS
        while True:
            try:
                return await self.once(call, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 - whatever ails a queue, it is asked again
                self._complain(call, error)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            pause = min(pause * 2, MOST_SECONDS)

    async def once(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's answer, or what it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """Let the threads go once their calls have ended."""
        self._pool.shutdown(wait=False)

    def _complain(self, call: object, error: Exception) -> None:
        name = getattr(call, "__name__", "queue")
        LOG.warning("the queue did not answer (%s): %r", name, error)
        self._say(f"the queue does not answer: {error}")
