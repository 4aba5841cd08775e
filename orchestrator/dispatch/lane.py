"""What the dispatcher knows of its slots: a bay for each offer, a lane for each slot in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from orchestrator.dispatch.pace import MOST, Pace
from orchestrator.dispatch.port import ANY, NARROW, Held, Width
from runners.work import Key, Offer, Ticket


@dataclass(slots=True)
class Errand:
    """An attempt that is in a slot, and the seconds it is expected to take.

    A `withdrawn` one was cancelled by us and not by a person: it goes back to the queue. One that
    is `coming` is not in the slot yet: files that it is given are brought there first.
    """

    suite: str
    seconds: float
    withdrawn: bool = False
    coming: bool = False


@dataclass(slots=True, eq=False)
class Lane:
    """A slot and the errands in it, in order; `slot` is "" until the executor has made it.

    `since` is the loop's time at which the first errand came to be the first, or the last one
    left. `is_told` says that the ends of all errands are being stored. `door` lets tickets into the
    slot in the order in which they were taken.
    """

    index: int
    width: Width = NARROW
    slot: str = ""
    node: str = ""
    stale: bool = False
    errands: dict[Key, Errand] = field(default_factory=dict)
    since: float = 0.0
    is_told: bool = False
    task: asyncio.Task[None] | None = None
    door: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def found(cls, held: Held) -> Lane:
        """The lane of a slot that an earlier dispatcher left behind."""
        errands = {key: Errand("", 0.0) for key in held.keys}
        width = Width(held.devices, held.nodes)
        return cls(held.number, width, held.slot, held.node, held.stale, errands)

    def admits(self, ticket: Ticket, pace: Pace) -> bool:
        """Whether one more ticket is within the work that a slot is given ahead."""
        if not self.slot or self.stale or self.width not in (ANY, Width.of(ticket)):
            return False
        if not self.errands:
            return True
        if self.width == ANY or self.width.nodes > 1 or len(self.errands) >= MOST:
            return False
        ahead = sum([errand.seconds for errand in self.errands.values()])
        return ahead + pace.expected(ticket.suite) <= pace.ahead_seconds

    def take(self, ticket: Ticket, pace: Pace, now: float) -> None:
        """Note a ticket as being in the slot."""
        if not self.errands:
            self.since = now
        coming = bool(ticket.inputs) or any(one.coming for one in self.errands.values())
        seconds = pace.expected(ticket.suite)
        self.errands[ticket.key] = Errand(ticket.suite, seconds, coming=coming)

    def arrive(self, key: Key) -> bool:
        """Note that an errand goes into the slot now; False where it was taken out before."""
        errand = self.errands.get(key)
        if errand is not None:
            errand.coming = False
        return errand is not None

    def withdraw_coming(self, keys: frozenset[Key] | None = None) -> tuple[Key, ...]:
        """Take out what is not in the slot yet, of `keys` or all of it."""
        coming = [key for key, errand in self.errands.items() if errand.coming]
        out = tuple(key for key in coming if keys is None or key in keys)
        for key in out:
            del self.errands[key]
        return out

    def end(self, key: Key, now: float) -> Errand | None:
        """Note an attempt's end; None where nobody knew of it."""
        if key == next(iter(self.errands), key):
            self.since = now
        return self.errands.pop(key, None)

    def is_overdue(self, pace: Pace, now: float) -> bool:
        """Whether what runs takes longer than the work that a slot is given ahead."""
        return bool(self.errands) and now - self.since > pace.ahead_seconds


@dataclass(slots=True, eq=False)
class Bay:
    """An offer, its lanes, and tickets that were claimed for it and are in no slot yet."""

    offer: Offer
    lanes: list[Lane] = field(default_factory=list)
    waiting: list[Ticket] = field(default_factory=list)

    def held(self) -> Iterator[Key]:
        """Every attempt that is held here."""
        yield from (ticket.key for ticket in self.waiting)
        for lane in self.lanes:
            yield from lane.errands

    def free(self, pace: Pace, now: float) -> int:
        """How many tickets to claim now.

        Nothing while work for several devices or nodes has them, or waits for them. Claims are
        large and few: there is room once half of what is to be held has gone, or a slot has
        nothing to do. A slot that is busy with something long is given nothing ahead, and none is
        that waits in the queue of a batch system.
        """
        if any(self.width_of(ticket).is_wide for ticket in self.waiting) or self.is_wide():
            return 0
        if self.offer.queued:
            return max(0, self.offer.slots - len(tuple(self.held())))
        overdue = [lane for lane in self.lanes if lane.is_overdue(pace, now)]
        able = self.offer.slots - len(overdue)
        held = len(tuple(self.held())) - sum(len(lane.errands) for lane in overdue)
        idle = self.offer.slots - sum(1 for lane in self.lanes if lane.errands)
        wanted = able * pace.depth()
        is_time = idle > len(self.waiting) or 2 * held <= wanted
        return max(0, wanted - held) if is_time else 0

    def width_of(self, ticket: Ticket) -> Width:
        """What a slot here has to be for a ticket."""
        return ANY if self.offer.queued else Width.of(ticket)

    def is_wide(self) -> bool:
        """Whether all it has belongs to one slot now."""
        return any(lane.width.is_wide for lane in self.lanes)

    def next_is_wide(self) -> Width | None:
        """What the first waiting ticket wants, None where an ordinary slot serves it."""
        width = self.width_of(self.waiting[0]) if self.waiting else Width()
        return width if width.is_wide else None

    def narrow_ahead(self) -> int:
        """How many waiting tickets come before the first that wants more than one slot has."""
        return sum(1 for _ in takewhile(lambda one: not self.width_of(one).is_wide, self.waiting))

    def new_lane(self) -> Lane | None:
        """A lane for one slot more, None where the offer has no more."""
        taken = {lane.index for lane in self.lanes}
        free = (index for index in range(self.offer.slots) if index not in taken)
        index = None if self.is_wide() else next(free, None)
        width = ANY if self.offer.queued else NARROW
        return None if index is None else Lane(index, width)
