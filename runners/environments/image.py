"""The image provider: an OCI image by its digest, run by podman, docker or apptainer."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from runners.ending import says_no_room
from runners.environments import shelf
from runners.environments.container import ENGINES, OURS, Container
from runners.environments.provider import Note, Prepared, Ran, Shell, Unprepared
from runners.environments.python import OBSERVE, refuse_old, told_by
from runners.work import Component, Fact, Lock

NAME = "image"
_VERSION = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
_INSPECT = ("image", "inspect", "--format", "{{.Id}} {{.Size}}")


class _There(NamedTuple):
    """An image on this machine, and whether it came just now."""

    id: str
    size_bytes: int
    pulled: bool


@dataclass(frozen=True, slots=True)
class ImageProvider:
    """Runs suites in the image `ref` (`NAME@sha256:…`, or a `.sif` file for apptainer).

    It is pulled once where it is not there. `engine` is "" for the first that is installed,
    `options` are words for it.
    """

    home: Path
    ref: str
    engine: str = ""
    options: tuple[str, ...] = ()
    is_brought: bool = True

    async def prepare(self, lock: Lock | None, note: Note, shell: Shell) -> Prepared:  # noqa: ARG002 - what a lock says is held against what is observed
        """The image, pulled if need be; its Python is asked once."""
        container = self.container()
        folder = self.home / shelf.FOLDER / name(self.ref)
        async with shelf.used(folder, note) as is_complete:
            found = await self._there(container, note, shell)
            record = shelf.record_of(folder)
            if not is_complete or record is None or found.id != record.lock:
                record = await self._noted(folder, container, found, shell)
        told = (
            Fact("environment", f"{NAME} {self.ref}", "runner"),
            Fact("environment.image", found.id, container.engine),
            Fact("environment.python", record.python, container.engine),
        )
        return Prepared(folder, Path("python3"), Path(), (), container, told)

    async def observe(self, prepared: Prepared, shell: Shell) -> tuple[Component, ...]:
        """The distributions that the image's Python finds."""
        assert prepared.container is not None
        argv = _once(prepared.container, "-I", str(OBSERVE))
        return await told_by(argv, shell, "environment")

    def container(self) -> Container:
        """The image behind its engine; raises Unprepared where none is installed."""
        engine = self.engine or next((one for one in ENGINES if shutil.which(one)), "")
        if not engine or not shutil.which(engine):
            asked = self.engine or ", ".join(ENGINES[:3])
            raise Unprepared(f"No engine runs images here: {asked} is not installed.")
        own = f"{os.getuid()}:{os.getgid()}"
        user = own if Path(engine).name == "docker" and os.getuid() else ""
        return Container(engine, self._place(engine), self.options, user)

    def _place(self, engine: str) -> str:
        """What the engine is to run: the image by digest, or the file that holds it."""
        if Path(engine).name in ENGINES[:2] or self.ref.endswith(".sif"):
            return self.ref
        return str(self.home / "images" / f"{name(self.ref)}.sif")

    async def drop(self, shell: Shell) -> None:
        """Take the image off this machine, unless something else uses it. Raises Unprepared."""
        container = self.container()
        if container.is_apptainer:
            Path(container.image).unlink(missing_ok=True)  # noqa: ASYNC240 - one file
        else:
            await shell((container.engine, "image", "rm", self.ref), {}, _unheard)

    async def _there(self, container: Container, note: Note, shell: Shell) -> _There:
        """The image, once it is on this machine."""
        if container.is_apptainer:
            return await self._file(container, note, shell)
        inspect = (container.engine, *_INSPECT, self.ref)
        ran = await shell(inspect, {}, _unheard)
        pulled = ran.code != 0
        if pulled:
            note(f"pulling {self.ref}")
            _expect(await shell((container.engine, "pull", "--quiet", self.ref), {}, note), "pull")
            ran = _expect(await shell(inspect, {}, _unheard), "image inspect")
        id_, _, size = ran.lines[-1].partition(" ")
        return _There(id_, int(size or 0), pulled)

    async def _file(self, container: Container, note: Note, shell: Shell) -> _There:
        file = Path(container.image)
        pulled = not file.exists()  # noqa: ASYNC240 - one look at a local disk
        if pulled:
            note(f"pulling {self.ref}")
            with shelf.disk_errors(file):
                file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(".draft.sif")
            pull = (container.engine, "pull", "--force", str(draft), f"docker://{self.ref}")
            _expect(await shell(pull, {}, note), "pull")
            draft.rename(file)
        return _There(self.ref.rpartition("@")[2], file.stat().st_size, pulled)  # noqa: ASYNC240 - the same

    async def _noted(
        self, folder: Path, container: Container, found: _There, shell: Shell
    ) -> shelf.Record:
        start = time.monotonic()
        ran = await shell(_once(container, "-I", "-S", "-c", _VERSION), {}, _unheard)
        version = ran.lines[-1].strip() if ran.lines else ""
        if ran.code:
            trouble = container.trouble(ran.code, ran.lines)
            raise Unprepared(trouble or f"{self.ref} has no python3: {version}.", ran.lines)
        refuse_old(version, self.ref)
        seconds = round(time.monotonic() - start, 3)
        record = shelf.Record(
            NAME,
            found.id,
            python=version,
            origin=self.ref,
            made=shelf.now(),
            seconds=seconds,
            size_bytes=found.size_bytes,
            pulled=found.pulled,
        )
        shelf.finish(folder, record)
        return record


def name(ref: str) -> str:
    """What an image is called among the environments: by its digest, or its file's name."""
    digest = ref.rpartition("sha256:")[2]
    return f"image-{digest[:12]}" if digest != ref else f"image-{Path(ref).stem}"


def _once(container: Container, *arguments: str) -> tuple[str, ...]:
    """Run the image's Python for a question of ours, with nothing but our own files."""
    engine, image = container.engine, container.image
    if container.is_apptainer:
        words = (engine, "exec", "--cleanenv", "--no-home", "--bind", f"{OURS}:{OURS}:ro")
        return (*words, *container.options, image, "python3", *arguments)
    run = (engine, "run", "--rm", "--pull", "never", "--network", "none", "--log-driver", "none")
    mount = ("--volume", f"{OURS}:{OURS}:ro")
    return (*run, *mount, *container.options, "--entrypoint", "python3", image, *arguments)


def _expect(ran: Ran, what: str) -> Ran:
    """The result, where it is one; raises Unprepared."""
    if ran.code == 0:
        return ran
    if says_no_room(ran.lines):
        raise Unprepared(shelf.FULL, ran.lines)
    told = [line.strip().rstrip(".") for line in ran.lines if line.strip()]
    error = (line.removeprefix("Error: ") for line in told if line.startswith("Error: "))
    said = next(chain(error, reversed(told)), "no word")
    raise Unprepared(f"{what} ended with exit code {ran.code}: {said}.", ran.lines)


def _unheard(_line: str) -> None:
    """A question of ours is no news for the log."""
