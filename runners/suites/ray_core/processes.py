"""The processes of our cluster, found by the mark that they inherit; by /proc."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Process(NamedTuple):
    """A living process of ours."""

    pid: int
    name: str


def marked(name: str, value: str) -> list[Process]:
    """Every living process but this one whose environment has the variable."""
    mark = f"{name}={value}".encode()
    found = []
    for folder in PROC.iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0") and _lives(folder):
                    found.append(Process(int(folder.name), _name(folder)))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    with suppress(OSError):
        return _lives(PROC / str(pid))
    return False


def end(processes: list[Process]) -> None:
    """Kill them."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def _lives(folder: Path) -> bool:
    """Whether it is no zombie: the state follows the name, which may hold anything."""
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}


def _name(folder: Path) -> str:
    words = (folder / "cmdline").read_bytes().split(b"\0")
    return words[0].decode(errors="replace").rpartition("/")[2][:60]
