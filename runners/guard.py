"""Starts each suite in a session of its own, and lets nothing of it live on.

    python -I -S guard.py FD        FD: this end of a SOCK_SEQPACKET pair; one JSON text a packet

A packet `{"run": {argv, env, cwd, limits, marker}}` with two descriptors (standard output and
error) starts a child; `{"end": true}` ends it. The answers are `{"started": pid}`, for one that
lives 50 ms, and once not one descendant is alive `{"ended": {code, signal, cpu_seconds,
peak_bytes, left}}`, or `{"failed": errno, "what": text}`. When the other side closes or dies, the
guard ends its child in the same way, and itself.

A guard forks itself away from its starter, because Ray ends its workers' direct children with
SIGKILL; it is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), so whatever a suite forks away from
itself becomes the guard's child: having no children proves that nothing is left. `watcher.py`
stands behind it, for the day on which the guard itself is killed.

Python >= 3.9 and the standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

if __name__ == "__main__":
    # Started by its file and isolated, it has only the standard library on its path.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - pathlib costs a slow import here

from runners.processes import carrying, descendants
from runners.watcher import GIVE_UP_SECONDS, stand_behind

GRACE_SECONDS = 3.0
TELL_AFTER_SECONDS = 0.05
PACKET_BYTES = 1 << 18
MARKER = "COEVO_ATTEMPT"
_DEFAULT_SIGNALS = (
    signal.SIGPIPE,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGTERM,
    signal.SIGCHLD,
    signal.SIGXFSZ,
)
_LIMITS = {
    "core": resource.RLIMIT_CORE,
    "data": resource.RLIMIT_DATA,
    "as": resource.RLIMIT_AS,
    "files": resource.RLIMIT_NOFILE,
}


class _Closed(Exception):  # noqa: N818 - a state, no error
    """The other side has gone."""


def main(fd: int) -> None:
    """Serve runs on the descriptor until the other side closes."""
    if os.fork():
        os._exit(0)
    os.setsid()
    stand_behind(fd)
    os.set_inheritable(fd, False)
    control = socket.socket(fileno=fd)
    with contextlib.suppress(_Closed, BrokenPipeError, ConnectionResetError):
        _Guard(control).serve()


class _Guard:
    """One run at a time, and what has been reaped of it."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._wake, wake = socket.socketpair()
        for end in (self._wake, wake):
            end.setblocking(False)
        self._keep = wake
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: control.shutdown(socket.SHUT_RD))
        for ignored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        while True:
            said, fds = self._received()
            if "run" in said:
                self._run(said["run"], fds)

    def _run(self, asked: dict[str, Any], fds: list[int]) -> None:
        try:
            child = _Child(asked, fds)
        except OSError as error:
            what = f"{error.strerror or error}: {os.fsdecode(error.filename or '')}"
            self._say({"failed": error.errno, "what": what})
            return
        finally:
            for fd in fds:
                os.close(fd)
        try:
            self._watch(child)
        except (_Closed, BrokenPipeError, ConnectionResetError):
            self._end(child)
            raise
        self._say({"ended": child.told()})

    def _watch(self, child: _Child) -> None:
        """Until the child has ended or is to be ended, and nothing of it is left."""
        pause: float | None = TELL_AFTER_SECONDS
        while not child.reap():
            if child.code is not None:
                break
            spoken, ended = self._wait(pause)
            if spoken and "end" in self._received()[0]:
                break
            if pause is not None and not ended:
                self._say({"started": child.pid})
                pause = None
        else:
            return
        self._end(child)

    def _end(self, child: _Child) -> None:
        """TERM to the whole tree, 3 s, KILL; looks again until none is left."""
        asked_at = time.monotonic()
        for pid in child.alive():
            _signal(pid, signal.SIGTERM)
            _signal(pid, signal.SIGCONT)
        while not child.reap() and time.monotonic() < asked_at + GRACE_SECONDS:
            self._nap(asked_at + GRACE_SECONDS - time.monotonic())
        while child.kill() and time.monotonic() < asked_at + GIVE_UP_SECONDS:
            self._nap(0.02)

    def _nap(self, seconds: float) -> None:
        """Until a child ends, at most so long; what the other side says meanwhile can wait."""
        ready, _, _ = select.select([self._wake], [], [], max(0.0, seconds))
        if ready:
            self._drain()

    def _wait(self, seconds: float | None) -> tuple[bool, bool]:
        """Whether the other side has spoken (or gone), and whether a child has ended."""
        ready = dict(self._poll.poll(None if seconds is None else seconds * 1000))
        ended = self._wake.fileno() in ready
        if ended:
            self._drain()
        return self._control.fileno() in ready, ended

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake.recv(4096):
                pass

    def _received(self) -> tuple[dict[str, Any], list[int]]:
        packet, fds, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 2)
        for fd in fds:
            os.set_inheritable(fd, False)  # recv_fds of Python 3.11 drops its flags
        if not packet:
            raise _Closed
        return json.loads(packet), fds

    def _say(self, said: dict[str, Any]) -> None:
        self._control.send(json.dumps(said).encode())


class _Child:
    """A started suite: what has been reaped of its tree so far."""

    def __init__(self, asked: dict[str, Any], fds: list[int]) -> None:
        self.code: int | None = None
        self.signal: int | None = None
        self._cpu_seconds = 0.0
        self._peak_bytes = 0
        self._left = 0
        self._mark = f"{MARKER}={asked['marker']}".encode()
        self.pid = _spawned(asked, fds)

    def reap(self) -> bool:
        """Take the ends of all that have ended; whether no child at all is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                self._left = 0
                return True
            if pid == 0:
                return False
            self._cpu_seconds += usage.ru_utime + usage.ru_stime
            self._peak_bytes = max(self._peak_bytes, usage.ru_maxrss * 1024)
            if pid == self.pid:
                self._ended(status)

    def alive(self) -> list[int]:
        """Every descendant, and every process elsewhere that carries this run's marker."""
        own = os.getpid()
        found = descendants(own)
        return found + [pid for pid in carrying(self._mark) if pid not in found and pid != own]

    def kill(self) -> int:
        """Stop all, so that none can fork past us, then end them; how many there were."""
        pids = self.alive()
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                _signal(pid, number)
        self._left = 0 if self.reap() and not pids else max(1, len(pids))
        return self._left

    def told(self) -> dict[str, Any]:
        """What the other side gets to hear, once nothing is left."""
        return {
            "code": self.code,
            "signal": self.signal,
            "cpu_seconds": self._cpu_seconds,
            "peak_bytes": self._peak_bytes,
            "left": self._left,
        }

    def _ended(self, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        self.code = max(code, 0)
        self.signal = -code if code < 0 else None


def _spawned(asked: dict[str, Any], fds: list[int]) -> int:
    """The pid of the new child; OSError, with the program's name, where it cannot be run.

    posix_spawn(3) shares our memory with the child until it is the suite, which halves the price
    of a fork; what it cannot do for the child is done around it.
    """
    os.chdir(asked["cwd"])
    try:
        with _lowered(asked["limits"]):
            pid = os.posix_spawn(
                _found(asked["argv"][0], asked["env"].get("PATH", os.defpath)),
                asked["argv"],
                asked["env"],
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    *((os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(fds, 1)),
                ],
                setsid=True,
                setsigdef=_DEFAULT_SIGNALS,
            )
    finally:
        os.chdir("/")
    return pid


def _found(program: str, path: str) -> str:
    """The file that a program's name stands for on the child's own path."""
    if os.sep in program:
        return program
    for folder in path.split(os.pathsep):
        file = os.path.join(folder, program)  # noqa: PTH118 - pathlib costs a slow import here
        if os.access(file, os.X_OK) and not os.path.isdir(file):  # noqa: PTH112 - the same
            return file
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)


@contextlib.contextmanager
def _lowered(limits: dict[str, int]) -> Iterator[None]:
    """Have the limits for a moment ourselves, since a child gets its parent's."""
    before = {which: resource.getrlimit(which) for which in map(_LIMITS.__getitem__, limits)}
    try:
        for name, amount in limits.items():
            _, hard = before[_LIMITS[name]]
            most = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
            resource.setrlimit(_LIMITS[name], (most, hard))
        yield
    finally:
        for which, pair in before.items():
            resource.setrlimit(which, pair)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


if __name__ == "__main__":
    main(int(sys.argv[1]))
