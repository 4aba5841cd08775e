"""No history of claims, ends, losses and midnights takes an owner over its budget."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from sqlalchemy import text
from worlds import TEXT, Hand, lost_machine, offer_of, report_of, world

from matrix.budget import Caps, day_of
from orchestrator.dispatch.port import Room
from orchestrator.store.budgets import balances
from orchestrator.store.expiring import expire
from orchestrator.store.open import open_store
from orchestrator.store.read_jobs import job
from runners.work import Ended, Key

BUDGET = TEXT + "policies: {timeout: 1h, max_queue: 30d, budget: {day: 150m, week: 9h}}\n"
CAPS = Caps(day=timedelta(minutes=150), week=timedelta(hours=9))
OWNERS = ("ann", "bob")
_TEMPLATE = Path(tempfile.mkdtemp()) / "coevo.db"
MINUTE = timedelta(minutes=1)


class Spending(RuleBasedStateMachine):
    """One runner, two owners with jobs of two lengths, and a clock that moves."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        if not _TEMPLATE.exists():
            open_store(f"sqlite:///{_TEMPLATE}", Hand()).close()
        self.clock = Hand()
        path = shutil.copy(_TEMPLATE, self.folder / "coevo.db")
        self.store = open_store(f"sqlite:///{path}", self.clock)
        self.world = world(
            self.store, self.clock, BUDGET.replace("quick.sh]", "quick.sh], timeout: 20m")
        )
        self.begun: dict[Key, tuple[str, datetime]] = {}
        self.used: dict[tuple[str, datetime], timedelta] = {}

    @rule(owner=st.sampled_from(OWNERS), priority=st.sampled_from(("lab/cpu:quick", "lab/cpu")))
    def ask(self, owner: str, priority: str) -> None:
        self.world.start(priority, owner=owner)

    @rule(target=keys, free=st.integers(1, 6))
    def claim(self, free: int) -> object:
        tickets = self.world.queue.claim(self.world.runner, [Room(offer_of(), free)])
        for ticket in tickets:
            found = job(self.store, "small", ticket.key.job)
            assert found is not None
            self.begun[ticket.key] = found.owner, self.clock.now()
        return multiple(*(ticket.key for ticket in tickets))

    @rule(key=consumes(keys), cured=st.booleans())
    def end(self, key: Key, *, cured: bool) -> None:
        if key in self.world.queue.held(self.world.runner):
            self._count(key, self.clock.now())
            report = report_of() if cured else lost_machine()
            assert not self.world.queue.record(self.world.runner, [Ended(key, report)])

    @rule(minutes=st.sampled_from((1, 5, 10)))
    def time_passes(self, minutes: int) -> None:
        """While the runner is there; nothing runs longer than its time-out."""
        late = [key for key in self.begun if self._age(key) + minutes * MINUTE > 20 * MINUTE]
        for key in set(late) & set(self.world.queue.held(self.world.runner)):
            self.end(key, cured=True)
        self.clock.pass_by(minutes * MINUTE)
        self.world.queue.renew(self.world.runner, self.world.queue.held(self.world.runner))
        expire(self.store)

    @rule(hours=st.sampled_from((5, 13, 60)))
    def the_runner_falls_silent(self, hours: int) -> None:
        for key in self.world.queue.held(self.world.runner):
            self._count(key, self.clock.now())
        self.world.queue.renew(self.world.runner, self.world.queue.held(self.world.runner))
        self.clock.pass_by(timedelta(hours=hours))
        expire(self.store)
        assert not self.world.queue.held(self.world.runner)

    def _age(self, key: Key) -> timedelta:
        return self.clock.now() - self.begun[key][1]

    def _count(self, key: Key, until: datetime) -> None:
        owner, since = self.begun[key]
        middle = min(until, day_of(until)) if day_of(since) < day_of(until) else until
        for begin, end in ((since, middle), (middle, until)):
            if end > begin:
                place = owner, day_of(begin)
                self.used[place] = self.used.get(place, timedelta()) + (end - begin)

    @invariant()
    def nobody_is_over_a_cap(self) -> None:
        with self.store.read() as connection:
            known = balances(connection, self.clock.now())
        for owner in OWNERS:
            found = known.of(1, owner)
            assert found.caps == CAPS
            assert found.left is not None
            assert found.left >= timedelta()

    @invariant()
    def the_account_is_what_was_used(self) -> None:
        with self.store.read() as connection:
            rows = connection.execute(
                text("SELECT name, day, used FROM device_time JOIN owner ON owner.id = owner_id")
            ).all()
        found = {(n, datetime.fromtimestamp(d / 10**6, UTC)): u * MINUTE / 60e6 for n, d, u in rows}
        assert found == self.used

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


TestSpending = pytest.mark.slow(Spending.TestCase)
Spending.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
