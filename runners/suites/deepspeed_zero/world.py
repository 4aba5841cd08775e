"""Two ranks that carry out one job after another, and are replaced when one of them falls."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any  # what a rank answers

from runners.suites.pytorch_train.ranks import Place

_RANKS = 2
_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"
_PATIENCE_SECONDS = 420  # two imports of DeepSpeed, and a kernel that is compiled


class Fallen(Exception):  # noqa: N818 - what became of a rank, no error of ours
    """A rank died or never answered; the message says how, with its last words."""


class World:
    """The ranks of a place. They meet through a file: no port can be taken by somebody else."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place, self.folder = place, folder
        self._ranks: list[subprocess.Popen[bytes]] = []
        self._count = 0

    def answers(self, job: str, **asked: object) -> list[dict[str, Any]]:
        """What each rank answers to a job; raises Fallen."""
        self._count += 1
        if not self._ranks:
            self._start()
        line = json.dumps({"job": job, "number": self._count, **asked}).encode() + b"\n"
        try:
            for rank in self._ranks:
                assert rank.stdin is not None
                with suppress(BrokenPipeError):
                    rank.stdin.write(line)
                    rank.stdin.flush()
            return [self._answer(at) for at in range(len(self._ranks))]
        except Fallen:
            self.end()
            raise

    def end(self) -> None:
        """End the ranks, and all that they have started."""
        for rank in self._ranks:
            with suppress(ProcessLookupError):
                os.killpg(rank.pid, signal.SIGKILL)
            rank.wait()
        self._ranks = []

    def log(self) -> str:
        """The last that each rank has printed."""
        texts = [self._log(at).read_text(errors="replace")[-20_000:] for at in range(_RANKS)]
        return "\n".join(texts)

    def _start(self) -> None:
        for at, device in enumerate(self.place.devices):
            said = {"folder": self.folder, "rank": at, "backend": self.place.backend}
            words = [f"{key}={text}" for key, text in said.items()]
            start = [sys.executable, "-I", str(_LAUNCHER), "deepspeed_zero.rank"]
            with self._log(at).open("ab") as log:
                self._ranks.append(
                    subprocess.Popen(
                        [*start, "--device", device, f"meeting=meeting-{self._count}", *words],
                        stdin=subprocess.PIPE,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )

    def _answer(self, at: int) -> dict[str, Any]:
        path = self.folder / f"answer-{self._count}-{at}.json"
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while not path.exists():
            for rank in self._ranks:
                if rank.poll() not in {None, 0} and not path.exists():
                    raise Fallen(f"a rank ended with {rank.returncode}{self._last_words()}")
            if time.monotonic() > give_up:
                raise Fallen(f"rank {at} did not answer in {_PATIENCE_SECONDS} seconds")
            time.sleep(0.02)
        found: dict[str, Any] = json.loads(path.read_text())
        if "error" in found:
            raise Fallen(str(found["error"]))
        return found

    def _last_words(self) -> str:
        logs = (self._log(at).read_text(errors="replace") for at in range(len(self._ranks)))
        lines = [line for text in logs for line in text.strip().splitlines()[-1:]]
        return "".join(f": {line[:300]}" for line in lines)

    def _log(self, at: int) -> Path:
        return self.folder / f"rank-{at}.log"
