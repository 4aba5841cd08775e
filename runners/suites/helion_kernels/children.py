"""The parent's side of a child in which Helion runs in one mode: asked, watched, replaced."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from runners.suites.helion_kernels.found import Found

_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"
_READ = 65536


class Child:
    """A process that answers case after case; one that died or hung is followed by another."""

    def __init__(
        self, variables: dict[str, str], device: str, folder: Path, said: dict[str, str]
    ) -> None:
        parameters = [f"{key}={value}" for key, value in said.items()]
        start = [sys.executable, "-I", str(_LAUNCHER), "helion_kernels.serve", "--device", device]
        self._command = [*start, *parameters]
        self._environment = {**os.environ, **variables}
        self._environment.pop("COEVO_CASE", None)
        self._log = folder / "child.log"
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, name: str, dtype: str, patience_seconds: float) -> Found:
        """What it finds out about a case; its death, or its silence, is a problem."""
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"id": name, "dtype": dtype}).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            return Found(self._lost("a child ended"))
        answer = _line(process.stdout, patience_seconds)
        if answer is None:
            return Found(self._lost(f"no answer in {patience_seconds:g} seconds"))
        if not answer:
            return Found(self._lost("a child ended"))
        return Found(**json.loads(answer))

    def end(self) -> None:
        """End it with all that it has started, and show its log."""
        if self._process is not None:
            self._lost("")

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def _lost(self, why: str) -> str:
        """Why it is no more, with its code and the last thing it said; its group is ended."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = None
        try:
            code = process.wait(1 if why == "a child ended" else 0.05)
        except subprocess.TimeoutExpired:
            code = None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()
        lines = self._log.read_text(errors="replace").strip().splitlines()
        print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201 - the log
        said = f"{why} with {code}" if code is not None else why
        return ": ".join([said, *lines[-1:]])


def _line(stream: IO[bytes], patience_seconds: float) -> bytes | None:
    """The next line; b"" at the end, None where it does not come in time."""
    found = b""
    while not found.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], patience_seconds)
        if not ready:
            return None
        piece = os.read(stream.fileno(), _READ)
        if not piece:
            return b""
        found += piece
    return found
