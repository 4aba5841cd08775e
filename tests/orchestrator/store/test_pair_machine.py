"""The rules of pairs, held against whatever order of claims, ends, losses and cancels."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from paired import start
from sqlalchemy import text
from worlds import Hand, card_of, lost_machine, offer_of, report_of, world

from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.cancelling import cancel_job, cancel_run
from orchestrator.store.expiring import expire
from orchestrator.store.open import open_store
from orchestrator.store.read_pairs import comparison
from orchestrator.store.store_queue import StoreQueue
from runners.work import Ended, Key

_TEMPLATE = Path(tempfile.mkdtemp()) / "coevo.db"
REPETITIONS = 3
OFFERS = (offer_of(), offer_of(slots=2, model="other"))
Held = tuple[int, Key]


def _fresh(folder: Path) -> str:
    """The address of a new store; the schema is made once and copied."""
    if not _TEMPLATE.exists():
        open_store(f"sqlite:///{_TEMPLATE}", Hand()).close()
    return f"sqlite:///{shutil.copy(_TEMPLATE, folder / 'coevo.db')}"


class Pairs(RuleBasedStateMachine):
    """Two runners with two offers each, one comparison, and a clock that moves."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Hand()
        self.store = open_store(_fresh(self.folder), self.clock)
        self.world = world(self.store, self.clock)
        self.queue = StoreQueue(self.store)

    @initialize()
    def begin(self) -> None:
        cards = (card_of(name, *OFFERS) for name in ("bench", "second"))
        self.runners = [self.queue.announce(card) for card in cards]
        self.compared = start(self.world, only="lab/cpu", repetitions=REPETITIONS)

    @rule(target=keys, who=st.integers(0, 1), offer=st.sampled_from(OFFERS))
    def claim(self, who: int, offer: object) -> object:
        room = Room(offer, 2)  # type: ignore[arg-type] # one of the two offers
        tickets = self.queue.claim(self.runners[who], [room])
        return multiple(*((self.runners[who], ticket.key) for ticket in tickets))

    @rule(held=keys, status=st.sampled_from((Status.PASS, Status.FAIL, Status.ERROR)))
    def finish(self, held: Held, status: Status) -> None:
        self.queue.record(held[0], [Ended(held[1], report_of(status))])

    @rule(held=keys)
    def break_down(self, held: Held) -> None:
        self.queue.record(held[0], [Ended(held[1], lost_machine())])

    @rule(held=keys)
    def release(self, held: Held) -> None:
        self.queue.release(held[0], [held[1]])

    @rule(job=st.integers(1, 24))
    def cancel_one(self, job: int) -> None:
        cancel_job(self.store, "small", job)

    @rule(is_head=st.booleans())
    def cancel_all(self, *, is_head: bool) -> None:
        cancel_run(self.store, "small", self.compared.head if is_head else self.compared.base)

    @rule(minutes=st.sampled_from((1, 4, 10)))
    def time_passes(self, minutes: int) -> None:
        self.clock.pass_by(timedelta(minutes=minutes))
        expire(self.store)

    @rule(who=st.integers(0, 1))
    def come_back(self, who: int) -> None:
        self.queue.announce(card_of(("bench", "second")[who], *OFFERS))

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
        ended = self._scalar("SELECT count(*) FROM job WHERE state = 'ended'")
        assert ended == self._scalar("SELECT sum(ended) FROM run")
        assert waiting + held == self._scalar("SELECT sum(open) FROM verdict")

    @invariant()
    def at_most_one_job_of_a_chain_is_on_its_way(self) -> None:
        busy = (
            "SELECT max(n) FROM (SELECT count(*) AS n FROM pair JOIN job"
            " ON job.id IN (pair.base_job_id, pair.head_job_id)"
            " WHERE job.state IN ('queued', 'leased', 'running') GROUP BY pair.chain)"
        )
        assert self._scalar(busy) <= 1

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """A chain in which jobs are blocked has one that is on its way."""
        stuck = (
            "SELECT count(*) FROM (SELECT pair.chain FROM pair JOIN job"
            " ON job.id IN (pair.base_job_id, pair.head_job_id) GROUP BY pair.chain"
            " HAVING sum(job.state = 'blocked') > 0"
            " AND sum(job.state IN ('queued', 'leased', 'running')) = 0)"
        )
        assert self._scalar(stuck) == 0

    @invariant()
    def what_is_compared_ran_in_one_place(self) -> None:
        found = comparison(self.store, "small", 1)
        if found is not None:
            pairs = [pair for view in found.parts for pair in view.pairs]
            assert all(pair.base.at == pair.head.at for pair in pairs if pair.is_complete)
            assert not any(pair.trouble == "its jobs ran on two machines" for pair in pairs)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


TestPairs = pytest.mark.slow(Pairs.TestCase)
Pairs.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
