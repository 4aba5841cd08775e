"""The python provider: a virtual environment or conda prefix that the runner's owner has made."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from runners.environments import shelf
from runners.environments.container import OURS
from runners.environments.provider import Note, Prepared, Shell, Unprepared, components
from runners.work import Component, Fact, Lock, Pairs

NAME = "python"
OBSERVE = OURS / "suites" / "observe.py"
OLDEST = (3, 9)  # of the harness, which runs inside
_VERSION = "import sys; print('.'.join(map(str, sys.version_info[:3])))"


@dataclass(frozen=True, slots=True)
class PythonProvider:
    """Runs suites with a Python as it is found at `path`: a prefix, or the program itself.

    Nothing is ever installed there or taken away; `home` holds a note of its last use.
    """

    home: Path
    path: Path
    is_brought: bool = True

    async def prepare(self, lock: Lock | None, note: Note, shell: Shell) -> Prepared:  # noqa: ARG002 - what a lock says is held against what is observed
        """The environment as it is; its version is asked once for each change of the program."""
        python = program(self.path)
        folder = self.home / shelf.FOLDER / name(python)
        async with shelf.used(folder, note):
            version = _known(folder, python)
            if version is None:
                version = await self._asked(folder, python, shell)
        return _prepared(folder, python, version)

    async def observe(self, prepared: Prepared, shell: Shell) -> tuple[Component, ...]:
        """The distributions that its Python finds."""
        argv = (str(prepared.python), "-I", str(OBSERVE))
        return await told_by(argv, shell, "environment")

    async def _asked(self, folder: Path, python: Path, shell: Shell) -> str:
        start = time.monotonic()
        ran = await shell((str(python), "-I", "-S", "-c", _VERSION), {}, lambda _: None)
        version = ran.lines[-1].strip() if ran.lines else ""
        if ran.code:
            raise Unprepared(f"{python} does not run: {version or 'no word'}.", ran.lines)
        refuse_old(version, str(python))
        seconds = round(time.monotonic() - start, 3)
        shelf.finish(
            folder,
            shelf.Record(
                NAME,
                python=version,
                origin=f"{python}\n{_stamp(python)}",
                made=shelf.now(),
                seconds=seconds,
            ),
        )
        return version


def program(path: Path) -> Path:
    """The Python of a prefix, or the one named. A link stays one: in a venv it is what matters.

    Raises Unprepared.
    """
    whole = path.expanduser().absolute()
    if not whole.exists():
        raise Unprepared(f"{path} is not there: name a venv, a conda prefix or a Python.")
    tries = [whole / "bin" / "python", whole / "bin" / "python3"] if whole.is_dir() else [whole]
    found = next((one for one in tries if os.access(one, os.X_OK)), None)
    if found is None:
        raise Unprepared(f"{path} holds no bin/python that can be run.")
    return found


def name(python: Path) -> str:
    """What a Python is called among the environments: by its path."""
    return f"python-{hashlib.sha256(str(python).encode()).hexdigest()[:8]}"


def refuse_old(version: str, where: str) -> None:
    """Raise Unprepared for a Python that our side does not run in."""
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if parts < OLDEST:
        least = ".".join(map(str, OLDEST))
        raise Unprepared(f"{where} is Python {version}: suites need {least} or later.")


async def told_by(argv: tuple[str, ...], shell: Shell, source: str) -> tuple[Component, ...]:
    """What `OBSERVE` prints where it is run by `argv`; raises Unprepared."""
    ran = await shell(argv, {}, lambda _: None)
    line = next((line for line in reversed(ran.lines) if line.startswith("{")), "")
    if ran.code or not line:
        last = next((line for line in reversed(ran.lines) if line.strip()), "no word")
        raise Unprepared(f"What is installed could not be read: {last.strip()}.", ran.lines)
    return components(json.loads(line), source)


def _known(folder: Path, python: Path) -> str | None:
    record = shelf.record_of(folder)
    same = record is not None and record.origin == f"{python}\n{_stamp(python)}"
    return record.python if record is not None and same else None


def _stamp(python: Path) -> int:
    """What changes where another Python is put in its place."""
    return python.stat().st_mtime_ns


def _prepared(folder: Path, python: Path, version: str) -> Prepared:
    prefix = python.parent.parent
    told = (Fact("environment", f"{NAME} {version} at {python}", "runner"),)
    return Prepared(folder, python, python.parent, _variables(prefix), facts=told)


def _variables(prefix: Path) -> Pairs:
    """What activating it would set."""
    if (prefix / "pyvenv.cfg").exists():
        return (("VIRTUAL_ENV", str(prefix)),)
    if (prefix / "conda-meta").is_dir():
        return (("CONDA_PREFIX", str(prefix)), ("CONDA_DEFAULT_ENV", str(prefix)))
    return ()
