"""Progress comes seldom, log in pieces, and an attempt that ends at once says nothing before."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from runners.voice import EVERY_SECONDS, Voice
from runners.work import Happening, Key, LogChunk, Phase, Progress

KEY = Key(1, 1)


def spoken(folder: Path, cases: int, pause: float) -> tuple[list[Happening], float]:
    """What a voice told of so many cases with a pause and a line each, and how long it took."""
    told: list[Happening] = []

    async def speak() -> None:
        voice = Voice(KEY, 1 << 20, folder / "spool", told.append)
        voice.phase(Phase.RUNNING)
        for done in range(cases):
            voice.counted(done + 1, cases)
            voice.line(f"case {done}")
            await asyncio.sleep(pause)
        voice.close()

    start = time.monotonic()
    asyncio.run(speak())
    return told, time.monotonic() - start


def test_an_attempt_that_ends_at_once_tells_only_its_log(tmp_path: Path) -> None:
    told, _ = spoken(tmp_path, 20, 0)
    assert told == [LogChunk(KEY, 0, b"".join(f"case {n}\n".encode() for n in range(20)))]


def test_progress_comes_at_most_four_times_a_second(tmp_path: Path) -> None:
    told, seconds = spoken(tmp_path, 100, 0.01)
    progress = [one for one in told if isinstance(one, Progress)]
    chunks = [one for one in told if isinstance(one, LogChunk)]
    assert 1 <= len(progress) <= seconds / EVERY_SECONDS
    assert 1 <= len(chunks) <= seconds / (2 * EVERY_SECONDS) + 1
    assert [one.done for one in progress] == sorted({one.done for one in progress})
    assert b"".join(one.data for one in chunks).count(b"\n") == 100
