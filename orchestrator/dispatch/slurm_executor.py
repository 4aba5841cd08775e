"""Slots in the queue of Slurm: each attempt is a batch job of its own, handed over once."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from matrix.errors import CoevoError
from orchestrator.dispatch.kit import kit, unpacked
from orchestrator.dispatch.names import slot_name
from orchestrator.dispatch.port import ANY, Batch, Held, SlotLost
from orchestrator.dispatch.slurm_attempt import BatchAttempt, Deadlines, Office
from orchestrator.dispatch.slurm_client import Slurm, Unanswered
from orchestrator.dispatch.slurm_folder import Filed, Folder, folders, mark
from orchestrator.dispatch.slurm_offers import Circumstances, Place, places, within
from orchestrator.dispatch.slurm_template import Template, option_values
from orchestrator.dispatch.slurm_watch import LOOK_SECONDS, Watch
from runners.artifacts import Brought
from runners.environments.bindings import Bindings
from runners.slot import Slot
from runners.turns import Turns
from runners.work import Key, Offer, Ticket

FOLDER = "slurm"


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the owner says of the cluster: how it is used, and how its place is called.

    `slots` is how many attempts of one kind are handed to Slurm at once, pending ones included.
    """

    slurm: Slurm
    template: Template
    around: Circumstances
    pending_seconds: float

    @property
    def partitions(self) -> tuple[str, ...]:
        """Those that the owner's options name, or else the template; none: the default one."""
        names = ("-p", "--partition")
        return option_values(list(self.slurm.options), *names) or self.template.said(*names)


@dataclass(slots=True)
class _Slot:
    """A slot with the folders of what is in it."""

    turns: Turns
    filed: Filed
    folders: dict[Key, Folder] = field(default_factory=dict)

    def forget_told(self) -> None:
        """Take away the folders of attempts whose ends were collected and stored."""
        held = set(self.turns.held())
        for key in [key for key in self.folders if key not in held]:
            self.folders.pop(key).remove()


class SlurmExecutor:
    """Implements Executor on a login node. `home` is shared with the compute nodes."""

    outlives = True

    def __init__(  # noqa: PLR0913 - each is one decision of whoever builds a server
        self,
        cluster: Cluster,
        runner: str,
        home: Path,
        *,
        bindings: Bindings | None = None,
        deadlines: Deadlines | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._cluster, self._runner = cluster, runner
        self._home, self._bindings = home.absolute(), bindings or Bindings()
        self._folder = self._home / FOLDER / hashlib.sha256(runner.encode()).hexdigest()[:8]
        self._look_seconds = look_seconds
        self._deadlines = deadlines or Deadlines(cluster.pending_seconds)
        self._files = Slot("files", self._home)  # carries nothing out: it only keeps files
        self._office: Office | None = None
        self._places: tuple[Place, ...] = ()
        self._slots: dict[str, _Slot] = {}
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> tuple[Held, ...]:
        """Raises CoevoError where Slurm is not here or does not answer."""
        self._cluster.slurm.refuse_missing()
        try:
            self._places = await self._seen_places()
        except Unanswered as why:
            hint = "is slurmctld up? `sinfo` shows it"
            raise CoevoError.because(f"Slurm does not answer: {why}", hint) from why
        self._office = await asyncio.to_thread(self._opened)
        self._watching = asyncio.create_task(self._office.watch.run())
        for one in folders(self._folder):
            await self._take_up(one)
        return tuple(_held(slot) for slot in self._slots.values())

    async def offers(self) -> tuple[Offer, ...]:
        """What the nodes have that jobs can go to; what was seen last while Slurm is silent."""
        with suppress(Unanswered):
            self._places = await self._seen_places()
        return tuple(place.offer for place in self._places)

    async def slot_for(self, offer: Offer, index: int, devices: int = 1, nodes: int = 1) -> str:
        """Made at once: it is nothing but a number. Each ticket has a batch job of its own size."""
        del devices, nodes
        name = slot_name(self._runner, offer, index)
        if name not in self._slots:
            gres = {place.offer.labels: place.gres for place in self._places}
            self._make(Filed(name, offer.labels, index, gres.get(offer.labels, "")))
        return name

    async def assign(self, slot: str, tickets: Sequence[Ticket]) -> None:
        """Hand tickets to Slurm, one after another."""
        await self._slot(slot).turns.assign(tickets)

    async def collect(self, slot: str, cursor: int, wait_seconds: float) -> Batch:
        """What happened in a slot after `cursor`."""
        found = self._slot(slot)
        batch = Batch(*await found.turns.collect(cursor, wait_seconds))
        await asyncio.to_thread(found.forget_told)
        return batch

    async def cancel(self, slot: str, key: Key) -> None:
        """End an attempt, by scancel where Slurm has it."""
        await self._slot(slot).turns.cancel(key)

    async def lacks(self, slot: str, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not in the shared folder."""
        self._slot(slot)
        return await self._files.lacks(digests)

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact into the shared folder."""
        self._slot(slot)
        return await self._files.bring(digest, size, offset, data)

    async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
        """A piece of an artifact that a compute node has put into the shared folder."""
        self._slot(slot)
        return await self._files.read(digest, offset, length)

    async def retire(self, slot: str) -> None:
        """End a slot and everything in it."""
        if (found := self._slots.pop(slot, None)) is None:
            return
        try:
            await asyncio.wait_for(found.turns.close(), self._deadlines.settle)
        except TimeoutError:
            await found.turns.leave()  # its end is asked for, and the next server sees to it
            return
        for folder in found.folders.values():
            await asyncio.to_thread(folder.remove)

    async def stop(self, *, leave: bool = False) -> None:
        """End all slots; with `leave` the batch jobs stay in Slurm, and their folders here."""
        if leave:
            slots, self._slots = self._slots, {}
            await asyncio.gather(*(slot.turns.leave() for slot in slots.values()))
        else:
            await asyncio.gather(*(self.retire(slot) for slot in tuple(self._slots)))
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})

    def abandon(self) -> None:
        """Nothing to do: what Slurm was given is its own."""

    async def _seen_places(self) -> tuple[Place, ...]:
        nodes = await self._cluster.slurm.nodes()
        return places(within(nodes, self._cluster.partitions), self._cluster.around)

    def _opened(self) -> Office:
        """The folders and the carrier, which compute nodes see as we do."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = unpacked(kit(), self._home)
        watch = Watch(self._cluster.slurm, f"coevo-{mark(self._folder)}-", self._look_seconds)
        carrier = ("env", f"PYTHONPATH={path}", sys.executable, "-P", "-S", "-m", "runners.batch")
        return Office(
            self._cluster.slurm,
            watch,
            self._cluster.template,
            self._home,
            carrier,
            self._bindings,
            self._deadlines,
        )

    async def _take_up(self, folder: Folder) -> None:
        """Go on with an attempt that an earlier server has left."""
        filed = await asyncio.to_thread(folder.filed)
        slot = self._slots.get(filed.slot) or self._make(filed)
        slot.folders[folder.key] = folder
        ticket = await asyncio.to_thread(folder.box.ticket)
        assert ticket is not None
        await slot.turns.assign([ticket])

    def _make(self, filed: Filed) -> _Slot:
        turns = Turns(partial(self._begun, filed.slot))
        slot = self._slots[filed.slot] = _Slot(turns, filed)
        return slot

    async def _begun(self, name: str, ticket: Ticket) -> BatchAttempt:
        slot, office = self._slots[name], self._office
        assert office is not None
        folder = slot.folders.get(ticket.key)
        if folder is None:
            folder = Folder(self._folder / f"{ticket.key.job}-{ticket.key.fence}", ticket.key)
            slot.folders[ticket.key] = folder
            await asyncio.to_thread(folder.make, slot.filed, ticket, self._bindings)
        return BatchAttempt(ticket, folder, office, slot.turns.add)

    def _slot(self, name: str) -> _Slot:
        if name not in self._slots:
            raise SlotLost(f"slot {name} has been retired")
        return self._slots[name]


def _held(slot: _Slot) -> Held:
    """A slot that was found. Beside what runs it may hold one whose end was stored already."""
    filed, keys = slot.filed, slot.turns.held()
    return Held(filed.slot, keys, filed.labels, filed.number, ANY.devices, nodes=ANY.nodes)
