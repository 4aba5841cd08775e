"""The runner as a process: its lines of JSON, its end, and what it is linked with."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple  # Any: what the runner says

from runners.suites.executorch_pte.vectors import Tensor

_PATIENCE_SECONDS = 60
_REFUSED = 3  # how the runner ends where ExecuTorch refuses something


class Ran(NamedTuple):
    """What it said, line by line. `code` is its exit code, negative for a signal."""

    said: list[dict[str, Any]]
    log: str
    code: int

    @property
    def problem(self) -> str:
        """How it ended; "" where well."""
        if self.code == 0:
            return ""
        if self.code == _REFUSED:
            told = self.said[-1]
            return f"it was refused at {told['at']}: {told['error']}"
        how = f"signal {-self.code}" if self.code < 0 else f"code {self.code}"
        last = (self.log.strip().splitlines() or [""])[-1]
        return f"the runner ended with {how}" + (f": {last[:300]}" if last else "")

    @property
    def is_refused(self) -> bool:
        """Whether ExecuTorch itself said no."""
        return self.code == _REFUSED


def run(runner: Path, program: Path, lines: Sequence[str] = ()) -> Ran:
    """Let a new process load the program and follow the lines, in the present folder."""
    done = subprocess.run(
        [runner, program],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return Ran(said, done.stderr, done.returncode)


def specification(tensor: Tensor, path: Path) -> str:
    """The words for a tensor, once it has been written there."""
    path.write_bytes(tensor.data)
    return f"{tensor.dtype}:{','.join(map(str, tensor.shape))}:{path}"


def linked(runner: Path) -> list[str]:
    """The libraries that it is loaded with, each with where it was found; the loader says it."""
    asked = {**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}
    done = subprocess.run([runner], env=asked, capture_output=True, check=False, text=True)
    return [line.strip() for line in done.stdout.splitlines()]
