"""Accounts of device time: what a try takes of it, whatever becomes of the try."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from budgeted import capped, text_of, used
from worlds import Hand, card_of, lost_machine, offer_of, report_of, world

from orchestrator.store.budgets import balances
from orchestrator.store.expiring import expire
from orchestrator.store.leases import renew_all
from orchestrator.store.policy import LEASE
from orchestrator.store.store import Store
from runners.work import Phase, Progress, Usage

HOUR = timedelta(hours=1)
QUICK, WIDE = "lab/cpu:quick", "lab/cpu:wide"


@pytest.mark.parametrize(("needs", "expected"), [("{devices: 2}", 2), ("{nodes: 1}", 1)])
def test_a_job_costs_the_time_of_all_its_devices(
    store: Store, clock: Hand, needs: str, expected: int
) -> None:
    text = text_of("{day: 9h}").replace("quick.sh]", f"quick.sh], needs: {needs}")
    small = world(store, clock, text)
    offer = replace(offer_of(), devices=4)
    runner = small.queue.announce(card_of("big", offer))
    small.start(QUICK)
    mine = replace(small, runner=runner)
    tickets = mine.claim(1, offer)
    assert used(small) == (0, expected)
    clock.pass_by(HOUR / 2)
    mine.end(tickets, report_of())
    assert used(small) == (expected / 2, 0)


def test_a_try_that_failed_is_counted_and_each_that_follows(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 9h}")
    small.start(QUICK)
    for _ in range(3):
        tickets = small.claim()
        clock.pass_by(HOUR / 4)
        small.end(tickets, lost_machine())
    assert used(small) == (0.75, 0)


def test_a_lost_try_is_counted_until_its_runner_was_last_heard_of(
    store: Store, clock: Hand
) -> None:
    small = capped(store, clock, "{day: 9h}")
    small.start(QUICK)
    (ticket,) = small.claim()
    clock.pass_by(HOUR / 20)
    small.queue.renew(small.runner, [ticket.key])
    assert used(small) == (0, 1)
    clock.pass_by(2 * HOUR)
    assert expire(store) == 1
    assert used(small) == (pytest.approx(0.05), 0)


def test_what_is_given_back_before_it_began_costs_nothing(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 9h}")
    small.start(WIDE)
    first, second = small.claim(2)
    small.queue.note(small.runner, [Progress(second.key, Phase.RUNNING, 0, 0, "")], [])
    clock.pass_by(HOUR / 4)
    small.queue.release(small.runner, [first.key, second.key])
    assert used(small) == (0.25, 0)


def test_what_waits_in_a_batch_system_holds_no_device_yet(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 9h}")
    small.start(WIDE)
    begun, waiting = small.claim(2)
    for ticket in (begun, waiting):
        submitted = Progress(ticket.key, Phase.SUBMITTED, 0, 0, "Priority")
        small.queue.note(small.runner, [submitted], [])
    clock.pass_by(HOUR / 2)
    small.queue.note(small.runner, [Progress(begun.key, Phase.RUNNING, 0, 0, "")], [])
    clock.pass_by(HOUR / 4)
    assert used(small) == (0, 2)
    small.end([begun], report_of())
    small.queue.release(small.runner, [waiting.key])
    assert used(small) == (0.25, 0)


def test_what_a_batch_system_ran_while_nobody_looked_took_what_it_says(
    store: Store, clock: Hand
) -> None:
    small = capped(store, clock, "{day: 9h}")
    small.start(WIDE)
    tickets = small.claim(2)
    for ticket in tickets:
        submitted = Progress(ticket.key, Phase.SUBMITTED, 0, 0, "Priority")
        small.queue.note(small.runner, [submitted], [])
    clock.pass_by(9 * HOUR)
    seen, unseen = tickets
    small.queue.note(small.runner, [Progress(seen.key, Phase.RUNNING, 1, 1, "")], [])
    small.end([seen], report_of(usage=Usage(prepare_seconds=600, run_seconds=1200)))
    small.end([unseen], report_of(usage=Usage(run_seconds=900)))
    assert used(small) == (0.75, 0)


@pytest.mark.parametrize("is_told", [True, False])
def test_while_the_server_was_away_a_try_took_no_longer_than_it_may(
    store: Store, clock: Hand, *, is_told: bool
) -> None:
    small = capped(store, clock, "{month: 99h}", ", prepare_timeout: 15m")
    small.start(QUICK)
    tickets = small.claim()
    clock.pass_by(60 * HOUR)
    renew_all(store)
    if is_told:
        small.end(tickets, report_of())
    else:
        clock.pass_by(HOUR)
        expire(store)
    with store.read() as connection:
        found = balances(connection, clock.now()).of(1, "local")
    assert found.used.month == 1.25 * HOUR + LEASE
    assert found.held == timedelta()


def test_what_runs_over_midnight_is_counted_on_both_days(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 9h, month: 99h}")
    small.start(QUICK)
    clock.pass_by(11.75 * HOUR)
    tickets = small.claim()
    clock.pass_by(HOUR)
    small.end(tickets, report_of())
    assert used(small) == (0.75, 0)
    with store.read() as connection:
        assert balances(connection, clock.now()).of(1, "local").used.month == HOUR
