"""What a store says of itself, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from worlds import NOON, World, card_of, offer_of, report_of

from matrix.status import Status
from orchestrator.server_views import Runners, Totals
from orchestrator.store import read_health
from orchestrator.store.announcing import dismiss_all
from orchestrator.store.read_health import WINDOW, database_bytes, health

QUICK = "lab/cpu:quick"


def test_a_store_in_which_nothing_happened_is_quiet(small: World) -> None:
    found = health(small.store)
    assert found.queue == (0, 0, 0, 0, 0, None)
    assert (found.claims, found.window) == (0, WINDOW)
    assert found.totals._replace(events=0) == Totals(0, 0, 0, 0, 0)
    assert found.runners == Runners(1, 0, 4)
    assert dict(found.states)[Status.FAIL] == 0


def test_jobs_are_counted_where_they_are(small: World) -> None:
    small.start()
    queued = health(small.store).queue
    (ticket,) = small.claim()
    leased = health(small.store).queue
    small.queue.renew(small.runner, [])
    assert queued.waiting > 1
    assert queued.unoffered > 0
    assert (leased.waiting, leased.leased) == (queued.waiting - 1, 1)
    small.end([ticket], report_of())
    assert health(small.store).queue.leased == 0


def test_the_oldest_that_could_be_taken_tells_the_age_of_the_queue(small: World) -> None:
    small.start("edge/gpu")  # nobody offers it
    assert health(small.store).queue.oldest_at is None
    small.clock.pass_by(timedelta(minutes=3))
    small.start(QUICK)
    small.clock.pass_by(timedelta(minutes=3))
    small.start(QUICK)
    assert health(small.store).queue.oldest_at == NOON + timedelta(minutes=3)


def test_claims_are_counted_over_the_last_minutes(small: World) -> None:
    for _ in range(3):
        small.carry_out(report_of(), QUICK)
    assert health(small.store).claims == 3
    small.clock.pass_by(WINDOW + timedelta(seconds=1))
    assert health(small.store).claims == 0


def test_of_very_many_claims_the_newest_tell_the_rate(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_health, "MOST_CLAIMS", 3)
    for _ in range(3):
        small.carry_out(report_of(), QUICK)
        small.clock.pass_by(timedelta(seconds=10))
    found = health(small.store)
    assert (found.claims, found.window) == (3, timedelta(seconds=30))


def test_a_runner_that_is_gone_offers_no_slots(small: World) -> None:
    small.queue.announce(card_of("other", offer_of(slots=7)))
    assert health(small.store).runners == Runners(2, 0, 11)
    dismiss_all(small.store)
    assert health(small.store).runners == Runners(0, 2, 0)


def test_totals_and_states_follow_what_happens(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), QUICK)
    found = health(small.store)
    assert found.totals._replace(events=0) == Totals(1, 1, 1, 1, 0)
    assert found.totals.events > 0
    assert dict(found.states)[Status.FAIL] == 1
    assert sum(count for _, count in found.states) > 1
    assert found.last_event_at == NOON


def test_the_database_has_a_kind_and_a_size(small: World) -> None:
    found = health(small.store)
    assert found.database == ("sqlite" if small.store.is_sqlite else "postgresql")
    assert found.database_bytes == database_bytes(small.store) > 2**16


def test_its_cost_does_not_grow_with_history(small: World) -> None:
    def cost() -> int:
        statements: list[str] = []

        def hear(*call: object) -> None:
            statements.append(str(call[2]))

        event.listen(small.store.engine, "before_cursor_execute", hear)
        health(small.store)
        event.remove(small.store.engine, "before_cursor_execute", hear)
        return len(statements)

    before = cost()
    for _ in range(5):
        small.carry_out(report_of(), QUICK)
    assert cost() == before <= 13
