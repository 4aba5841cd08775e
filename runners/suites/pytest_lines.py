"""A pytest that is followed while it runs: the plug-in is given to it, and its lines are read.

Python >= 3.9 and the standard library only.
"""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from runners.suites.results import boundary, jsonl
from runners.suites.results.said import Begun, Case, Malformed, Said, named
from runners.suites.results.tree import Node, parsed

PLUGIN = Path(__file__).resolve().parents[1] / "pytest_plugin"
NAME = "coevo_pytest"
DESCRIPTOR = "COEVO_PYTEST_FD"
_PIECE = 1 << 16
_LONGEST = 1 << 20
_LOOK_SECONDS = 0.2


class Session:
    """One run of a pytest command. `total` is asked first, `said` once, then `ended`."""

    def __init__(self, command: list[str]) -> None:
        self._end, ours = os.pipe()
        try:
            self._process = subprocess.Popen(
                command, stdout=2, env=_environment(ours), pass_fds=[ours]
            )
        finally:
            os.close(ours)
        self._lines = self._read()
        self._number = 0

    def __enter__(self) -> Session:  # noqa: PYI034 - Self is Python 3.11's
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._end)

    def total(self) -> int | None:
        """How many cases will come; None where pytest ended before it knew."""
        for line in self._lines:
            self._number += 1
            try:
                total = Node(parsed(line), "$").child("total").value
            except Malformed:
                return None
            return total if isinstance(total, int) and total >= 0 else None
        return None

    def said(self) -> Iterator[Said | Begun]:
        """What the plug-in says, as it comes; a line that is none of its own ends it as ERROR."""
        for line in self._lines:
            self._number += 1
            try:
                node = Node(parsed(line), f"line {self._number}")
                said = _begun(node) or jsonl.line(node)
            except Malformed as wrong:
                message = f"the plug-in's {wrong.place}: {wrong.problem}"
                yield Case(boundary.BROKEN, "ERROR", message=message)
                return
            if said is not None:
                yield said

    def ended(self) -> int:
        """Its exit code, negative for a signal."""
        for _ in self._lines:  # read to the end, or it would wait for us with a full pipe
            pass
        return self._process.wait()

    def _read(self) -> Iterator[str]:
        """Lines until pytest has ended: what it leaves behind may hold the pipe for ever."""
        os.set_blocking(self._end, False)
        rest = b""
        while True:
            is_over = self._process.poll() is not None
            piece = self._piece(0 if is_over else _LOOK_SECONDS)
            if piece is None and is_over:
                break
            if piece == b"":
                self._process.wait()
                break
            *whole, rest = (rest + (piece or b"")).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in whole)
            if len(rest) > _LONGEST:
                yield rest[:200].decode("utf-8", "replace")
                rest = b""

    def _piece(self, seconds: float) -> bytes | None:
        """What can be read now; b"" at the end of the pipe, None where there is nothing."""
        ready, _, _ = select.select([self._end], [], [], seconds)
        return os.read(self._end, _PIECE) if ready else None


def _begun(node: Node) -> Begun | None:
    is_begin = node.has("begin") and node.child("begin").value is True
    return Begun(named(node.text("id"))) if is_begin else None


def _environment(descriptor: int) -> dict[str, str]:
    """Ours, in which every pytest loads the plug-in; it speaks in the first one alone."""
    env = dict(os.environ)
    paths = [str(PLUGIN), *filter(None, [env.get("PYTHONPATH", "")])]
    env["PYTHONPATH"] = os.pathsep.join(paths)
    env["PYTEST_ADDOPTS"] = f"{env.get('PYTEST_ADDOPTS', '')} -p {NAME}".strip()
    env[DESCRIPTOR] = str(descriptor)
    return env
