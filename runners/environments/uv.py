"""The uv provider: one virtual environment for each lock, built once, kept by content hash."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path

from runners.ending import says_no_room
from runners.environments import devices, shelf
from runners.environments.platforms import Platform, here, parsed
from runners.environments.provider import (
    Note,
    Prepared,
    Ran,
    Shell,
    Unprepared,
    components,
)
from runners.environments.sources import Sources
from runners.environments.tool import REFUSED, WHOLE, uv_binary, uv_environment
from runners.work import Component, Fact, Lock

NAME = "uv"
_TAGGED_TORCH = re.compile(r"^torch==\S+\+\w", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class UvProvider:
    """Environments under `home`/environments, hard-linked from one cache of wheels."""

    home: Path
    sources: Sources = field(default_factory=Sources)
    is_brought: bool = False

    async def prepare(self, lock: Lock | None, note: Note, shell: Shell) -> Prepared:
        """The environment of a lock; about 20 s for torch the first time, 1 s from the cache."""
        assert lock is not None
        platform = _platform(lock)
        prepared = _prepared(self.home / shelf.FOLDER / digest(lock))
        async with shelf.used(prepared.folder, note) as is_complete:
            if not is_complete:
                await self._build(prepared, lock, platform, note, self._discreet(shell))
        return prepared

    async def observe(
        self,
        prepared: Prepared,
        shell: Shell,  # noqa: ARG002 - the files alone tell it
    ) -> tuple[Component, ...]:
        """The distributions in it, by their metadata."""
        sites = [str(path) for path in prepared.folder.glob("lib/python3*/site-packages")]
        found = {one.metadata["Name"]: one.version for one in distributions(path=sites)}
        return components(found, "environment")

    def _discreet(self, shell: Shell) -> Shell:
        """The shell, which lets nothing out that is the runner's own secret."""
        hide = self.sources.redacted

        async def run(argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> Ran:
            ran = await shell(argv, env, lambda line: note(hide(line)))
            return Ran(ran.code, tuple(map(hide, ran.lines)))

        return run

    async def _build(
        self, prepared: Prepared, lock: Lock, platform: Platform, note: Note, shell: Shell
    ) -> None:
        uv, folder, start = uv_binary(), prepared.folder, time.monotonic()
        env = await asyncio.to_thread(uv_environment, self.home, self.sources)
        env.pop("UV_CONSTRAINT", None)  # the lock has met them, and they have no hashes
        if uv is None:
            raise Unprepared("uv is not installed on this runner: `pip install uv`.")
        with shelf.disk_errors(folder):
            shutil.rmtree(folder, ignore_errors=True)  # what a killed build has left
            requirements(folder).write_text(lock.text)
        note(f"building the environment {folder.name}")
        python = sys.executable if platform.python == here().python else platform.python
        await _step(shell, (uv, "venv", "--quiet", "--python", python, str(folder)), env, note)
        install = (uv, "pip", "install", "--python", str(prepared.python), *WHOLE)
        troubles: list[Unprepared] = []
        for source in _sources(lock, platform, has_links="UV_FIND_LINKS" in env):
            try:
                wanted = ("-r", str(requirements(folder)))
                await _step(shell, (*install, *source, *wanted), env, note)
                break
            except Unprepared as trouble:
                troubles.append(trouble)
        else:
            raise troubles[0]
        if stamp := devices.stamp(lock, platform):
            workshop = devices.Workshop(uv, prepared.python, self.home, env, note, shell)
            await workshop.install(platform.kind, stamp)
        self._finish(folder, lock, platform, time.monotonic() - start)

    def _finish(self, folder: Path, lock: Lock, platform: Platform, seconds: float) -> None:
        shelf.finish(
            folder,
            shelf.Record(
                provider=NAME,
                lock=lock.digest,
                platform=str(platform),
                python=platform.python,
                sources=self.sources.options(),
                made=shelf.now(),
                seconds=round(seconds, 3),
            ),
        )


def digest(lock: Lock) -> str:
    """The name of a lock's environment: of its platform, Python and pins together."""
    text = f"{lock.platform}\n{lock.digest}\n{lock.text}{devices.stamp(lock, _platform(lock))}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def requirements(folder: Path) -> Path:
    """Where the pins of an environment lie, beside its folder."""
    return folder.with_suffix(".txt")


def _sources(lock: Lock, platform: Platform, *, has_links: bool) -> list[tuple[str, ...]]:
    """Where wheels are looked for, in order, as uv's options: what is configured, torch's index.

    Torch's own index is asked only for a build with a tag (`+cpu`), which no other index has.
    """
    if _TAGGED_TORCH.search(lock.text) is None:
        return [()]
    index = ("--torch-backend", platform.torch_backend)
    return [(), index] if has_links else [index]


def _platform(lock: Lock) -> Platform:
    try:
        return parsed(lock.platform)
    except ValueError as error:
        raise Unprepared(f"The lock is for an unknown platform: {error}.") from error


def _prepared(folder: Path) -> Prepared:
    programs = folder / "bin"
    told = (Fact("environment", f"{NAME} {folder.name}", "runner"),)
    env = (("VIRTUAL_ENV", str(folder)),)
    return Prepared(folder, programs / "python", programs, env, facts=told)


async def _step(shell: Shell, argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> None:
    ran = await shell(argv, env, note)
    if ran.code == 0:
        return
    if says_no_room(ran.lines):
        raise Unprepared(shelf.FULL, ran.lines)
    what = " ".join(argv[1:3]) if argv[1] == "pip" else argv[1]
    said = _said(ran.lines).rstrip(".")
    raise Unprepared(f"uv {what} ended with exit code {ran.code}: {said}.", ran.lines)


def _said(lines: tuple[str, ...]) -> str:
    """Uv's own words: an index that refuses us, else the error, else the last line."""
    told = [line.strip() for line in lines if line.strip()]
    refused = (line for line in told if line.startswith("hint:") and REFUSED in line)
    error = (line for line in told if line.startswith("error"))
    return next(chain(refused, error, reversed(told)), "no word").removeprefix("hint: ")
