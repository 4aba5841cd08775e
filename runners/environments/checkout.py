"""Puts a commit's files into an attempt's folder, by git under the attempt's own guard."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from matrix.model import Workdir
from runners.environments.git import ALONE, QUIET
from runners.environments.provider import Note, Shell, Unprepared

FOLDER = "checkouts"
_KEPT = "refs/coevo/"  # what was fetched, by its commit
_LOOK_AGAIN_SECONDS = 0.1


async def check_out(home: Path, wanted: Workdir, tree: Path, note: Note, shell: Shell) -> None:
    """The commit's files in `tree`, with submodules; history and tags are there. Raises Unprepared.

    A bare copy of the repository is kept in `home`/checkouts and fetches what is new.
    """
    name = hashlib.sha256(wanted.git.encode()).hexdigest()[:16]
    async with _alone(home / FOLDER / name) as copy:
        if not (copy / "config").exists():
            await _git(("init", "--quiet", "--bare", str(copy)), note, shell)
        here, ref = ("-C", str(copy)), f"{_KEPT}{wanted.commit}"
        if '[remote "origin"]' not in (copy / "config").read_text():
            await _git((*here, "remote", "add", "origin", wanted.git), note, shell)
        if not await _has(here, ref, shell):
            note(f"fetching {wanted.git} at {wanted.commit[:12]}")
            fetch = ("fetch", "--quiet", "--filter=tree:0", "origin", f"{wanted.commit}:{ref}")
            await _git((*here, *fetch), note, shell)
        await _git((*here, "worktree", "prune"), note, shell)
        add = ("worktree", "add", "--quiet", "--detach", str(tree), wanted.commit)
        await _git((*here, *add), note, shell)
    if (tree / ".gitmodules").exists():
        update = ("submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1")
        await _git(("-C", str(tree), *update), note, shell)


async def _has(here: tuple[str, ...], ref: str, shell: Shell) -> bool:
    argv = ("git", *ALONE, *here, "show-ref", "--verify", "--quiet", ref)
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
        while not _locked(file):  # noqa: ASYNC110 - another process lets go of it
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


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unheard(_line: str) -> None:
    """That something is not there yet is no news."""
