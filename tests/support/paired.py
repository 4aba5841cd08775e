"""Pairs of jobs for tests: two runs of a small world that are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import text
from worlds import World, report_of

from matrix.expand import PLANNED, expand
from matrix.model import Matrix
from orchestrator.store.comparing import Compared, Side
from orchestrator.store.runs import Subject, Trigger
from orchestrator.store.triggered import start_pairs
from runners.work import Report, Ticket

BASE, HEAD = "2.12.0", "2.13.0"


def at(matrix: Matrix, version: str, only: str) -> Side:
    """The matrix at a version of torch, and its jobs whose id holds `only`."""
    stacks = tuple(replace(one, components=(("torch", version),)) for one in matrix.stacks)
    moved = replace(matrix, stacks=stacks)
    jobs = tuple(j for j in expand(moved) if j.status == PLANNED and only in j.id)
    return Side(moved, jobs, (Subject("torch", base=BASE, head=version),))


def start(
    world: World, only: str = "lab/cpu:quick", repetitions: int = 1, owner: str = "local"
) -> Compared:
    """Compare two versions of torch."""
    base, head = (at(world.matrix, version, only) for version in (BASE, HEAD))
    return start_pairs(world.store, base, head, repetitions, Trigger(owner=owner))


@dataclass(frozen=True)
class Runs:
    """Which of the two runs a ticket belongs to, and how its jobs stand."""

    world: World
    compared: Compared

    def side(self, ticket: Ticket) -> str:
        run = self._one(f"SELECT run_id FROM job WHERE id = {ticket.key.job}")
        return "base" if run == self.compared.base else "head"

    def states(self, side: str) -> list[str]:
        """The states of one side's jobs, or how they ended."""
        run = getattr(self.compared, side)
        rows = f'SELECT state, "end" FROM job WHERE run_id = {run} ORDER BY id'
        with self.world.store.read() as connection:
            found = connection.execute(text(rows)).all()
        return [end or state for state, end in found]

    def reason(self, side: str) -> str:
        """Why the last job of a side ended as it did."""
        run = getattr(self.compared, side)
        return str(self._one(f"SELECT reason FROM job WHERE run_id = {run} ORDER BY id DESC"))

    def carry_out(self, base: Report | None = None, head: Report | None = None) -> list[str]:
        """End every job as it comes, with its side's report; the order in which they came."""
        order = []
        for _ in count():
            tickets = self.world.claim()
            if not tickets:
                return order
            order.append(self.side(tickets[0]))
            report = base if order[-1] == "base" else head
            self.world.end(tickets, report or report_of())
        raise AssertionError

    def _one(self, query: str) -> object:
        with self.world.store.read() as connection:
            return connection.execute(text(query)).scalars().first()
