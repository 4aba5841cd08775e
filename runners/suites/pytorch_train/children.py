"""Programs of this suite in processes of their own, and what they leave in a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"
_PATIENCE_SECONDS = 150


class Child:
    """A program of `pytorch_train` that runs; its log is kept, and shown when it has ended."""

    def __init__(self, program: str, device: str, folder: Path, **parameters: object) -> None:
        said = [f"{key}={value}" for key, value in parameters.items()]
        name = "-".join([program, *map(str, parameters.values())]).replace("/", "_")[-100:]
        self._log = folder / f"{name}.log"
        start = [sys.executable, "-I", str(_LAUNCHER), f"pytorch_train.{program}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*start, "--device", device, f"folder={folder}", *said], stdout=log, stderr=log
            )

    def problem(self) -> str:
        """How it ended, once it has; "" where well. One that takes too long is ended."""
        try:
            code = self._process.wait(_PATIENCE_SECONDS)
            why = "" if code == 0 else f"a child ended with {code}"
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            why = f"a child took longer than {_PATIENCE_SECONDS} seconds"
        lines = self._log.read_text(errors="replace").strip().splitlines()
        print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - the log
        return why and ": ".join([why, *lines[-1:]])
