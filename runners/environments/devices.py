"""Puts a device that Coevo brings along into an environment: compiled once against its torch."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runners.environments.platforms import Platform
from runners.environments.provider import Note, Shell, Unprepared
from runners.work import Lock

SOURCES = Path(__file__).parents[1] / "devices"
FOLDER = "devices"  # of the data folder: a wheel for each backend, torch and Python
KINDS = ("simacc",)
_TORCH = re.compile(r"^torch==(\S+)", re.MULTILINE)
_SOURCE = {".py", ".h", ".cpp", ".toml"}


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where backends are compiled: for the environment of `python`, and kept under `home`."""

    uv: str
    python: Path
    home: Path
    env: Mapping[str, str]
    note: Note
    shell: Shell

    async def install(self, kind: str, stamp: str) -> None:
        """Have the backend `kind` in the environment; a minute of one core where it is new.

        Raises Unprepared in the compiler's own words.
        """
        kept = self.home / FOLDER / stamp
        if not kept.exists():
            self.note(f"compiling the device {kind} against the installed torch")
            await self._build(kind, kept)
        (wheel,) = kept.glob("*.whl")
        argv = (self.uv, "pip", "install", "--no-deps", "--python", str(self.python), str(wheel))
        ran = await self.shell(argv, self.env, self.note)
        if ran.code:
            raise Unprepared(f"The device {kind} could not be installed.", ran.lines)

    async def _build(self, kind: str, kept: Path) -> None:
        """The wheel in its place, whole or not at all: others may be building the same."""
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            tree, out = Path(folder, "source"), Path(folder, "wheel")
            shutil.copytree(SOURCES / kind, tree)
            build = (self.uv, "build", "--wheel", "--no-build-isolation", "--out-dir", str(out))
            argv = (*build, "--python", str(self.python), str(tree))
            ran = await self.shell(argv, self.env, self.note)
            if ran.code:
                errors = [line.strip() for line in ran.lines if "error:" in line]
                what = (errors or ["no word"])[0].rstrip(".")
                why = f"The device {kind} could not be compiled; it needs g++: {what}."
                raise Unprepared(why, ran.lines)
            _keep(out, kept)


def stamp(lock: Lock, platform: Platform) -> str:
    """Names what the environment holds besides its pins: a backend for this torch; "" for none."""
    torch = _TORCH.search(lock.text)
    if platform.kind not in KINDS or torch is None:
        return ""
    told = hashlib.sha256(f"{torch[1]}\n{platform}\n".encode())
    for path in sorted((SOURCES / platform.kind).rglob("*")):
        if path.suffix in _SOURCE:
            told.update(f"{path.relative_to(SOURCES)}\n".encode() + path.read_bytes())
    return told.hexdigest()[:16]


def _keep(built: Path, kept: Path) -> None:
    """Put it in its place, unless another build of the same was quicker."""
    with suppress(OSError):
        built.rename(kept)
