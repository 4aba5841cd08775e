"""The uv provider: one virtual environment for each lock, built once, kept by content hash."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from runners.ending import says_no_room
from runners.environments.platforms import Platform, here, parsed
from runners.environments.provider import Note, Prepared, Shell, Unprepared
from runners.environments.tool import uv_binary, uv_environment
from runners.work import Component, Lock, canonical

FOLDER = "environments"
MARKER = "coevo-complete.json"  # written last: an environment without it is never used
_LOOK_AGAIN_SECONDS = 0.2
_TAGGED_TORCH = re.compile(r"^torch==\S+\+\w", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class UvProvider:
    """Environments under `home`/environments, hard-linked from one cache of wheels."""

    home: Path

    async def prepare(self, lock: Lock, note: Note, shell: Shell) -> Prepared:
        """The environment of a lock; about 20 s for torch the first time, 1 s from the cache."""
        platform = _platform(lock)
        prepared = _prepared(self.home / FOLDER / digest(lock))
        if not _is_complete(prepared.folder):
            async with _alone(prepared.folder.with_suffix(".lock"), note):
                if not _is_complete(prepared.folder):
                    await self._build(prepared, lock, platform, note, shell)
        with suppress(OSError):
            os.utime(prepared.folder / MARKER)  # its last use, by which old ones are dropped
        return prepared

    def observe(self, prepared: Prepared) -> tuple[Component, ...]:
        """The distributions in it, by their metadata."""
        sites = [str(path) for path in prepared.folder.glob("lib/python3*/site-packages")]
        found = {canonical(one.metadata["Name"]): one.version for one in distributions(path=sites)}
        split = [(name, *version.partition("+")) for name, version in sorted(found.items())]
        return tuple(Component(n, v, build, "environment") for n, v, _, build in split)

    async def _build(
        self, prepared: Prepared, lock: Lock, platform: Platform, note: Note, shell: Shell
    ) -> None:
        uv, folder = uv_binary(), prepared.folder
        env = await asyncio.to_thread(uv_environment, self.home)
        if uv is None:
            raise Unprepared("uv is not installed on this runner: `pip install uv`.")
        requirements = folder.with_suffix(".txt")
        with _disk_errors(folder):
            shutil.rmtree(folder, ignore_errors=True)  # what a killed build has left
            requirements.write_text(lock.text)
        note(f"building the environment {folder.name}")
        python = sys.executable if platform.python == here().python else platform.python
        await _step(shell, (uv, "venv", "--quiet", "--python", python, str(folder)), env, note)
        install = (uv, "pip", "install", "--python", str(prepared.python), "--require-hashes")
        troubles: list[Unprepared] = []
        for source in _sources(lock, platform, has_links="UV_FIND_LINKS" in env):
            try:
                await _step(shell, (*install, *source, "-r", str(requirements)), env, note)
                break
            except Unprepared as trouble:
                troubles.append(trouble)
        else:
            raise troubles[0]
        with _disk_errors(folder):
            (folder / MARKER).write_text(json.dumps({"lock": lock.digest, "for": str(platform)}))


class _disk_errors:  # noqa: N801 - reads as a statement
    """Turns a full or unwritable disk into the sentence people read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, OSError):
            raise Unprepared(f"{self._folder} cannot be written: {error.strerror}.") from error


def _sources(lock: Lock, platform: Platform, *, has_links: bool) -> list[tuple[str, ...]]:
    """Where wheels are looked for, in order, as uv's options: what is configured, torch's index.

    Torch's own index is asked only for a build with a tag (`+cpu`), which no other index has.
    """
    if _TAGGED_TORCH.search(lock.text) is None:
        return [()]
    index = ("--torch-backend", platform.torch_backend)
    return [(), index] if has_links else [index]


def digest(lock: Lock) -> str:
    """The name of a lock's environment: of its platform, Python and pins together."""
    text = f"{lock.platform}\n{lock.digest}\n{lock.text}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _platform(lock: Lock) -> Platform:
    try:
        return parsed(lock.platform)
    except ValueError as error:
        raise Unprepared(f"The lock is for an unknown platform: {error}.") from error


def _prepared(folder: Path) -> Prepared:
    programs = folder / "bin"
    return Prepared(folder, programs / "python", programs, (("VIRTUAL_ENV", str(folder)),))


def _is_complete(folder: Path) -> bool:
    return (folder / MARKER).exists()


@asynccontextmanager
async def _alone(path: Path, note: Note) -> AsyncIterator[None]:
    """Hold the build's lock file; several processes may want it. Can be cancelled while waiting."""
    with _disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    with file:
        waits = False
        while not _locked(file.fileno()):
            if not waits:
                note("waiting for the environment that another attempt builds")
            waits = True
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        yield


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _step(shell: Shell, argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> None:
    ran = await shell(argv, env, note)
    if ran.code == 0:
        return
    if says_no_room(ran.lines):
        raise Unprepared("The disk is full: the environment could not be built.", ran.lines)
    last = next((line for line in ran.lines if line.startswith("error")), "")
    said = last or next((line for line in reversed(ran.lines) if line.strip()), "no word")
    what = " ".join(argv[1:3]) if argv[1] == "pip" else argv[1]
    raise Unprepared(f"uv {what} ended with exit code {ran.code}: {said.strip()}.", ran.lines)
