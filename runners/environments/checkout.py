"""Puts a commit's files into an attempt's folder, by git under the attempt's own guard."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from matrix.model import Workdir
from runners.environments.git import (
    ALONE,
    INIT,
    PRUNE,
    QUIET,
    SUBMODULES,
    adding,
    copy_name,
    fetching,
    finding,
    has_origin,
    laying_out,
)
from runners.environments.locking import taken
from runners.environments.provider import Note, Shell, Unprepared

FOLDER = "checkouts"
_LOOK_AGAIN_SECONDS = 0.1


async def check_out(home: Path, wanted: Workdir, tree: Path, note: Note, shell: Shell) -> None:
    """The commit's files in `tree`, with submodules; history and tags are there. Raises Unprepared.

    A bare copy of the repository is kept in `home`/checkouts and fetches what is new.
    """
    async with _alone(home / FOLDER / copy_name(wanted.git)) as copy:
        here = ("-C", str(copy))
        if not (copy / "config").exists():
            await _git((*INIT, str(copy)), note, shell)
        if not has_origin(copy):
            await _git((*here, *adding(wanted.git)), note, shell)
        if not await _has(here, wanted.commit, shell):
            note(f"fetching {wanted.git} at {wanted.commit[:12]}")
            await _git((*here, *fetching(wanted.commit)), note, shell)
        await _git((*here, *PRUNE), note, shell)
        await _git((*here, *laying_out(wanted.commit, tree)), note, shell)
    if (tree / ".gitmodules").exists():
        await _git(("-C", str(tree), *SUBMODULES), note, shell)


async def _has(here: tuple[str, ...], commit: str, shell: Shell) -> bool:
    argv = ("git", *ALONE, *here, *finding(commit))
    return (await shell(argv, QUIET, _unheard)).code == 0


async def _git(words: tuple[str, ...], note: Note, shell: Shell) -> None:
    ran = await shell(("git", *ALONE, *words), QUIET, note)
    if ran.code:
        said = next((line for line in reversed(ran.lines) if line.strip()), "it said nothing")
        raise Unprepared(f"The checkout failed: {said.strip().rstrip('.')}.", ran.lines)


@asynccontextmanager
async def _alone(copy: Path) -> AsyncIterator[Path]:
    """The copy's folder, for one attempt at a time. Can be cancelled while waiting."""
    file = _opened(copy)
    try:
        while not taken(file):  # noqa: ASYNC110 - another process lets go of it
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        yield copy
    finally:
        os.close(file)


def _opened(copy: Path) -> int:
    try:
        copy.mkdir(parents=True, exist_ok=True)
        return os.open(copy / "coevo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unprepared(f"{copy} cannot be written: {error.strerror}.") from error


def _unheard(_line: str) -> None:
    """That something is not there yet is no news."""
