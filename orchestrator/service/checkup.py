"""Looks over a data folder and this machine: what is where, what is wrong, and mends it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib import metadata
from pathlib import Path

import psutil

from orchestrator.dispatch.ray_foreign import Versions, foreign
from orchestrator.service.folder import DATABASE_FILE, Folder
from orchestrator.service.forgetting import unfinished_environments
from orchestrator.store.backup import fault_of

LOW_DISK_BYTES = 5 * 10**9
FORBIDDEN = "libtorch"
CLUSTER_RECORD = "ray/cluster.json"
_FIX = "coevo doctor --fix takes it away"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Finding(StrEnum):
    """How something was found."""

    FINE = "fine"
    MENDED = "mended"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `hint` says what to do where it is wrong."""

    what: str
    finding: Finding
    detail: str
    hint: str = ""


Mend = Callable[[], object]


def checkup(folder: Folder, port: int, *, mend: bool) -> tuple[Check, ...]:
    """All checks; where `mend` is set, what can be put right is."""
    return (
        *sizes(folder),
        *database(folder),
        disk(folder),
        note(folder, mend=mend),
        *private_files(folder, mend=mend),
        *cut_off_builds(folder, mend=mend),
        *orphans(folder, mend=mend),
        torch_free(folder),
        port_free(folder, port),
        *cluster(),
    )


def sizes(folder: Folder) -> Iterator[Check]:
    """What lies where, and how big it is."""
    if not folder.path.is_dir():
        yield Check("data folder", Finding.FINE, f"{folder.path.resolve()} is not there yet")
        return
    yield Check("data folder", Finding.FINE, f"{folder.path.resolve()}, {_told(folder.path)}")
    for entry in sorted(folder.path.iterdir()):
        if entry.is_dir() or entry.suffix == ".db":
            yield Check(f"  {entry.name}", Finding.FINE, _told(entry))


def database(folder: Folder) -> Iterator[Check]:
    """Whether the SQLite file can be read to its end."""
    file = folder.path / DATABASE_FILE
    if file.is_file():
        fault = fault_of(file)
        hint = "put a backup in its place: coevo restore PATH" if fault else ""
        found = Finding.WRONG if fault else Finding.FINE
        yield Check("database", found, fault or "sound", hint)


def disk(folder: Folder) -> Check:
    """Whether there is room for an environment or two."""
    place = next(path for path in (folder.path, *folder.path.resolve().parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    detail = f"{free / 10**9:.1f} GB free"
    if free >= LOW_DISK_BYTES:
        return Check("disk", Finding.FINE, detail)
    return Check(
        "disk", Finding.WRONG, detail, "make room, or move the folder: coevo up --data DIR"
    )


def note(folder: Folder, *, mend: bool) -> Check:
    """Whether the note of a server is that of a living one."""
    server = folder.server()
    if server is None and not folder.server_file.exists():
        return Check("server", Finding.FINE, "none runs here")
    if folder.path.is_dir() and folder.is_served():
        return Check("server", Finding.FINE, server.url if server else "starting")
    wrong = Check("server", Finding.WRONG, "its note outlived it", _FIX)
    return _mended(wrong, folder.forget, mend=mend)


def private_files(folder: Folder, *, mend: bool) -> Iterator[Check]:
    """Whether tokens can be read by their owner only: whoever has one may run code."""
    for path in sorted(folder.path.rglob("*token*")) if folder.path.is_dir() else []:
        if not path.is_file() or path.is_symlink() or "environments" in path.parts:
            continue
        name = f"mode of {path.relative_to(folder.path)}"
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & _OTHERS:
            yield Check(name, Finding.FINE, f"{mode:04o}")
        else:
            wrong = Check(name, Finding.WRONG, f"{mode:04o}", f"chmod 600 {path}")
            yield _mended(wrong, partial(path.chmod, 0o600), mend=mend)


def cut_off_builds(folder: Folder, *, mend: bool) -> Iterator[Check]:
    """Environments whose build was cut off; while a server runs one may just be built."""
    if folder.path.is_dir() and folder.is_served():
        return
    for path in unfinished_environments(folder.path):
        wrong = Check(f"environment {path.name[:12]}", Finding.WRONG, "half-built", _FIX)
        yield _mended(wrong, partial(shutil.rmtree, path), mend=mend)


def orphans(folder: Folder, *, mend: bool) -> Iterator[Check]:
    """Suites that run in this folder although no server does and no slot was left."""
    if not folder.path.is_dir() or folder.is_served() or (folder.path / CLUSTER_RECORD).exists():
        return
    work = f"{folder.path.resolve() / 'work'}/"
    for process in psutil.process_iter():
        if _is_of(process, work):
            wrong = Check(f"process {process.pid}", Finding.WRONG, "nobody looks after it", _FIX)
            yield _mended(wrong, process.kill, mend=mend)


def torch_free(folder: Folder) -> Check:
    """Whether the server kept its promise never to load torch."""
    server = folder.server()
    try:
        mapped = Path(f"/proc/{server.pid if server else 'none'}/maps").read_text()
    except OSError:
        return Check("torch in the server", Finding.FINE, "no server to look at")
    if FORBIDDEN not in mapped:
        return Check("torch in the server", Finding.FINE, "never loaded")
    return Check(
        "torch in the server", Finding.WRONG, "loaded", "this is a fault of Coevo: please report it"
    )


def port_free(folder: Folder, port: int) -> Check:
    """Whether the page's usual port can be had."""
    server = folder.server()
    if server and server.url.endswith(f":{port}"):
        return Check("port", Finding.FINE, f"{port} is this server's")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Check("port", Finding.FINE, f"{port} is taken; the next free one will be used")
    return Check("port", Finding.FINE, f"{port} is free")


def cluster() -> Iterator[Check]:
    """Whether the cluster that RAY_ADDRESS names runs with our Ray and our Python."""
    away = foreign()
    if away is None:
        return
    what, ours = f"Ray at {away.where}", _our_versions()
    if away.address() is None:
        yield Check(what, Finding.WRONG, "nothing answers there", "correct or unset RAY_ADDRESS")
    elif (theirs := away.versions()) is None:
        hint = f"see that it has Ray {ours.ray} and Python {ours.python}, and RAY_AUTH_TOKEN_PATH"
        yield Check(what, Finding.WRONG, "its versions could not be found out", hint)
    else:
        told = f"Ray {theirs.ray}, Python {theirs.python}"
        hint = "" if theirs == ours else f"here are Ray {ours.ray} and Python {ours.python}"
        yield Check(what, Finding.WRONG if hint else Finding.FINE, told, hint)


def _our_versions() -> Versions:
    try:
        ray = metadata.version("ray")
    except metadata.PackageNotFoundError:
        ray = "(not installed)"
    return Versions(ray, platform.python_version())


def _is_of(process: psutil.Process, work: str) -> bool:
    """Whether a process was started by a slot of this folder: its variables name it."""
    try:
        return any(work in value for value in process.environ().values())
    except psutil.Error:
        return False


def _mended(wrong: Check, repair: Mend, *, mend: bool) -> Check:
    if not mend:
        return wrong
    repair()
    return Check(wrong.what, Finding.MENDED, wrong.detail)


def _told(path: Path) -> str:
    size = sum(_size(found) for found in (path, *path.rglob("*")))
    return f"{size / 10**6:.1f} MB"


def _size(path: Path) -> int:
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    # A hard-linked file is shared between environments and counted by its part.
    return found.st_blocks * 512 // max(found.st_nlink, 1) if stat.S_ISREG(found.st_mode) else 0
