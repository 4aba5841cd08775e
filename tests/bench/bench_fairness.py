"""Ten thousand jobs of forty owners, one of whom hoards: what each is given while all wait."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from matrix.expand import expand
from matrix.load import parse
from matrix.model import Matrix
from matrix.status import Layer, Status
from orchestrator.clock import SystemClock
from orchestrator.dispatch.port import Room
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import Ended, Offer, Report, RunnerCard, Ticket
from tests.bench.figure import Figure
from tests.support import postgres

OWNERS = 40
EACH = 100  # jobs of everybody but the one who hoards
SLOTS = (8, 120)  # fewer than owners, and three for each
SHARDS = 1_000  # at most, of one suite
LENGTHS = (2, 4)  # of a job, in rounds
GOAL = 0.10
OFFER = Offer(
    (("site", "lab"), ("accelerator", "cpu")),
    "cpu",
    max(SLOTS),
    0,
    2**34,
    2**36,
    frozenset(),
    "linux_x86_64",
)


class Given(NamedTuple):
    """How many jobs were begun while everybody had some waiting, by owner."""

    jobs: int
    begun: Counter[str]

    @property
    def off(self) -> float:
        """By how much of a fair share the one who is farthest from it is off."""
        fair = self.begun.total() / OWNERS
        return max(abs(self.begun[owner] - fair) for owner in _OWNERS) / fair


def measure() -> list[Figure]:
    """Few slots and many on SQLite, and fewer jobs on PostgreSQL."""
    figures = []
    for slots in SLOTS:
        with tempfile.TemporaryDirectory() as folder:
            given = given_on(f"sqlite:///{Path(folder, 'coevo.db')}", 10_000, EACH, slots)
        figures.append(_figure("SQLite", slots, given))
    programs = postgres.binaries()
    if programs is None:
        return [*figures, Figure("fairness, PostgreSQL", postgres.HOW_TO_GET, "runs", met=False)]
    with postgres.running(programs) as address, postgres.database(address, "bench") as url:
        figures.append(_figure("PostgreSQL", SLOTS[0], given_on(url, 2_000, EACH // 5, SLOTS[0])))
    return figures


def _figure(kind: str, slots: int, given: Given) -> Figure:
    counts = sorted(given.begun[owner] for owner in _OWNERS)
    return Figure(
        f"{given.jobs:,} jobs of {OWNERS} owners, one hoarding, {slots} slots, {kind}",
        f"{given.off:.0%} off a fair share at most ({counts[0]} to {counts[-1]} jobs each)",
        f"≤ {GOAL:.0%}",
        given.off <= GOAL,
    )


def given_on(url: str, jobs: int, each: int, slots: int) -> Given:
    """Claims and reports in turns until somebody has nothing left to wait for."""
    store = open_store(url, SystemClock())
    try:
        owners = _queue(store, jobs, each)
        queue = StoreQueue(store)
        runner = queue.announce(RunnerCard("bench", "Bench", "local", "process", (OFFER,), ()))
        return Given(jobs, _begun(queue, runner, owners, slots, each))
    finally:
        store.close()


def _begun(
    queue: StoreQueue, runner: int, owners: Sequence[str], slots: int, each: int
) -> Counter[str]:
    """Owners' jobs that were begun while each had one waiting; job 1 is the first of `owners`."""
    lengths = random.Random(4)
    begun: Counter[str] = Counter()
    held: list[tuple[int, Ticket]] = []
    now = 0
    while max(begun[owner] for owner in _OWNERS[1:]) < each:
        tickets = queue.claim(runner, [Room(OFFER, slots - len(held))])
        begun.update(owners[ticket.key.job - 1] for ticket in tickets)
        held += [(now + lengths.randint(*LENGTHS), ticket) for ticket in tickets]
        now = min(end for end, _ in held)
        ended = [Ended(ticket.key, _REPORT) for end, ticket in held if end == now]
        assert not queue.record(runner, ended)
        held = [one for one in held if one[0] > now]
    return begun


def _queue(store: Store, jobs: int, each: int) -> list[str]:
    """The one who hoards comes first; the owner of each job, in the order of their ids."""
    hoard = jobs - (OWNERS - 1) * each
    matrix = _matrix(hoard)
    save_matrix(store, matrix)
    planned = expand(matrix)
    owners: list[str] = []
    for owner in _OWNERS:
        mine = planned[: each if owners else hoard]
        start_run(store, matrix, mine, Trigger(owner=owner))
        owners += [owner] * len(mine)
    assert len(owners) == jobs
    return owners


def _matrix(jobs: int) -> Matrix:
    sizes = [min(SHARDS, jobs - at) for at in range(0, jobs, SHARDS)]
    suites = {
        f"many-{number}": {"command": ["sh", "many.sh"], "shards": size}
        for number, size in enumerate(sizes)
    }
    axes = {"site": ["lab"], "accelerator": ["cpu"]}
    return parse(json.dumps({"name": "fairness", "axes": axes, "suites": suites}), "fairness.yaml")


_OWNERS = tuple(f"owner-{number:02}" for number in range(OWNERS))
_REPORT = Report(Status.PASS, Layer.NONE, "", ())
