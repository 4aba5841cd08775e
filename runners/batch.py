"""Carries an attempt out inside a batch job, handed over and told of through a shared folder.

    python -m runners.batch FOLDER HOME

FOLDER is the attempt's own, HOME holds the environments; both are shared with whoever submitted
the job. Of several processes with `SLURM_NTASKS` each is a rank, and rank 0 leads. The standard
library only.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from runners.band import Band, Near
from runners.distant import Distant
from runners.mailbox import Mailbox, Place
from runners.slot import Slot
from runners.work import Ended, Fact, Happening, Ticket

LOOK_SECONDS = 1.0
BEAT_SECONDS = 10.0  # how often it is said that we are still here
_FACTS = (
    ("slurm.job", "SLURM_JOB_ID"),
    ("slurm.cluster", "SLURM_CLUSTER_NAME"),
    ("slurm.partition", "SLURM_JOB_PARTITION"),
    ("slurm.nodes", "SLURM_JOB_NODELIST"),
)
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(folder: Path, home: Path, environ: Mapping[str, str]) -> int:
    """Carry out what lies in the folder, as the rank that this process is."""
    rank, ranks = int(environ.get("SLURM_PROCID", "0")), int(environ.get("SLURM_NTASKS", "1"))
    box = Mailbox(folder if rank == 0 else folder / f"rank-{rank}")
    me = environ.get("SLURM_JOB_ID", str(os.getpid()))
    if not Mailbox(folder).ticket() or not (rank or box.take(me)):
        print(f"coevo: {folder} holds nothing for batch job {me} (it has: {box.taken_by()})")  # noqa: T201 - into the batch job's own output
        return 1
    bindings = Mailbox(folder).bindings()
    scratch = Path(tempfile.mkdtemp(prefix="coevo-"))  # short, for sockets, and the node's own
    try:
        slot = Slot("batch", home, environ=environ, bindings=bindings, scratch=scratch)
        return asyncio.run(Carrier(box, slot, scratch, environ).carry_out(rank, ranks))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class Carrier:
    """One process of a batch job."""

    def __init__(self, box: Mailbox, slot: Slot, scratch: Path, environ: Mapping[str, str]) -> None:
        self._box, self._slot, self._scratch, self._environ = box, slot, scratch, environ
        self._end = asyncio.Event()

    async def carry_out(self, rank: int, ranks: int) -> int:
        """Until the report is written, or the folder is gone and nobody would read it."""
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._end.set)
        place = Place(platform.node(), _address(), os.getpid())
        if rank:
            self._box.folder.mkdir(exist_ok=True)
        self._box.settle(place)
        ticket = await self._handed()
        slot: Slot | Band = self._slot
        if ticket.nodes > 1 and rank == 0:
            boxes = [Mailbox(self._box.folder / f"rank-{number}") for number in range(1, ranks)]
            near = Near(self._slot, place.node, place.address)
            far = [Distant(one, self._slot) for one in boxes]
            slot = Band([near, *far], self._scratch / "band")
        beside = (self._ended(slot, ticket), self._started(ticket), self._beaten())
        tasks = [asyncio.create_task(one) for one in beside]
        try:
            await self._told(slot, ticket)
            if rank:
                await self._until(lambda: self._box.is_dismissed)
        finally:
            for task in tasks:
                task.cancel()
            await slot.close()
        return 0

    async def _handed(self) -> Ticket:
        """The ticket; a rank gets its own from rank 0."""
        await self._until(lambda: self._box.ticket() is not None)
        ticket = self._box.ticket()
        if ticket is None:
            raise SystemExit(1)
        return ticket

    async def _until(self, claim: Callable[[], bool]) -> None:
        """Wait until something holds in the folder, or a signal ends this process."""
        while not (self._end.is_set() or claim()):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), LOOK_SECONDS)

    async def _told(self, slot: Slot | Band, ticket: Ticket) -> None:
        await slot.assign([ticket])
        cursor, is_over = 0, False
        while not is_over:
            cursor, found = await slot.collect(cursor, BEAT_SECONDS)
            await asyncio.to_thread(self._box.tell, [self._with_facts(one) for one in found])
            is_over = any(isinstance(one, Ended) for one in found)

    async def _ended(self, slot: Slot | Band, ticket: Ticket) -> None:
        """End the attempt when somebody asks for it, once."""
        await self._until(lambda: self._box.is_to_end)
        await slot.cancel(ticket.key)

    async def _started(self, ticket: Ticket) -> None:
        """Let a rank start when it is told to."""
        await self._until(lambda: self._box.meeting() is not None)
        if (meeting := self._box.meeting()) is not None:
            await self._slot.go(ticket.key, meeting)

    async def _beaten(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await asyncio.to_thread(self._box.tell, [])

    def _with_facts(self, one: Happening) -> Happening:
        if not isinstance(one, Ended):
            return one
        said = ((name, self._environ.get(variable, "")) for name, variable in _FACTS)
        facts = tuple(Fact(name, value, "slurm") for name, value in said if value)
        return Ended(one.key, replace(one.report, facts=(*one.report.facts, *facts)))


def _address() -> str:
    """An address of this host that others reach it by: of its name, or the one it sends from."""
    with suppress(OSError):
        found = socket.gethostbyname(platform.node())
        if not found.startswith("127."):
            return found
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        any_socket.connect(("192.0.2.1", 9))  # nothing is sent; the kernel names its own side
        return str(any_socket.getsockname()[0])
    return "127.0.0.1"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), os.environ))
