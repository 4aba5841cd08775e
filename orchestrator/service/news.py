"""What the server is doing now, told by its threads and read by pages and the terminal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from matrix.errors import CoevoError
from orchestrator.views import ServerStatus

Listener = Callable[[ServerStatus], None]


class News:
    """The present state of the start-up and of long work; safe to use from any thread.

    Listeners are called in the thread that told the news, after each change, and must be quick.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ready = False
        self._doing: dict[str, str] = {}
        self._problems: tuple[str, ...] = ()
        self._standing: dict[Hashable, str] = {}
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Tell this listener of every change from now on."""
        self._listeners.append(listener)

    def status(self) -> ServerStatus:
        """What holds now."""
        with self._guard:
            return ServerStatus(self._ready, tuple(self._doing.values()), self._problems)

    def ready(self) -> None:
        """Jobs can be run from now on."""
        self._ready = True
        self._tell()

    def problem(self, text: str) -> None:
        """Something keeps the server from working; the text says what to do about it."""
        with self._guard:
            if text in self._problems:
                return
            self._problems = (*self._problems, text)
        self._tell()

    def stands(self, subject: Hashable, trouble: str) -> None:
        """How it stands with something that is looked at again and again: "" is well.

        What was told of it before is a problem no more.
        """
        with self._guard:
            before = self._standing.pop(subject, "")
            if trouble:
                self._standing[subject] = trouble
            if before == trouble:
                return
            self._problems = tuple(told for told in self._problems if told != before)
        if trouble:
            self.problem(trouble)
        else:
            self._tell()

    @contextmanager
    def doing(self, what: str) -> Iterator[Callable[[str], None]]:
        """Say so while the block runs; what it yields replaces the line as the work goes on."""
        self._say(what, what)
        try:
            yield lambda line: self._say(what, f"{what}: {line}")
        finally:
            with self._guard:
                self._doing.pop(what, None)
            self._tell()

    def _say(self, what: str, line: str) -> None:
        with self._guard:
            if self._doing.get(what) == line:
                return
            self._doing[what] = line
        self._tell()

    def _tell(self) -> None:
        status = self.status()
        for listener in tuple(self._listeners):
            listener(status)


def in_a_line(error: CoevoError) -> str:
    """What is wrong and what to do about it, where there is room for a line."""
    first = error.mistakes[0]
    return f"{first.problem.rstrip('.')}; {first.hint}" if first.hint else first.problem
