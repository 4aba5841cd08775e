"""Finding the guard of a slot, and the watcher behind it, among this machine's processes."""

from __future__ import annotations

import time
from pathlib import Path

from runners import guard

PATIENCE_SECONDS = 30.0


def guard_pid(errors: Path) -> int:
    """The guard whose own troubles go to this file; waits until its watcher is up, too."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        for pid in _guards(errors):
            if _is_guard(parent(pid)) and _errors(parent(pid)) != errors:
                return pid
        time.sleep(0.005)
    raise AssertionError("no guard")


def parent(pid: int) -> int:
    """The pid of a process's parent; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _guards(errors: Path) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _is_guard(pid) and _errors(pid) == errors]


def _is_guard(pid: int) -> bool:
    try:
        return guard.__file__.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _errors(pid: int) -> Path:
    try:
        return Path(f"/proc/{pid}/fd/2").readlink()
    except OSError:
        return Path()
