from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text
from worlds import TEXT, Hand, card_of, offer_of, report_of, world

from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.store import Store
from runners.work import Ended, Key

HOUR = 3_600_000_000  # microseconds
_RESERVED = text("SELECT sum(held) FROM account")
MANY = TEXT.replace("shards: 3", "shards: 60")


def test_claims_of_many_threads_never_share_a_job(store: Store, clock: Hand) -> None:
    shared = world(store, clock, MANY)
    shared.start("lab/cpu")
    start = threading.Barrier(6)

    def take(number: int) -> list[Key]:
        runner = shared.queue.announce(card_of(f"r{number}"))
        start.wait()
        found: list[Key] = []
        while tickets := shared.queue.claim(runner, [Room(offer_of(), 3)]):
            found += [ticket.key for ticket in tickets]
        return found

    with ThreadPoolExecutor(6) as pool:
        taken = [key for keys in pool.map(take, range(6)) for key in keys]
    assert len(taken) == len(set(taken)) == 61


def test_many_threads_that_claim_and_end_never_go_over_a_budget(store: Store, clock: Hand) -> None:
    caps = "policies: {timeout: 1h, budget: {day: 7h}}\n"
    shared = world(store, clock, MANY + caps)
    shared.start("lab/cpu")
    start = threading.Barrier(6)

    def work(number: int) -> int:
        runner = shared.queue.announce(card_of(f"r{number}"))
        start.wait()
        ended = 0
        while tickets := shared.queue.claim(runner, [Room(offer_of(), 3)]):
            with store.read() as connection:
                held = connection.execute(_RESERVED).scalar_one()
            assert held <= 7 * HOUR
            shared.queue.record(runner, [Ended(one.key, report_of()) for one in tickets])
            ended += len(tickets)
        return ended

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) >= 7  # who finds nothing left goes home
    with store.read() as connection:
        assert connection.execute(_RESERVED).scalar_one() == 0
    assert len(shared.claim(61)) == min(7, 61 - _ended(store))


def _ended(store: Store) -> int:
    with store.read() as connection:
        count = connection.execute(text("SELECT count(*) FROM job WHERE state = 'ended'"))
        return int(count.scalar_one())


def test_reports_recorded_from_many_threads_are_all_counted_once(store: Store, clock: Hand) -> None:
    shared = world(store, clock, MANY)
    shared.start("lab/cpu")
    tickets = shared.claim(61)
    ended = [Ended(ticket.key, report_of(Status.PASS)) for ticket in tickets]
    with ThreadPoolExecutor(6) as pool:
        twice = [*ended, *ended]
        answers = list(pool.map(lambda one: shared.queue.record(shared.runner, [one]), twice))
    assert set(answers) == {frozenset()}
    with store.read() as connection:
        reports = connection.execute(text("SELECT count(*) FROM report")).scalar_one()
        run = connection.execute(text("SELECT jobs, ended, ended_at FROM run")).one()
        left = connection.execute(text("SELECT sum(leased) FROM owner")).scalar_one()
    assert (reports, run.ended, left) == (61, 61, 0)
    assert run.ended_at is not None
