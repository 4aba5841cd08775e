"""The folder of an attempt: found empty, left empty."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path


async def emptied(folder: Path) -> None:
    """Make the folder be there with nothing in it; removes in a thread where there is much."""
    if not _is_empty(str(folder)):
        await asyncio.to_thread(_made_anew, folder)


def _is_empty(folder: str) -> bool:
    """Whether it is there as it was made: a suite may have put a link in its place."""
    try:
        return not os.listdir(folder) and not os.path.islink(folder)  # noqa: PTH114, PTH208 - a no-op attempt pays for each call
    except (FileNotFoundError, NotADirectoryError):
        return False


def _made_anew(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
