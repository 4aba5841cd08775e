"""The two ports of the dispatcher: the queue it serves and the executor that carries out.

A queue is the store itself (beside the server) or, later, HTTPS (at a vendor); an executor is Ray,
a batch system or plain processes. The dispatcher knows neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from runners.artifacts import Brought
from runners.work import Ended, Happening, Key, LogChunk, Offer, Pairs, Progress, RunnerCard, Ticket


class Room(NamedTuple):
    """Free places of one offer: how many tickets its slots can hold now."""

    offer: Offer
    free: int


class Renewal(NamedTuple):
    """What the queue says of held attempts: which to cancel, which are no longer ours."""

    cancelled: frozenset[Key]
    lost: frozenset[Key]


class Queue(Protocol):
    """Where jobs come from and where what happened goes. Calls block; they are made in threads."""

    def announce(self, card: RunnerCard) -> int:
        """Register or update a runner; returns its id. Its jobs' feasibility is judged anew."""
        ...

    def claim(self, runner: int, rooms: Sequence[Room]) -> tuple[Ticket, ...]:
        """Lease at most `free` jobs for each room, in the queue's order, in one transaction."""
        ...

    def held(self, runner: int) -> tuple[Key, ...]:
        """The attempts this runner holds by the store's word (asked once, after a restart)."""
        ...

    def renew(self, runner: int, keys: Sequence[Key]) -> Renewal:
        """Prolong leases; the answer is the only way in which an attempt is lost or cancelled."""
        ...

    def note(self, runner: int, progress: Sequence[Progress], chunks: Sequence[LogChunk]) -> None:
        """Store progress and log bytes; repeats (same offset) change nothing."""
        ...

    def record(self, runner: int, ended: Sequence[Ended]) -> frozenset[Key]:
        """Record reports in one transaction; returns the keys that were refused (stale fence).

        A report already recorded under its fence counts as accepted.
        """
        ...

    def release(self, runner: int, keys: Sequence[Key]) -> None:
        """Give jobs back to the queue without counting an attempt."""
        ...

    def artifact(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of a file that a job is to be given; nothing where it is gone."""
        ...

    def keep(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take in a piece of a file that a job has made; how much is there, or what is wrong.

        One is sent before the report that names it. An empty piece asks how much is there.
        """
        ...

    def doubt(self, digest: str) -> None:
        """What was sent of a file did not arrive as it was: look at it, and let a bad one go."""
        ...


class Held(NamedTuple):
    """A slot and the attempts that are in it, in order; the first may be running.

    `labels` and `number` say for which offer it was made and as which of its slots, `devices` how
    many accelerators it has on each of its `nodes`, `node` where it is. A `stale` slot runs
    another version of Coevo, or brings other environments: it is emptied, never filled.
    """

    slot: str
    keys: tuple[Key, ...]
    labels: Pairs = ()
    number: int = 0
    devices: int = 1
    node: str = ""
    stale: bool = False
    nodes: int = 1


class Width(NamedTuple):
    """How much a slot takes: accelerators of each node (one where there are none), and nodes."""

    devices: int = 1
    nodes: int = 1

    @classmethod
    def of(cls, ticket: Ticket) -> Width:
        """What a ticket wants."""
        return cls(max(1, ticket.devices), ticket.nodes)

    @property
    def is_wide(self) -> bool:
        """Whether it is more than one of many equal slots."""
        return self.devices > 1 or self.nodes > 1


NARROW = Width()
ANY = Width(0, 0)  # of a slot in a batch system's queue: whatever its ticket wants


class Batch(NamedTuple):
    """What happened in a slot since a cursor, and the cursor to ask from next."""

    cursor: int
    happenings: tuple[Happening, ...]


class SlotLost(Exception):  # noqa: N818 - a state of the machine, no mistake of anybody's
    """A slot died with what was in it; the text says which, where and why."""


class Executor(Protocol):
    """Runs tickets in slots. All methods are coroutines of one event loop.

    `outlives` is whether slots can live on without this process: then an attempt that is found
    nowhere was lost by the machine, otherwise our own end ended it.
    """

    outlives: bool

    async def start(self) -> tuple[Held, ...]:
        """Be ready, and say which slots an earlier dispatcher left behind, with what they hold."""
        ...

    async def offers(self) -> tuple[Offer, ...]:
        """What can be run here now."""
        ...

    async def slot_for(self, offer: Offer, index: int, devices: int = 1, nodes: int = 1) -> str:
        """The name of the offer's slot number `index`, made or found; may take seconds.

        `devices` above 1 asks for a slot that has so many accelerators of one node, `nodes` for
        one that spans so many, all or none; both are 0 where each ticket has its own way (`ANY`).
        Raises SlotLost when it cannot be made.
        """
        ...

    async def assign(self, slot: str, tickets: Sequence[Ticket]) -> None:
        """Queue tickets in a slot; one that it knows already changes nothing. Raises SlotLost."""
        ...

    async def collect(self, slot: str, cursor: int, wait_seconds: float) -> Batch:
        """What happened after `cursor`; forgets all before it. Waits for news. Raises SlotLost."""
        ...

    async def cancel(self, slot: str, key: Key) -> None:
        """End an attempt, or drop it if it has not begun; its end arrives as a report."""
        ...

    async def lacks(self, slot: str, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not where a slot is, on each of its nodes. Raises SlotLost."""
        ...

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact to where a slot is; goes on as said. Raises SlotLost."""
        ...

    async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
        """A piece of what an attempt has made; nothing where it is gone. Raises SlotLost."""
        ...

    async def retire(self, slot: str) -> None:
        """End a slot and everything in it."""
        ...

    async def stop(self, *, leave: bool = False) -> None:
        """End all slots; with `leave`, those that can outlive this process are left to be found."""
        ...

    def abandon(self) -> None:
        """The process ends although `stop` did not: what must not outlive it is told to end."""
        ...
