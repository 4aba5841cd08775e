"""The rules of leases, held against whatever order of claims, ends, losses and restarts."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import text
from worlds import TEXT, Hand, card_of, lost_machine, offer_of, report_of, world

from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.cancelling import cancel_job
from orchestrator.store.expiring import expire
from orchestrator.store.leases import renew_all
from orchestrator.store.open import open_store
from orchestrator.store.rerunning import rerun
from orchestrator.store.store_queue import StoreQueue
from runners.work import Ended, Key, Report

_TEMPLATE = Path(tempfile.mkdtemp()) / "coevo.db"


def _fresh(folder: Path) -> str:
    """The address of a new store; the schema is made once and copied."""
    if not _TEMPLATE.exists():
        open_store(f"sqlite:///{_TEMPLATE}", Hand()).close()
    return f"sqlite:///{shutil.copy(_TEMPLATE, folder / 'coevo.db')}"


class Leases(RuleBasedStateMachine):
    """Two runners, a few jobs, a clock that moves, and a server that restarts."""

    keys = Bundle("keys")
    declared = TEXT
    most = 8

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Hand()
        self.url = _fresh(self.folder)
        self.store = open_store(self.url, self.clock)
        self.world = world(self.store, self.clock, self.declared)
        self.accepted: dict[int, Key] = {}
        self.told: dict[Key, Report] = {}
        self.fences: dict[int, int] = {}
        self.cancelled: set[int] = set()

    @initialize()
    def begin(self) -> None:
        self.runners = [self.world.runner, self.world.queue.announce(card_of("second"))]
        self.world.start("lab/cpu")

    @property
    def queue(self) -> StoreQueue:
        return StoreQueue(self.store)

    @rule(target=keys, who=st.integers(0, 1), free=st.integers(1, 3))
    def claim(self, who: int, free: int) -> object:
        tickets = self.queue.claim(self.runners[who], [Room(offer_of(), free)])
        assert len(tickets) <= free
        for ticket in tickets:
            job, fence = ticket.key
            assert fence > self.fences.get(job, 0), "a fence rises with each claim"
            assert job not in self.accepted, "what has ended is not given out again"
            self.fences[job] = fence
        return multiple(*((self.runners[who], ticket.key) for ticket in tickets))

    @rule(held=keys, report=st.sampled_from((Status.PASS, Status.FAIL)))
    def finish(self, held: tuple[int, Key], report: Status) -> None:
        self._record(held, report_of(report), ends=True)

    @rule(held=keys)
    def break_down(self, held: tuple[int, Key]) -> None:
        self._record(held, lost_machine(), ends=self._tries(held[1].job) >= 3)

    @rule(held=keys)
    def report_for_another(self, held: tuple[int, Key]) -> None:
        stranger = next(one for one in self.runners if one != held[0])
        refused = self.queue.record(stranger, [Ended(held[1], report_of())])
        assert refused == {held[1]}

    @rule(held=keys)
    def renew(self, held: tuple[int, Key]) -> None:
        renewal = self.queue.renew(held[0], [held[1]])
        is_held = held[1] in self.queue.held(held[0])
        assert (held[1] in renewal.lost) != is_held

    @rule(held=consumes(keys))
    def release(self, held: tuple[int, Key]) -> None:
        self.queue.release(held[0], [held[1]])

    @rule(job=st.integers(1, 6))
    def cancel(self, job: int) -> None:
        if job <= self._count("job") and cancel_job(self.store, "small", job):
            self.cancelled.add(job)

    @rule(job=st.integers(1, 4))
    def run_again(self, job: int) -> None:
        if self._count("job") < self.most:
            rerun(self.store, "small", job)

    @rule(minutes=st.sampled_from((1, 4, 10)))
    def time_passes(self, minutes: int) -> None:
        self.clock.pass_by(timedelta(minutes=minutes))
        expire(self.store)

    @rule()
    def restart(self) -> None:
        before = [self.queue.held(runner) for runner in self.runners]
        self.store.close()
        self.clock.pass_by(timedelta(hours=1))
        self.store = open_store(self.url, self.clock)
        renew_all(self.store)
        expire(self.store)
        assert [self.queue.held(runner) for runner in self.runners] == before

    def _record(self, held: tuple[int, Key], report: Report, *, ends: bool) -> None:
        runner, key = held
        is_held = key in self.queue.held(runner)
        refused = self.queue.record(runner, [Ended(key, report)])
        if is_held:
            assert not refused
            self.told[key] = report
            if ends or key.job in self.cancelled:
                self.accepted[key.job] = key
        else:
            assert (key in refused) == (self.told.get(key) != report)

    def _tries(self, job: int) -> int:
        return int(self._scalar(f"SELECT tries FROM job WHERE id = {job}"))

    def _is_reported(self, key: Key) -> bool:
        query = "SELECT count(*) FROM attempt JOIN report ON report.attempt_id = attempt.id"
        where = f"WHERE attempt.job_id = {key.job} AND attempt.fence = {key.fence}"
        return bool(self._scalar(f"{query} {where}"))

    def _count(self, table: str) -> int:
        return int(self._scalar(f"SELECT count(*) FROM {table}"))

    def _scalar(self, query: str) -> int:
        with self.store.read() as connection:
            return int(connection.execute(text(query)).scalar_one() or 0)

    @invariant()
    def counters_agree_with_the_rows(self) -> None:
        queued = self._scalar("SELECT count(*) FROM job WHERE state = 'queued'")
        waiting = self._scalar("SELECT count(*) FROM job WHERE state IN ('queued', 'blocked')")
        held = self._scalar("SELECT count(*) FROM job WHERE state IN ('leased', 'running')")
        assert queued == self._scalar("SELECT sum(queued) FROM lane")
        assert waiting == self._scalar("SELECT sum(queued) FROM cell_state")
        assert held == self._scalar("SELECT sum(running) FROM cell_state")
        assert held == self._scalar("SELECT sum(leased) FROM owner")
        newest = (
            "SELECT max(attempt.id) FROM attempt JOIN job ON job.id = attempt.job_id"
            " JOIN lane ON lane.id = job.lane_id WHERE lane.owner_id = owner.id"
        )
        lasting = f"SELECT count(*) FROM owner WHERE served != coalesce(({newest}), 0)"
        assert self._scalar(lasting) == 0
        assert held == self._scalar("SELECT count(*) FROM attempt WHERE state = 'open'")
        reserved = "SELECT sum(reserved) FROM attempt WHERE state = 'open'"
        assert self._scalar(reserved) == self._scalar("SELECT sum(held) FROM account")
        ended = self._scalar("SELECT count(*) FROM job WHERE state = 'ended'")
        assert ended == self._scalar("SELECT sum(ended) FROM run")
        assert waiting + held == self._scalar("SELECT sum(open) FROM verdict")

    @invariant()
    def no_job_has_two_open_attempts_or_too_many(self) -> None:
        doubled = (
            "SELECT job_id FROM attempt WHERE state = 'open' GROUP BY job_id HAVING count(*) > 1"
        )
        assert self._scalar(f"SELECT count(*) FROM ({doubled})") == 0
        assert self._scalar("SELECT max(tries) FROM job") <= 3

    @invariant()
    def what_was_accepted_stays(self) -> None:
        for key in self.accepted.values():
            assert self._is_reported(key)
            assert self._scalar(f"SELECT state = 'ended' FROM job WHERE id = {key.job}") == 1

    @invariant()
    def nobody_is_given_what_is_not_made(self) -> None:
        fed = (
            "SELECT count(*) FROM job JOIN dependency ON dependency.job_id = job.id"
            " JOIN job AS producer ON producer.id = dependency.producer_id"
        )
        made = "(producer.state = 'ended' AND producer.status IN ('PASS', 'DONE'))"
        free = "job.state IN ('queued', 'leased', 'running')"
        assert self._scalar(f"{fed} WHERE {free} AND NOT {made}") == 0

    @invariant()
    def nobody_waits_for_what_has_ended(self) -> None:
        pending = (
            "SELECT count(*) FROM job WHERE state = 'blocked' AND NOT EXISTS ("
            "SELECT 1 FROM dependency JOIN job AS producer ON producer.id = dependency.producer_id"
            " WHERE dependency.job_id = job.id AND producer.state != 'ended')"
        )
        assert self._scalar(pending) == 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


class FedLeases(Leases):
    """The same, where one job feeds two, of which one feeds the other."""

    declared = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  build: {command: [make], produces: {wheel: "*.whl"}}
  lower: {command: [low], uses: {wheel: build}, produces: {pte: "*.pte"}}
  test: {command: [run], uses: {wheel: build, pte: lower}, shards: 2}
"""
    most = 14


TestLeases = pytest.mark.slow(Leases.TestCase)
TestFedLeases = pytest.mark.slow(FedLeases.TestCase)
TestLeases.settings = TestFedLeases.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
