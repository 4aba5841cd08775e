"""Small worlds for tests of the store: a clock, a matrix, a runner, and reports it hands back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from matrix.expand import expand
from matrix.load import parse
from matrix.model import PLANNED, Matrix
from matrix.status import Layer, Status, layer
from orchestrator.dispatch.port import Room
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import CaseResult, Ended, Fact, Offer, Report, RunnerCard, Ticket

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PLATFORM = "linux_x86_64"
TEXT = """
name: small
axes:
  site: [{name: lab, label: Lab}, edge]
  accelerator: [cpu, gpu]
suites:
  quick: {command: [sh, quick.sh]}
  wide: {command: [sh, wide.sh], shards: 3, role: watch}
stacks:
  stable: {torch: "2.13.0"}
"""


class Hand:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def pass_by(self, time: timedelta) -> None:
        self._now += time


def matrix_of(text: str = TEXT) -> Matrix:
    return parse(text, "matrix.yaml")


def offer_of(site: str = "lab", accelerator: str = "cpu", slots: int = 4, **labels: str) -> Offer:
    return Offer(
        labels=(("site", site), ("accelerator", accelerator), *labels.items()),
        device="cpu",
        slots=slots,
        devices=0,
        memory_bytes=2**34,
        disk_bytes=2**36,
        capabilities=frozenset(),
        platform=PLATFORM,
    )


def card_of(name: str = "bench", *offers: Offer, owner: str = "local") -> RunnerCard:
    facts = (Fact("cpu", "x86", "platform"),)
    return RunnerCard(name, name.title(), owner, "process", offers or (offer_of(),), facts)


def report_of(status: Status = Status.PASS, *cases: CaseResult, **changes: object) -> Report:
    reason = "" if status in {Status.PASS, Status.DONE} else f"it was {status.value}"
    plain = Report(status, layer(status), reason, cases)
    return replace(plain, **changes)  # type: ignore[arg-type] # a test names the field it changes


def lost_machine() -> Report:
    """An infrastructure failure that another attempt may cure."""
    return report_of(Status.MISS, layer=Layer.INFRA, retry=True)


@dataclass(frozen=True)
class World:
    """A store with one matrix and one runner that offers lab/cpu."""

    store: Store
    clock: Hand
    matrix: Matrix
    queue: StoreQueue
    runner: int

    def start(self, only: str = "", **trigger: str) -> int:
        """Queue the planned jobs whose id holds `only`."""
        jobs = [job for job in expand(self.matrix) if job.status == PLANNED and only in job.id]
        return start_run(self.store, self.matrix, jobs, Trigger(**trigger))  # type: ignore[arg-type] # kind, owner and note

    def claim(self, free: int = 1, offer: Offer | None = None) -> tuple[Ticket, ...]:
        return self.queue.claim(self.runner, [Room(offer or offer_of(), free)])

    def end(self, tickets: Sequence[Ticket], report: Report) -> None:
        refused = self.queue.record(self.runner, [Ended(t.key, report) for t in tickets])
        assert not refused

    def carry_out(self, report: Report, only: str = "") -> int:
        """A run of the jobs on lab/cpu whose id holds `only`, all with this report."""
        run = self.start(only or "lab/cpu")
        while tickets := self.claim(8):
            self.end(tickets, report)
        return run


def world(store: Store, clock: Hand, text: str = TEXT) -> World:
    matrix = matrix_of(text)
    save_matrix(store, matrix)
    queue = StoreQueue(store)
    return World(store, clock, matrix, queue, queue.announce(card_of()))
