"""Starts each suite in a session of its own, and lets nothing of it live on.

    python -I -S guard.py FD        FD: this end of a SOCK_SEQPACKET pair; one JSON text a packet

A packet `{"run": {argv, env, cwd, limits, marker}}` with two descriptors (standard output and
error) starts a child; `{"end": true}` ends it. The answers are `{"started": pid}`, for one that
lives 50 ms, and once not one descendant is alive `{"ended": {code, signal, cpu_seconds,
peak_bytes, left}}`, or `{"failed": errno, "what": text}`. When the other side closes or dies, the
guard ends its child in the same way, and itself.

A guard forks itself away from its starter, because Ray ends its workers' direct children with
SIGKILL; it is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), so whatever a suite forks away from
itself becomes the guard's child: having no children proves that nothing is left.

Python >= 3.9 and the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any

if __name__ == "__main__":
    # Started by its file and isolated, it has only the standard library on its path.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - pathlib costs a slow import here

from runners.processes import carrying, descendants

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 3.0
TELL_AFTER_SECONDS = 0.05
GIVE_UP_SECONDS = 60.0  # a process in uninterruptible sleep cannot be ended by anybody
PACKET_BYTES = 1 << 18
MARKER = "COEVO_ATTEMPT"
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
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
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
            self._say({"failed": error.errno, "what": error.strerror or str(error)})
            return
        finally:
            for fd in fds:
                os.close(fd)
        try:
            self._watch(child)
        except (_Closed, BrokenPipeError, ConnectionResetError):
            self._end(child)
            raise
        self._say(child.told())

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
        self.pid, self._trouble = _forked(asked, fds)

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
        with os.fdopen(self._trouble, "rb") as pipe:
            trouble = pipe.read()
        if trouble:
            number, what, name = json.loads(trouble)
            return {"failed": number, "what": f"{what}: {name}"}
        return {"ended": self._taken()}

    def _taken(self) -> dict[str, Any]:
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


def _forked(asked: dict[str, Any], fds: list[int]) -> tuple[int, int]:
    """The pid of the new child, and a pipe in which it says why it could not become a suite.

    Whether it could is not waited for: it reads as empty from the exec on.
    """
    trouble, tell = os.pipe()
    guard = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        os.close(trouble)
        os.close(tell)
        raise
    if pid == 0:
        _become(asked, fds, guard, tell)
    os.close(tell)
    return pid, trouble


def _become(asked: dict[str, Any], fds: list[int], guard: int, tell: int) -> None:
    """In the child: be the suite, or tell why not. Never returns."""
    try:
        os.setsid()
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)
        _plumb(fds)
        for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGHUP, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        for name, amount in asked["limits"].items():
            _limit(_LIMITS[name], amount)
        os.chdir(asked["cwd"])
        os.execvpe(asked["argv"][0], asked["argv"], asked["env"])  # noqa: S606 - programs, no shell
    except OSError as error:
        name = os.fsdecode(error.filename or asked["argv"][0])
        os.write(tell, json.dumps([error.errno, error.strerror, name]).encode())
    except BaseException as error:  # noqa: BLE001 - a forked child must not return to the loop
        os.write(tell, json.dumps([0, repr(error), asked["argv"][0]]).encode())
    os._exit(127)


def _plumb(fds: list[int]) -> None:
    """Nothing on standard input; the given descriptors as standard output and error."""
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in zip((null, *fds), (0, 1, 2)):  # noqa: B905 - Python 3.9
        os.dup2(source, target)


def _limit(which: int, amount: int) -> None:
    _, hard = resource.getrlimit(which)
    most = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(which, (most, most))


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


@functools.lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


if __name__ == "__main__":
    main(int(sys.argv[1]))
