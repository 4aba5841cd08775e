"""Runs the tools of environments for a person who waits for them, without a slot or its guard."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Mapping

from runners.environments.provider import Note, Ran, Unprepared

_LINES = 200
_LINE_BYTES = 1 << 22


async def shell(argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> Ran:
    """Run a tool to its end; a cancellation ends it. Raises Unprepared where it is not there."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            env={**os.environ, **env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE_BYTES,
        )
    except OSError as error:
        raise Unprepared(f"{argv[0]} could not be started: {error.strerror}.") from error
    assert child.stdout is not None
    lines: deque[str] = deque(maxlen=_LINES)
    try:
        async for line in child.stdout:
            lines.append(line.decode(errors="replace").rstrip("\n"))
            note(lines[-1])
        return Ran(_code(await child.wait()), tuple(lines))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def _code(code: int) -> int:
    """As a shell tells it: 128 and the signal's number."""
    return 128 - code if code < 0 else code
