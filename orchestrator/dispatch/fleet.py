"""All bays and lanes of a dispatcher, and where each attempt is among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from orchestrator.dispatch.lane import Bay, Lane
from orchestrator.dispatch.pace import Pace
from orchestrator.dispatch.port import Held, Room
from runners.work import Key, Offer, Pairs, Ticket


@dataclass(slots=True)
class Fleet:
    """The bays by their offer's labels. An offer that has gone keeps its bay, without slots."""

    bays: dict[Pairs, Bay] = field(default_factory=dict)

    def offer(self, offers: Iterable[Offer]) -> bool:
        """Have a bay for each offer; whether anything has changed."""
        now = {offer.labels: offer for offer in offers}
        before = {labels: bay.offer for labels, bay in self.bays.items() if bay.offer.slots}
        for labels in before.keys() - now.keys():
            self.bays[labels].offer = replace(before[labels], slots=0)
        for labels, offer in now.items():
            self.bays.setdefault(labels, Bay(offer)).offer = offer
        return now != before

    def adopt(self, held: Held, known: frozenset[Key], now: float) -> tuple[Bay, Lane]:
        """A lane for a slot that was found, holding what the queue says we hold."""
        bay = self.bays.setdefault(held.labels, Bay(_nowhere(held.labels)))
        kept = held._replace(keys=tuple(key for key in held.keys if key in known))
        lane = Lane.found(kept)
        lane.since = now
        lane.stale = held.stale or not bay.offer.slots
        bay.lanes.append(lane)
        return bay, lane

    def rooms(self, pace: Pace, now: float) -> tuple[Room, ...]:
        """What to claim."""
        free = ((bay.offer, bay.free(pace, now)) for bay in self.bays.values())
        return tuple(Room(offer, places) for offer, places in free if places)

    def place(self, tickets: Iterable[Ticket]) -> None:
        """Put claimed tickets into the bays whose labels are those of their cells."""
        for ticket in tickets:
            self.bay_of(ticket).waiting.append(ticket)

    def bay_of(self, ticket: Ticket) -> Bay:
        """The bay that a ticket was claimed for: the one that most of its cell speaks of."""
        cell = frozenset(ticket.cell)
        offered = [bay for bay in self.bays.values() if bay.offer.slots] or [*self.bays.values()]
        return max(offered, key=lambda bay: len(cell & frozenset(bay.offer.labels)))

    def keys(self) -> tuple[Key, ...]:
        """Every attempt that is held."""
        return tuple(key for bay in self.bays.values() for key in bay.held())

    def lanes(self) -> Iterator[tuple[Bay, Lane]]:
        """Every lane with its bay."""
        for bay in tuple(self.bays.values()):
            for lane in tuple(bay.lanes):
                yield bay, lane

    def lane_of(self, key: Key) -> Lane | None:
        """The lane that an attempt is in."""
        return next((lane for _, lane in self.lanes() if key in lane.errands), None)

    def withdraw_stranded(self) -> tuple[Key, ...]:
        """Take out tickets that wait for more nodes than their offer has left."""
        keys = {
            ticket.key
            for bay in self.bays.values()
            for ticket in bay.waiting
            if not _fits(ticket, bay.offer)
        }
        return self.withdraw_waiting(frozenset(keys))

    def withdraw_waiting(self, keys: frozenset[Key] | None = None) -> tuple[Key, ...]:
        """Take tickets that are in no slot yet out again, those of `keys` or all of them."""
        taken: list[Key] = []
        for bay in self.bays.values():
            out = [one for one in bay.waiting if keys is None or one.key in keys]
            bay.waiting = [one for one in bay.waiting if one not in out]
            taken += [one.key for one in out]
            taken += [key for lane in bay.lanes for key in lane.withdraw_coming(keys)]
        return tuple(taken)


def _fits(ticket: Ticket, offer: Offer) -> bool:
    """Whether an offer still has the nodes that a ticket for several was claimed for."""
    return ticket.nodes == 1 or offer.nodes_with(ticket.devices) >= ticket.nodes


def _nowhere(labels: Pairs) -> Offer:
    """The offer of a slot whose offer is no longer made: no places."""
    return Offer(labels, "", 0, 0, 0, 0, frozenset(), "")
