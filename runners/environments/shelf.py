"""The environments that a runner keeps: one folder each, complete once its marker is written."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from runners.ending import NO_ROOM_ERRORS
from runners.environments.locking import taken
from runners.environments.provider import Note, Unprepared

FOLDER = "environments"
MARKER = "coevo-complete.json"  # written last: an environment without it is never used
FULL = "The disk is full: the environment could not be built."
_LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Record:
    """What a marker tells of its environment.

    `lock` is the digest of the lock it was built from, `origin` the path or image that it stands
    for otherwise, `sources` are uv's options for its own, without credentials, `made` is when it
    was built (ISO), `size_bytes` the size of an image, `pulled` whether it is here only for us.
    """

    provider: str = "uv"
    lock: str = ""
    platform: str = ""
    python: str = ""
    origin: str = ""
    sources: tuple[str, ...] = ()
    made: str = ""
    seconds: float = 0.0
    size_bytes: int = 0
    pulled: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """An environment on the shelf. `record` is None where its build was cut off or still goes on.

    `size_bytes` is what its files take, `own_bytes` what would be free without it: the rest are
    hard links into the cache of wheels.
    """

    folder: Path
    record: Record | None
    used: datetime
    size_bytes: int
    own_bytes: int


def is_complete(folder: Path) -> bool:
    """Whether an environment may be used."""
    return (folder / MARKER).exists()


def finish(folder: Path, record: Record) -> None:
    """Write the marker whole or not at all; raises Unprepared where the disk has no room."""
    draft = folder / f"{MARKER}.draft"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(record)))
        draft.rename(folder / MARKER)


def record_of(folder: Path) -> Record | None:
    """What the marker tells; None where there is none."""
    try:
        said = json.loads((folder / MARKER).read_text())
    except OSError:
        return None
    except ValueError:
        return Record()
    known = {field.name: said[field.name] for field in fields(Record) if field.name in said}
    known["sources"] = tuple(known.get("sources", ()))
    return Record(**{"platform": said.get("for", ""), **known})


def kept(home: Path) -> tuple[Kept, ...]:
    """All environments under `home`, by name; takes a moment for each 10,000 files."""
    folders = sorted(path for path in (home / FOLDER).glob("*") if path.is_dir())
    return tuple(_kept(folder) for folder in folders)


def now() -> str:
    """The moment, as a marker tells it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@asynccontextmanager
async def used(folder: Path, note: Note) -> AsyncIterator[bool]:
    """Hold an environment so that nobody takes it away; whether it is complete.

    Where it is not, nobody else builds it meanwhile. Can be cancelled while waiting.
    """
    path = folder.with_suffix(".lock")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    with file:
        if taken(file.fileno(), fcntl.LOCK_SH) and is_complete(folder):
            yield True
        else:
            await _alone(file.fileno(), note)
            yield is_complete(folder)
        with suppress(OSError):
            os.utime(folder / MARKER)  # its last use, by which old ones are dropped


def remove(folder: Path, unused_since: datetime | None = None) -> bool:
    """Take an environment away, unless it is being built or was used since; whether it went."""
    path = folder.with_suffix(".lock")
    with path.open("w") as file:
        if not taken(file.fileno(), fcntl.LOCK_EX):
            return False
        if unused_since is not None and _last_use(folder) > unused_since:
            return False
        (folder / MARKER).unlink(missing_ok=True)  # first, so that a cut-off removal is no build
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".txt").unlink(missing_ok=True)
    return True


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turns a full or unwritable disk into the sentence people read (Unprepared)."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM_ERRORS:
            raise Unprepared(FULL, (str(error),)) from error
        raise Unprepared(f"{folder} cannot be written: {error.strerror}.") from error


async def _alone(fd: int, note: Note) -> None:
    waits = False
    while not taken(fd, fcntl.LOCK_EX):
        if not waits:
            note("waiting for the environment that another attempt builds")
        waits = True
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _kept(folder: Path) -> Kept:
    record, size, own = record_of(folder), 0, 0
    for path in (folder, *folder.rglob("*")):
        with suppress(OSError):
            found = path.lstat()
            taken = found.st_blocks * 512
            size += taken
            own += taken if found.st_nlink == 1 or not stat.S_ISREG(found.st_mode) else 0
    if record is not None and record.size_bytes:
        size, own = record.size_bytes, record.size_bytes if record.pulled else own
    return Kept(folder, record, _last_use(folder), size, own)


def _last_use(folder: Path) -> datetime:
    marker = folder / MARKER
    told = marker if marker.exists() else folder
    try:
        return datetime.fromtimestamp(told.stat().st_mtime, UTC)
    except OSError:
        return datetime.fromtimestamp(0, UTC)
