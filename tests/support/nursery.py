"""Imports `coevo` once and forks it for each order that comes: a program, started by `warm.py`.

It has one thread and ends when its standard input does.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

LONGEST = 2**20  # bytes that are read at once


class Nursery:
    """Listens at a path; tells each order's pid, then how it ended."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{path}-")
        self._listener.listen()
        Path(f"{path}-").rename(path)
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._listener, selectors.EVENT_READ)
        self._waiting.register(0, selectors.EVENT_READ)
        self._lines: dict[int, tuple[socket.socket, int]] = {}

    def order(self) -> list[str]:
        """Forks for each order; comes back in the child alone, with its command line."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj == 0:
                    shutil.rmtree(Path(self._listener.getsockname()).parent, ignore_errors=True)
                    sys.exit()
                if key.fileobj is not self._listener:
                    self._bury(key.fd)
                elif (told := self._fork()) is not None:
                    return told

    def _fork(self) -> list[str] | None:
        line, _ = self._listener.accept()
        told, handles, _, _ = socket.recv_fds(line, LONGEST, 2)
        while more := line.recv(LONGEST):
            told += more
        pid = os.fork()
        if pid == 0:
            line.close()
            self._leave()
            return taken_on(told, *handles)
        for handle in handles:
            os.close(handle)
        line.sendall(f"{pid}\n".encode())
        birth = os.pidfd_open(pid)
        self._lines[birth] = line, pid
        self._waiting.register(birth, selectors.EVENT_READ)
        return None

    def _leave(self) -> None:
        """What belongs to the parent is closed in the child."""
        self._waiting.close()
        self._listener.close()
        for birth, (line, _) in self._lines.items():
            os.close(birth)
            line.close()

    def _bury(self, birth: int) -> None:
        self._waiting.unregister(birth)
        os.close(birth)
        line, pid = self._lines.pop(birth)
        _, status = os.waitpid(pid, 0)
        with suppress(BrokenPipeError):  # nobody asks any more
            line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        line.close()


def taken_on(told: bytes, out: int, err: int) -> list[str]:
    """Takes folder, environment and standard streams of an order; its command line."""
    words, folder, env = json.loads(told)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(here, there)
        os.close(here)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    return [str(word) for word in words]


def import_all() -> None:
    """What `coevo up` imports until it serves."""
    import alembic.command  # noqa: F401, PLC0415 - imported to be there
    import sqlalchemy.dialects.sqlite  # noqa: F401, PLC0415 - the same
    import uvicorn.protocols.http.h11_impl  # noqa: F401, PLC0415 - the same

    import dashboard.cli.serving  # noqa: F401, PLC0415 - the same


if __name__ == "__main__":
    from dashboard.cli.main import main

    import_all()
    gc.freeze()  # else each process takes half a second in the end to look all of it over
    sys.argv = Nursery(sys.argv[1]).order()
    main()
