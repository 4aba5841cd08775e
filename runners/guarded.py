"""A slot's side of its guard: starts it, runs children in it, and sweeps up where it was killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from runners import guard, processes

CHUNK_BYTES = 1 << 16
_MOMENT_SECONDS = 0.005
SWEEP_SECONDS = 10.0
Take = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Spec:
    """A child to start. `limits` are bytes by name: core, data, as; files is a count.

    `marker` is put into the environment as COEVO_ATTEMPT; it must be unlike any other's.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    marker: str
    limits: tuple[tuple[str, int], ...] = (("core", 0),)


class Fate(NamedTuple):
    """How a child ended, once nothing of it was left.

    `refused` says why it could not be started, with its `errno`; `left` how many processes not
    even SIGKILL ended.
    """

    code: int | None
    signal: int | None
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    left: int = 0
    refused: str = ""
    errno: int = 0


class GuardLost(Exception):  # noqa: N818 - a state of the machine, no mistake of anybody's
    """The guard itself was killed; what it ran has been ended too."""


class Guard:
    """One warm guard process. Runs one child at a time."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._running = False
        self.lost = False
        self.child = 0  # the pid of what is running

    @classmethod
    async def start(cls, errors: Path) -> Guard:
        """A new guard; what it has to say itself goes to the file `errors`. Takes some 50 ms."""
        return cls(await asyncio.to_thread(_launched, errors))

    async def run(self, spec: Spec, output: Take, errors: Take) -> Fate:
        """Start the child and wait for its end, which a cancellation hastens. Raises GuardLost."""
        assert not self._running
        self._running = True
        pipes = (_Pipe(output), _Pipe(errors))
        following = asyncio.ensure_future(self._followed(spec, pipes))
        try:
            return await asyncio.shield(following)
        except asyncio.CancelledError:
            self.end()
            await asyncio.wait({following})
            raise
        finally:
            self._running, self.child = False, 0
            for pipe in pipes:
                pipe.close()

    def end(self) -> None:
        """Ask for the end of what is running: TERM, 3 s, KILL. `run` returns once it is over."""
        if self._running:
            with suppress(OSError):
                self._control.send(b'{"end": true}')

    def close(self) -> None:
        """Let go: the guard ends what it runs, and itself."""
        self._control.close()

    async def _followed(self, spec: Spec, pipes: tuple[_Pipe, _Pipe]) -> Fate:
        pid, loop = 0, asyncio.get_running_loop()
        # What a child writes in its first moments waits: one that ends at once is read in one go.
        soon = loop.call_later(_MOMENT_SECONDS, _attend, pipes)
        try:
            self._ask(spec, pipes)
            while "started" in (said := await self._said()):
                pid = self.child = said["started"]
        except (OSError, EOFError) as error:
            self.lost = True
            await asyncio.to_thread(sweep, spec.marker, pid)
            raise GuardLost("the guard of this slot was killed") from error
        finally:
            soon.cancel()
        if "failed" in said:
            return Fate(None, None, refused=said["what"], errno=said["failed"])
        for pipe in pipes:
            pipe.drain()
        return Fate(**said["ended"])

    def _ask(self, spec: Spec, pipes: tuple[_Pipe, _Pipe]) -> None:
        asked = {
            "argv": spec.argv,
            "env": {**spec.env, guard.MARKER: spec.marker},
            "cwd": str(spec.cwd),
            "limits": dict(spec.limits),
            "marker": spec.marker,
        }
        packet = json.dumps({"run": asked}).encode("utf-8", "surrogateescape")
        fds = [pipe.inner for pipe in pipes]
        socket.send_fds(self._control, [packet], fds)
        for pipe in pipes:
            pipe.hand_over()

    async def _said(self) -> dict[str, Any]:
        packet = await asyncio.get_running_loop().sock_recv(self._control, 4096)
        if not packet:
            raise EOFError
        return cast("dict[str, Any]", json.loads(packet))


def _attend(pipes: Iterable[_Pipe]) -> None:
    for pipe in pipes:
        pipe.attend()


class _Pipe:
    """A pipe from a child to us, read as the loop finds it readable."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._outer, self.inner = os.pipe()
        os.set_blocking(self._outer, False)
        self._open = {self._outer, self.inner}
        self._is_attended = False

    def hand_over(self) -> None:
        """Only the child holds the other end from now on."""
        self._shut(self.inner)

    def attend(self) -> None:
        """Read as soon as there is something."""
        self._is_attended = True
        self._loop.add_reader(self._outer, self._read)

    def drain(self) -> None:
        """Take what is left once nobody writes any more."""
        while self._read():
            pass

    def close(self) -> None:
        self._shut(self.inner)
        self._leave()
        self._shut(self._outer)

    def _leave(self) -> None:
        if self._is_attended:
            self._is_attended = False
            self._loop.remove_reader(self._outer)

    def _read(self) -> bool:
        """Take one piece; whether there was one."""
        try:
            data = os.read(self._outer, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._take(data)
        else:
            self._leave()
        return bool(data)

    def _shut(self, fd: int) -> None:
        if fd in self._open:
            self._open.remove(fd)
            os.close(fd)


def sweep(marker: str, session: int = 0) -> int:
    """End every process that carries a marker or belongs to a session; how many it ended.

    For what a killed guard has left behind. Blocks until none is alive, at most 10 s.
    """
    mark, give_up = f"{guard.MARKER}={marker}".encode(), time.monotonic() + SWEEP_SECONDS
    ended: set[int] = set()
    while (pids := _leavings(mark, session)) and time.monotonic() < give_up:
        ended |= pids
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    return len(ended)


def _leavings(mark: bytes, session: int) -> set[int]:
    found = set(processes.carrying(mark))
    if session:
        found |= set(processes.in_session(session))
    return found - {os.getpid()}


def _launched(errors: Path) -> socket.socket:
    """Our end of a new guard's control pair."""
    errors.parent.mkdir(parents=True, exist_ok=True)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with errors.open("ab") as sink, theirs:
        subprocess.run(
            [sys.executable, "-I", "-S", guard.__file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd="/",
            check=True,
            timeout=30,
        )
    return ours
