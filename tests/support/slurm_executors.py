"""Executors on a Slurm cluster, quick enough for tests, and what they hand over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from slurm_cluster import SlurmCluster

from orchestrator.dispatch.port import Held
from orchestrator.dispatch.slurm_attempt import Deadlines
from orchestrator.dispatch.slurm_client import Slurm
from orchestrator.dispatch.slurm_executor import Cluster, SlurmExecutor
from orchestrator.dispatch.slurm_offers import Circumstances
from orchestrator.dispatch.slurm_template import Template, read
from runners.environments.bindings import Bindings
from runners.environments.platforms import here
from runners.work import Ended, Happening, Key, LogChunk, Offer, Phase, Progress, Report, Ticket

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 100.0


def slurm_executor(
    slurm: SlurmCluster,
    home: Path,
    *options: str,
    template: Template | None = None,
    pending: float = 600.0,
    bindings: Bindings | None = None,
    **environ: str,
) -> SlurmExecutor:
    """An executor of a runner that is named after the folder."""
    around = Circumstances("lab", (), 2, frozenset(), here())
    commands = Slurm(options, {**slurm.environ, **environ})
    cluster = Cluster(commands, template or read(), around, pending)
    deadlines = Deadlines(pending, look=0.05, settle=3.0)
    return SlurmExecutor(
        cluster,
        home.name,
        home,
        bindings=bindings,
        deadlines=deadlines,
        look_seconds=LOOK_SECONDS,
    )


@dataclass(slots=True)
class Heard:
    """A started executor and all that one of its slots has told."""

    executor: SlurmExecutor
    held: tuple[Held, ...]
    slot: str = ""
    told: list[Happening] = field(default_factory=list)
    _cursor: int = 0

    async def assign(self, *tickets: Ticket, accelerator: str = "cpu") -> None:
        """Hand tickets to the first slot of an offer."""
        self.slot = await self.executor.slot_for(await self.offer(accelerator), 0)
        await self.executor.assign(self.slot, tickets)

    async def offer(self, accelerator: str) -> Offer:
        """What is offered of an accelerator."""
        offers = await self.executor.offers()
        return next(one for one in offers if ("accelerator", accelerator) in one.labels)

    async def until(self, claim: Callable[[], object]) -> None:
        """Collect until something holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not claim():
                batch = await self.executor.collect(self.slot, self._cursor, 0.2)
                self._cursor = batch.cursor
                self.told += batch.happenings

    async def pends(self, *reasons: str) -> None:
        """Collect until Slurm has it, and says one of these reasons."""
        await self.until(lambda: any(reason in self.note for reason in reasons or ("pending",)))

    async def runs(self) -> None:
        """Collect until the suite runs."""
        await self.until(lambda: self.phase is Phase.RUNNING)

    async def report(self) -> Report:
        """Collect until the one attempt has ended."""
        await self.until(lambda: any(isinstance(one, Ended) for one in self.told))
        return next(one.report for one in self.told if isinstance(one, Ended))

    async def cancel(self, job: int = 1) -> None:
        """End it."""
        await self.executor.cancel(self.slot, Key(job, 1))

    @property
    def note(self) -> str:
        """The last thing that was told of it."""
        return next((one.note for one in reversed(self.told) if isinstance(one, Progress)), "")

    @property
    def phase(self) -> Phase | None:
        """Where it is."""
        return next((one.phase for one in reversed(self.told) if isinstance(one, Progress)), None)

    @property
    def log(self) -> str:
        """What its suite has printed."""
        return b"".join(one.data for one in self.told if isinstance(one, LogChunk)).decode()


@asynccontextmanager
async def heard(executor: SlurmExecutor, *, leave: bool = False) -> AsyncIterator[Heard]:
    """A started executor, which takes up what it finds; with `leave` its jobs live on."""
    held = await executor.start()
    try:
        yield Heard(executor, held, held[0].slot if held else "")
    finally:
        await executor.stop(leave=leave)


Scene = Callable[[Heard], Awaitable[Report]]


def carried(slurm: SlurmCluster, home: Path, one: Ticket, scene: Scene, *options: str) -> Report:
    async def whole() -> Report:
        async with heard(slurm_executor(slurm, home, *options)) as at:
            await at.assign(one)
            return await scene(at)

    return asyncio.run(whole())


def files(home: Path, *names: str) -> list[Path]:
    """Files of the one attempt that has a folder, or that folder."""
    return [path / name for path in home.glob("slurm/*/1-1") for name in names or (".",)]


async def ended(at: Heard) -> Report:
    return await at.report()
