"""Owns the embedded Ray cluster: outlives the server, and ends the cluster when none comes back.

    python -I -S warden.py RECORD HEARTBEAT PATIENCE_SECONDS LOG COMMAND…

Starts COMMAND (`ray start --head --block …`) and writes RECORD: its own pid and start time. A
server touches HEARTBEAT; when nobody has for PATIENCE_SECONDS of machine time (a clock that stands
still in sleep), on TERM, and when COMMAND ends by itself, everything that descends from it is
ended and RECORD removed. The standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LOOK_SECONDS = 0.25
GUARD_SECONDS = 6.0  # a guard gives its suite 3 s between TERM and KILL


def main(record: Path, heartbeat: Path, patience: float, log: Path, command: list[str]) -> None:
    """Leave the starter's family, start the command and stay until it is to end."""
    pid = os.fork()
    if pid:
        write(record, {"pid": pid, "started": started(pid)})
        os._exit(0)
    os.setsid()
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with log.open("ab") as sink:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            preexec_fn=_die_with_me,  # noqa: PLW1509 - this process has one thread
        )
    expired = impatience(heartbeat, patience)
    while child.poll() is None and not ended and not expired():
        time.sleep(LOOK_SECONDS)
    end_all(os.getpid())
    with contextlib.suppress(FileNotFoundError):
        record.unlink()


def impatience(heartbeat: Path, patience: float) -> Callable[[], bool]:
    """Says whether the file has stayed untouched for `patience` seconds of machine time."""
    seen = [_touched(heartbeat)]
    since = [time.monotonic()]

    def expired() -> bool:
        now, touched = time.monotonic(), _touched(heartbeat)
        if touched != seen[0]:
            seen[0], since[0] = touched, now
        return now - since[0] > patience

    return expired


def started(pid: int) -> int:
    """When a process began, in clock ticks since boot; 0 where there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def write(path: Path, said: dict[str, int]) -> None:
    """Put a small JSON document in place at once."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(said))
    draft.replace(path)


def end_all(pid: int) -> None:
    """End everything that descends from a process: Ray at once, guards when they are ready.

    Ray's own processes share this session and are killed; a guard has one of its own, sees its
    slot die, ends its suite and then itself. What is still there after that is killed too.
    """
    give_up = time.monotonic() + GUARD_SECONDS
    while family := descendants(pid):
        late = time.monotonic() > give_up
        for one in family:
            if late or _session(one) == os.getsid(0):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
        _reap()
        time.sleep(0.02)


def descendants(pid: int) -> frozenset[int]:
    """All living processes under one, without itself."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    parents = {pid: _parent(pid) for pid in pids}
    found: set[int] = set()
    new = {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return frozenset(found)


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields and fields[0] != "Z" else 0


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else 0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _touched(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _die_with_me() -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    _record, _heartbeat, _patience, _log, *_command = sys.argv[1:]
    main(Path(_record), Path(_heartbeat), float(_patience), Path(_log), _command)
