"""What a slot runs, as one archive by value: a foreign cluster needs no install of ours."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import packaging

import matrix
import runners

PACKAGES = (matrix, runners, packaging)  # the last is pure Python, and compares versions
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # zip's earliest date: equal sources are equal bytes


@dataclass(frozen=True, slots=True)
class Kit:
    """A zip archive of the packages that lie where the hardware is; `digest` is its sha256."""

    digest: str
    data: bytes


@cache
def kit() -> Kit:
    """The archive of what is installed here."""
    return packed(tuple(Path(str(package.__file__)).parent for package in PACKAGES))


def packed(folders: tuple[Path, ...]) -> Kit:
    """The archive of package folders, byte for byte the same for the same sources."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in folders:
            for path in _sources(folder):
                name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, LONG_AGO)
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    return Kit(hashlib.sha256(data).hexdigest(), data)


def unpacked(archive: Kit, home: Path) -> Path:
    """The folder of the kit under `home`, unpacked whole or not at all, as slots on Ray do."""
    target = home / "kits" / archive.digest[:16]
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = Path(tempfile.mkdtemp(dir=target.parent))
        with zipfile.ZipFile(io.BytesIO(archive.data)) as packed_files:
            packed_files.extractall(draft)
        try:
            draft.rename(target)
        except OSError:  # another was quicker
            shutil.rmtree(draft, ignore_errors=True)
    return target


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path
