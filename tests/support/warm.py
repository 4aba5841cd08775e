"""`coevo` in a process of its own without the second that its imports take: forked, not started.

One process a test session (`nursery.py`) imports the command and then only forks. What it forks
has its own folder, environment, standard streams and end, as a started command has. How long a
start takes, and what is imported when, is looked at elsewhere, with `served.COEVO`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

NURSERY = Path(__file__).with_name("nursery.py")
LONGEST_WAIT = 3600.0


class Warm:
    """A `coevo` that was forked; used as a `subprocess.Popen` is."""

    def __init__(
        self, words: Sequence[str], cwd: Path, env: Mapping[str, str], out: IO[Any], err: IO[Any]
    ) -> None:
        self.args = ["coevo", *words]
        self.returncode: int | None = None
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(_nursery())
        order = json.dumps([self.args, str(cwd), dict(env)]).encode()
        socket.send_fds(self._line, [order], [out.fileno(), err.fileno()])
        self._line.shutdown(socket.SHUT_WR)
        self.pid = self._number()

    def poll(self) -> int | None:
        """The exit code, or minus a signal; None while it runs."""
        return self._ended(0.0)

    def wait(self, timeout: float = LONGEST_WAIT) -> int:
        """The exit code once it has ended."""
        found = self._ended(timeout)
        if found is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return found

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it hard."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, seconds: float) -> int | None:
        if self.returncode is None:
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._line, selectors.EVENT_READ)
                if waiting.select(seconds):
                    self.returncode = self._number()
                    self._line.close()
        return self.returncode

    def _number(self) -> int:
        told = b""
        while not told.endswith(b"\n"):
            more = self._line.recv(1)
            assert more, "the process that forks has ended"
            told += more
        return int(told)


@cache
def _nursery() -> str:
    """Where the process that forks listens; it ends with this one."""
    path = f"{tempfile.mkdtemp(prefix='coevo-')}/warm"
    mine, its = os.pipe()[::-1]
    program = [sys.executable, "-P", str(NURSERY), path]
    streams = [(os.POSIX_SPAWN_DUP2, its, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    os.posix_spawn(sys.executable, program, os.environ, file_actions=streams)
    os.close(its)
    assert not os.get_inheritable(mine)
    give_up = time.monotonic() + 300
    while not Path(path).exists():
        assert time.monotonic() < give_up, "nothing to fork from"
        time.sleep(0.02)
    return path
