"""The folder of an attempt that is handed to Slurm: its mailbox, and the journal of handing over.

From it a server that comes back knows whether Slurm was given the attempt, and as which job.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from runners import wire
from runners.environments.bindings import Bindings
from runners.environments.locking import taken
from runners.mailbox import Mailbox, put, text_of
from runners.work import Key, Pairs, Ticket

LOOK_SECONDS = 0.1
SCRIPT = "job.sbatch"
OUTPUT = "slurm.out"


@dataclass(frozen=True, slots=True)
class Filed:
    """Which slot an attempt is in, and what it asks Slurm for, one for each device."""

    slot: str
    labels: Pairs
    number: int
    gres: str


@dataclass(frozen=True, slots=True)
class Folder:
    """One attempt. `is_found`: an earlier server has made it, and may have handed it over."""

    path: Path
    key: Key
    is_found: bool = False

    @property
    def box(self) -> Mailbox:
        """What the compute node reads and writes."""
        return Mailbox(self.path)

    def make(self, filed: Filed, ticket: Ticket, bindings: Bindings) -> None:
        """Lay everything down that is needed to go on after a death; the ticket comes last."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        put(self.path / "filed.json", wire.to_text(filed))
        self.box.hand_over(ticket, bindings)

    def filed(self) -> Filed:
        """Which slot it is in."""
        return wire.from_text(Filed, (self.path / "filed.json").read_text())

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[int]:
        """Waits until nobody, not even a child of a dead server, hands this attempt over."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not taken(handle):  # noqa: ASYNC110 - another process lets go of it
                await asyncio.sleep(LOOK_SECONDS)
            yield handle
        finally:
            os.close(handle)

    def note_job(self, job: str) -> None:
        """Slurm has it, as this job."""
        put(self.path / "job", job)

    def job(self) -> str:
        """The number that Slurm gave it, "" where none was noted."""
        return text_of(self.path / "job")

    def asked_at(self) -> float:
        """When Slurm was first asked to take it, in seconds since 1970: now at the latest."""
        mark = self.path / "asked"
        if not mark.exists():
            put(mark, "")
        return min(time.time(), mark.stat().st_mtime)

    def remove(self) -> None:
        """All of it was told and stored."""
        shutil.rmtree(self.path, ignore_errors=True)


def folders(home: Path) -> Iterator[Folder]:
    """Those that an earlier server has left; half-made ones, which nobody was told of, go."""
    for path in sorted(home.glob("*-*")):
        job, _, fence = path.name.partition("-")
        found = Folder(path, Key(int(job), int(fence)), is_found=True)
        if found.box.ticket() is None:
            found.remove()
        else:
            yield found


def mark(home: Path) -> str:
    """What tells our batch jobs from those of other data folders, older ones of this path too."""
    path = home / "mark"
    if not path.exists():
        put(path, secrets.token_hex(4))
    return path.read_text()
