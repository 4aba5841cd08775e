"""Has engines forked by a zygote, each watched with a deadline and ended with what it started."""

from __future__ import annotations

import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from runners.suites.vllm_engine.group import ending, in_session_killed

_IMPORT_SECONDS = 180.0


class Zygote:
    """A process that has vLLM imported; started when it is first needed, and again if it died."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._argv, self._env = list(argv), dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    def forked(self, folder: Path, patience_seconds: float) -> str:
        """Let an engine live in the folder, to its end; what went wrong, or ""."""
        process = self._alive()
        assert process.stdin is not None
        process.stdin.write(f"{folder}\n".encode())
        process.stdin.flush()
        began = self._said(_IMPORT_SECONDS)
        if not began.startswith("began "):
            return self._lost()
        pid = int(began.split()[1])
        ended = self._said(patience_seconds)
        in_session_killed(pid)
        if not ended:
            self._said(patience_seconds)
            return f"it had not ended after {patience_seconds:g} s"
        code = int(ended.split()[1])
        return "" if code == 0 else ending(code)

    def close(self) -> None:
        """End it; its engines have ended before."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
        self._process = None

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self._env,
                bufsize=0,
                start_new_session=True,
            )
        return self._process

    def _said(self, seconds: float) -> str:
        """Its next line; "" where none comes in time, or never will."""
        assert self._process is not None
        assert self._process.stdout is not None
        until, said = time.monotonic() + seconds, b""
        while not said.endswith(b"\n"):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                return ""
            letter = self._process.stdout.read(1)
            if not letter:
                return ""
            said += letter
        return said.decode().strip()

    def _lost(self) -> str:
        """Why it is of no more use."""
        assert self._process is not None
        code = self._process.poll()
        self.close()
        return f"vLLM could not be imported: {'too slow' if code is None else ending(code)}"
