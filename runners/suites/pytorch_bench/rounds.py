"""Fresh processes, one after the other, each of which measures every kernel once.

A kernel in which a process dies or takes too long is measured no more; the others go on in the
next process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # a line of JSON

from runners.suites.pytorch_bench.asked import Asked

_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 90.0  # for torch to load, or for one kernel on a busy machine


@dataclass
class Measured:
    """What the processes say of one kernel; `seconds` are those of each, in their order.

    `wall` are the same by the wall clock, `took` all that was spent on it.
    """

    seconds: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    calls: int = 0
    took: float = 0.0
    problem: str = ""
    skip: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        """Whether the next process is to measure it, too."""
        return not (self.problem or self.skip)

    def learn(self, said: dict[str, Any]) -> None:
        """Take in what a process said at its end."""
        self.took += said["took"]
        self.problem, self.skip = said.get("problem", ""), said.get("skip", "")
        if "seconds" in said:
            self.seconds.append(said["seconds"])
            self.wall.append(said["wall"])
            self.calls += said["calls"]
        self.detail.update({key: said[key] for key in ("used", "tolerance") if key in said})


def measured(keys: Sequence[str], device: str, asked: Asked, folder: Path) -> dict[str, Measured]:
    """Every kernel with its replicates; the first process judges the answers as well."""
    found = {key: Measured() for key in keys}
    for number in range(asked.processes):
        left = [key for key in keys if found[key].goes_on]
        print(f"process {number + 1} of {asked.processes}", flush=True)  # noqa: T201 - the log
        while left:
            process = _Process(left, device, asked.seconds, number == 0, folder)
            begun = _followed(process, found)
            if not process.problem:
                break
            if not begun:  # it is none of the kernels' doing
                begun = left[0]
            found[begun].problem = process.problem
            left = left[left.index(begun) + 1 :]
    return found


class _Process:
    """A process of `pytorch_bench.sample`; iterating over it gives its lines as they come."""

    def __init__(
        self,
        keys: Sequence[str],
        device: str,
        seconds: float,
        judge: bool,  # noqa: FBT001 - whether it is the first
        folder: Path,
    ) -> None:
        self.problem = ""
        self._into, self._log = folder / "said.jsonl", folder / "log"
        self._into.write_text("")
        said = [f"into={self._into}", f"kernels={','.join(keys)}", f"seconds={seconds}"]
        start = [sys.executable, "-I", str(_LAUNCHER), "pytorch_bench.sample", "--device", device]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*start, *said, f"judge={judge}"], stdout=log, stderr=log, start_new_session=True
            )

    def __iter__(self) -> Iterator[dict[str, Any]]:
        patience = time.monotonic() + _PATIENCE_SECONDS
        with self._into.open(encoding="utf-8") as file:
            while True:
                is_over = self._process.poll() is not None
                line = file.readline()
                if line.endswith("\n"):
                    yield json.loads(line)
                    patience = time.monotonic() + _PATIENCE_SECONDS
                elif is_over:
                    break
                elif time.monotonic() > patience:
                    self.problem = f"a process took longer than {_PATIENCE_SECONDS:g} seconds"
                    break
                else:
                    time.sleep(_LOOK_SECONDS)
        self._end()

    def _end(self) -> None:
        """End it with all that it has started; what it printed goes into the log."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        lines = self._log.read_text(errors="replace").strip().splitlines()
        if lines:
            print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - the log
        if code and not self.problem:
            self.problem = ": ".join([f"a process ended with {code}", *lines[-1:]])


def _followed(process: _Process, found: dict[str, Measured]) -> str:
    """Take in what a process says; the kernel in which it ended, "" where in none."""
    begun = ""
    for said in process:
        if said.get("begin"):
            begun = said["key"]
        else:
            found[said["key"]].learn(said)
            begun = ""
    return begun
