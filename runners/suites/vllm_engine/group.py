"""A process in a session of its own that is ended with all that it has started.

Killing a server of vLLM leaves its engine and its workers behind, so the whole session is killed,
and then looked for again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from runners import processes

_GRACE_SECONDS = 10.0
_ECHOES = ("EngineDeadError", "Engine core initialization failed")  # they say: look further up


class Group:
    """A program that runs with its log in a file; as a context it is ended behind the body."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=dict(env),
                start_new_session=True,
            )

    def __enter__(self) -> Group:  # noqa: PYI034 - Self is Python 3.11's
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def problem(self, patience_seconds: float) -> str:
        """How it ended, with its last words, once it has; "" where well."""
        why = self.ended(patience_seconds)
        return why and ": ".join([why, *self.last_words()])

    def ended(self, patience_seconds: float) -> str:
        """How it ended, once it has; "" where well. One that takes too long is ended."""
        try:
            code = self.process.wait(patience_seconds)
            why = "" if code == 0 else ending(code)
        except subprocess.TimeoutExpired:
            why = f"it had not ended after {patience_seconds:g} s"
        self.end()
        return why

    def end(self, grace_seconds: float = _GRACE_SECONDS) -> list[int]:
        """End whatever of the session still lives; the processes that had outlived the first one.

        What ignores SIGTERM for so long is killed.
        """
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(grace_seconds)
        return in_session_killed(self.process.pid)

    def lines(self) -> list[str]:
        """Its log so far."""
        return self.log.read_text(errors="replace").splitlines()

    def last_words(self) -> list[str]:
        """The line of its log that says why it failed, where there is one."""
        return last_words(self.lines())

    def show(self) -> None:
        """Print its log on standard error."""
        print(*self.lines(), sep="\n", file=sys.stderr)  # noqa: T201 - the log


def in_session_killed(session: int) -> list[int]:
    """Kill all that lives in a session, and look again until nothing does; what there was."""
    left = processes.in_session(session)
    while processes.in_session(session):
        for pid in processes.in_session(session):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return left


def last_words(lines: Sequence[str]) -> list[str]:
    """The line of a log that says why it failed, where there is one: the last exception's."""
    told = [line.strip() for line in lines if line.strip()]
    errors = [line for line in told if _names_an_error(line) and not _is_echo(line)]
    return (errors or told)[-1:]


def ending(code: int) -> str:
    """How a process ended badly, by its code as `subprocess` tells it."""
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"


def _is_echo(line: str) -> bool:
    return any(one in line for one in _ECHOES)


def _names_an_error(line: str) -> bool:
    """Whether it ends a traceback, also behind what a logger writes in front."""
    words = line.rpartition("] ")[2].split(":")
    return len(words) > 1 and words[0].rpartition(".")[2].endswith(("Error", "Exception"))
