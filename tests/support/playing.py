"""Matrices with open axes, and runners that offer what they do not list."""

from __future__ import annotations

from worlds import TEXT, World, card_of, offer_of

from matrix.model import PLANNED
from orchestrator.store import playground
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger, start_run
from runners.work import Offer, Report

OPEN = TEXT.replace(
    "site: [{name: lab, label: Lab}, edge]",
    "site: {open: true, values: [{name: lab, label: Lab}, edge]}",
)
LISTED = OPEN.replace("edge]", "edge, {name: garage, label: The garage}]")


def join(world: World, *offers: Offer, name: str = "guest") -> int:
    """A runner comes with a site of its own, and the playground is planned."""
    runner = world.queue.announce(card_of(name, *(offers or (offer_of("garage"),))))
    save_matrix(world.store, world.matrix)
    return runner


def play(world: World, runner: int, report: Report, offer: Offer) -> int:
    """A run of everything that the offer takes, all with this report."""
    jobs = [one for one in playground.jobs(world.store, world.matrix) if one.status == PLANNED]
    here = [job for job in jobs if dict(job.cell).items() <= dict(offer.labels).items()]
    run = start_run(world.store, world.matrix, here, Trigger())
    guest = World(world.store, world.clock, world.matrix, world.queue, runner)
    while tickets := guest.claim(8, offer):
        guest.end(tickets, report)
    return run
