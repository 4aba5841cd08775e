"""Commands that are called as Slurm's and answer from files, for what a real one seldom says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_SBATCH = """#!/bin/sh
echo "$*" >> {folder}/submitted
[ -e {folder}/gate ] && until [ -e {folder}/open ]; do sleep 0.02; done
cat {folder}/sbatch.err >&2 2>/dev/null
cat {folder}/sbatch.out 2>/dev/null
exit $(cat {folder}/sbatch.code)
"""
_ANSWER = """#!/bin/sh
echo "$*" >> {folder}/{name}.calls
cat {folder}/{name}.err >&2 2>/dev/null
cat {folder}/{name}.out 2>/dev/null
exit $(cat {folder}/{name}.code)
"""


@dataclass(frozen=True, slots=True)
class PlantedSlurm:
    """The commands lie in `folder`, with what they answer."""

    folder: Path

    def plant(self) -> PlantedSlurm:
        """Put them there; they succeed and say nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("sbatch", "squeue", "scancel", "sinfo"):
            text = _SBATCH if name == "sbatch" else _ANSWER
            (self.folder / name).write_text(text.format(folder=self.folder, name=name))
            (self.folder / name).chmod(0o755)
            self.answers(name, "")
        return self

    @property
    def environ(self) -> dict[str, str]:
        """What leads to them."""
        return {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def answers(self, name: str, out: str, err: str = "", code: int = 0) -> None:
        """From now on a command says this."""
        for what, text in (("out", out), ("err", err), ("code", str(code))):
            (self.folder / f"{name}.{what}").write_text(text)

    def shows(self, *lines: str) -> None:
        """What squeue shows from now on."""
        self.answers("squeue", "".join(f"{line}\n" for line in lines))

    def called(self, name: str) -> list[str]:
        """The arguments of each call."""
        path = self.folder / ("submitted" if name == "sbatch" else f"{name}.calls")
        return path.read_text().splitlines() if path.exists() else []
