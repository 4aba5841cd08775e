"""The folder of an attempt: found empty, left empty."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path


async def emptied(folder: Path) -> None:
    """Make the folder be there with nothing in it; removes in a thread where there is much."""
    with suppress(FileNotFoundError):
        if not os.listdir(folder):  # noqa: PTH208 - a no-op attempt pays for each call
            return
    await asyncio.to_thread(_made_anew, folder)


def _made_anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
