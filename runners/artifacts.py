"""Files that jobs hand to each other, kept by what is in them: never half there, never wrong.

A file lies under its sha256 as `artifacts/ab/abcdef…`. What is not whole yet is a draft beside,
which any number of processes may bring pieces to. A file's time is that of its last use.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom, BufferedReader
from pathlib import Path
from threading import Event
from typing import NamedTuple

from runners.work import Artifact

FOLDER = "artifacts"
_DRAFTS = "drafts"
_PIECE = 1 << 20
_NAME_BYTES = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Brought(NamedTuple):
    """How much of a file is there from its beginning on; `trouble` says what is wrong, if any."""

    there: int
    trouble: str = ""


class Gone(Exception):  # noqa: N818 - a state of the machine
    """A file is not there, or no longer what it was; the message is one sentence for people."""


class Kept(NamedTuple):
    """A file that is kept: its digest, how long it is, and its last use (seconds of the epoch)."""

    digest: str
    bytes: int
    used: float


def is_bare(name: str) -> bool:
    """Whether a name may be that of a file in a folder of ours."""
    usable = name.isprintable() and "/" not in name and not name.startswith(".")
    return usable and 0 < len(name.encode(errors="replace")) <= _NAME_BYTES


def is_sound(artifact: Artifact) -> bool:
    """Whether what claims to be an artifact can be one, whoever says so."""
    names = is_bare(artifact.kind) and is_bare(artifact.name)
    return names and _DIGEST.fullmatch(artifact.digest) is not None and artifact.bytes >= 0


class Artifacts:
    """The files kept under one folder, for all processes of a machine. All calls block."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def place(self, digest: str) -> Path:
        """Where a file lies once it is whole."""
        if _DIGEST.fullmatch(digest) is None:
            raise ValueError(f"{digest!r:.80} is no sha256 in hex")
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Whether a file is there; it counts as used."""
        try:
            os.utime(self.place(digest))
        except OSError:
            return False
        return True

    def lacks(self, digests: Iterable[str]) -> tuple[str, ...]:
        """Those that are not there; the others count as used."""
        return tuple(digest for digest in digests if not self.has(digest))

    def keep(self, path: Path) -> tuple[str, int]:
        """Take a copy of a file in; its digest and its length. What was there before is replaced.

        A link in the path's last place is not followed.
        """
        found, length = hashlib.sha256(), 0
        with _opened(path) as source, self._draft() as (draft, name):
            while piece := source.read(_PIECE):
                found.update(piece)
                length += draft.write(piece)
            self._finish(draft, name, self.place(found.hexdigest()))
        return found.hexdigest(), length

    def bring(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece in, and say how much is there: the sender goes on from there.

        Pieces may come from several senders, twice, and in any order: one that lies ahead of what
        is there changes nothing. The last one is followed by a look at the whole, which is thrown
        away where it is not what the digest says. Raises OSError where the disk does.
        """
        target = self.place(digest)
        while not self.has(digest):
            if not data and size and not self._drafted(digest).exists():
                return Brought(0)
            with self._shared_draft(digest) as draft:
                if draft is not None and not target.exists():
                    return self._grown(draft, digest, size, offset, data)
                if draft is not None:  # made behind the one that has just been finished
                    self._drafted(digest).unlink()
        return Brought(target.stat().st_size)

    def read(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of a file, empty behind its end. Raises Gone."""
        try:
            with self.place(digest).open("rb") as file:
                if not offset:
                    os.utime(file.fileno())
                return os.pread(file.fileno(), length, offset)
        except FileNotFoundError as error:
            raise Gone(f"The artifact {digest[:12]} is gone.") from error

    def give(self, digest: str, target: Path, stop: Event | None = None) -> None:
        """Make a copy of a file, unless `stop` is set meanwhile.

        Raises Gone; a file that is no longer what it was is removed as well.
        """
        source = self.place(digest)
        if not self.has(digest):
            raise Gone(f"The artifact {digest[:12]}, {target.name}, is not on this machine.")
        target.parent.mkdir(parents=True, exist_ok=True)
        found = hashlib.sha256()
        with source.open("rb") as file, target.open("wb") as copy:
            while (piece := file.read(_PIECE)) and not (stop and stop.is_set()):
                found.update(piece)
                copy.write(piece)
        if found.hexdigest() != digest and not (stop and stop.is_set()):
            target.unlink()
            source.unlink(missing_ok=True)
            raise Gone(
                f"The artifact {digest[:12]}, {target.name}, was damaged on this machine's disk."
            )

    def check(self, digest: str) -> bool:
        """Whether a file is there and what it was; one that is not is removed. Reads all of it."""
        try:
            with self.place(digest).open("rb") as file:
                sound = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except FileNotFoundError:
            return False
        if not sound:
            self.place(digest).unlink(missing_ok=True)
        return sound

    def kept(self) -> Iterator[Kept]:
        """All files that are whole."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            with suppress(OSError):
                found = path.stat()
                yield Kept(path.name, found.st_size, found.st_mtime)

    def forget(self, used_before: float, needed: Collection[str] = ()) -> tuple[Kept, ...]:
        """Remove what was not used since a time (seconds of the epoch), drafts too; what went.

        Those that are `needed` stay.
        """
        old = [one for one in self.kept() if one.used < used_before and one.digest not in needed]
        for one in old:
            self.place(one.digest).unlink(missing_ok=True)
        for draft in (self._folder / _DRAFTS).glob("*"):
            with suppress(OSError):
                if draft.stat().st_mtime < used_before:
                    draft.unlink()
        return tuple(old)

    def _grown(
        self, draft: BufferedRandom, digest: str, size: int, offset: int, data: bytes
    ) -> Brought:
        there = os.fstat(draft.fileno()).st_size
        if offset <= there < offset + len(data):
            draft.seek(there)
            draft.write(data[there - offset :])
            draft.flush()
            there = offset + len(data)
        if there < size:
            return Brought(there)
        draft.seek(0)
        name = self._drafted(digest)
        if there > size or hashlib.file_digest(draft, "sha256").hexdigest() != digest:
            name.unlink()
            return Brought(0, f"What arrived of the artifact {digest[:12]} is not what was sent.")
        self._finish(draft, name, self.place(digest))
        return Brought(size)

    @contextmanager
    def _shared_draft(self, digest: str) -> Iterator[BufferedRandom | None]:
        """The draft, for one sender at a time; None where it is no longer the draft by then."""
        path = self._drafted(digest)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as draft:
            fcntl.flock(draft.fileno(), fcntl.LOCK_EX)
            yield draft if os.fstat(draft.fileno()).st_nlink and _is_at(draft, path) else None

    @contextmanager
    def _draft(self) -> Iterator[tuple[BufferedRandom, Path]]:
        """A draft of one's own, gone at the end unless it was finished."""
        folder = self._folder / _DRAFTS
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(number, "w+b") as draft:
                yield draft, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def _drafted(self, digest: str) -> Path:
        return self._folder / _DRAFTS / digest

    @staticmethod
    def _finish(draft: BufferedRandom, name: Path, target: Path) -> None:
        """Put a draft in its place, so that it is whole there even if the power fails."""
        draft.flush()
        os.fsync(draft.fileno())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        name.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _opened(path: Path) -> BufferedReader:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _is_at(file: BufferedRandom, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
