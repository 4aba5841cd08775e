"""Budgets in the queue: what is over them waits, says so, and begins when there is time again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from budgeted import capped, declared, text_of
from sqlalchemy import text
from worlds import TEXT, Hand, World, card_of, lost_machine, offer_of, report_of, world

from matrix.status import Status
from orchestrator.store.budgets import balances
from orchestrator.store.expiring import expire
from orchestrator.store.leases import renew_all
from orchestrator.store.policy import LEASE
from orchestrator.store.read_jobs import job
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from runners.work import Phase, Progress, Usage

HOUR = timedelta(hours=1)
QUICK, WIDE = "lab/cpu:quick", "lab/cpu:wide"


def used(world: World, owner: str = "local") -> tuple[float, float]:
    """Device-hours used today and reserved."""
    with world.store.read() as connection:
        found = balances(connection, world.clock.now()).of(1, owner)
    return found.used.day / HOUR, found.held / HOUR


def why(world: World, number: int) -> str:
    found = job(world.store, "small", number)
    assert found is not None
    return found.waiting_for


def test_no_more_begins_than_the_budget_admits(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 2h}")
    small.start(WIDE)
    assert len(small.claim(8)) == 2
    assert small.claim(8) == ()
    assert used(small) == (0, 2)


def test_of_what_was_queued_before_there_were_budgets_one_begins_at_a_time(
    store: Store, clock: Hand
) -> None:
    small = capped(store, clock, "{day: 90m}")
    small.start(WIDE)
    with store.write() as connection:
        connection.execute(text("UPDATE shape SET cost = 0"))  # as the migration leaves it
    assert [len(small.claim(8)) for _ in range(3)] == [1, 1, 0]
    assert used(small) == (0, 2)


def test_what_waits_says_for_whose_budget(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 2h}")
    small.start(WIDE)
    assert why(small, 3) == ""
    small.claim(8)
    assert why(small, 1) == ""  # it runs
    assert why(small, 3) == (
        "waits for the budget of local: 0 of 2 device-hours a day used, "
        "2 reserved by running jobs, 1 needed, renews 2026-11-24 00:00 UTC"
    )


def test_time_that_was_reserved_and_not_used_is_there_again(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 2h}")
    small.start(WIDE)
    tickets = small.claim(8)
    clock.pass_by(timedelta(minutes=15))
    small.end(tickets, report_of())
    assert used(small) == (0.5, 0)
    assert len(small.claim(8)) == 1


def test_a_job_begins_when_the_period_renews(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 1h}")
    small.start(WIDE)
    tickets = small.claim(8)
    clock.pass_by(HOUR)
    small.end(tickets, report_of())
    assert small.claim(8) == ()
    assert why(small, 2) == (
        "waits for the budget of local: 1 of 1 device-hours a day used, renews 2026-11-24 00:00 UTC"
    )
    clock.pass_by(11 * HOUR)  # to midnight
    assert why(small, 2) == ""
    assert len(small.claim(8)) == 1


def test_a_job_begins_when_the_cap_is_raised(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 1h}")
    small.start(WIDE)
    small.claim(8)
    raised = declared(small, "{day: 3h}")
    assert len(raised.claim(8)) == 2


def test_a_cap_that_comes_later_counts_what_was_used_before(store: Store, clock: Hand) -> None:
    small = world(store, clock, f"{TEXT}policies: {{timeout: 1h}}\n")
    small.start(WIDE)
    first, _ = small.claim(2)
    clock.pass_by(HOUR)
    small.end([first], report_of())
    now_capped = declared(small, "{day: 3h}")
    assert used(now_capped) == (1, 1)
    assert len(now_capped.claim(8)) == 1


def test_neither_priority_nor_a_request_of_a_person_goes_past_it(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 1h}")
    small.start(QUICK)
    tickets = small.claim(8)
    clock.pass_by(HOUR)
    small.end(tickets, report_of(Status.FAIL))

    urgent = replace(small.matrix, policies=replace(small.matrix.policies, priority=1000))
    replace(small, matrix=urgent).start(QUICK, kind="request", note="a person")
    again = rerun(store, "small", 1)

    assert small.claim(8) == ()
    assert "waits for the budget of local" in why(small, 2)
    assert "waits for the budget of local" in why(small, again)


def test_each_owner_has_an_account_of_its_own(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 1h, owners: {bob: {day: 2h}, eve: {}}}")
    for owner in ("ann", "bob", "eve"):
        small.start(WIDE, owner=owner)
    taken = [ticket.key.job for ticket in small.claim(20)]
    assert sorted(taken) == [1, 4, 5, 7, 8, 9]
    assert [used(small, owner)[1] for owner in ("ann", "bob", "eve")] == [1, 2, 3]


def test_another_matrix_goes_on_though_one_owner_has_used_up_its_time(
    store: Store, clock: Hand
) -> None:
    small = capped(store, clock, "{day: 1h}")
    other = world(store, clock, TEXT.replace("name: small", "name: other"))
    small.start(WIDE)
    small.start(QUICK)
    assert len(small.claim(1)) == 1
    other.start(QUICK)
    (ticket,) = small.claim(1)  # what is over its budget takes no room from what is not
    assert ticket.matrix == "other"


def test_a_smaller_job_may_begin_where_a_larger_one_does_not_fit(store: Store, clock: Hand) -> None:
    text = text_of("{day: 90m}").replace("quick.sh]", "quick.sh], timeout: 30m")
    small = world(store, clock, text)
    small.start("lab/cpu")
    names = [ticket.name for ticket in small.claim(8)]
    assert names == ["lab/cpu:quick@stable", "lab/cpu:wide@stable#1/3"]


def test_a_job_that_no_period_has_room_for_says_so(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 30m}")
    small.start(QUICK)
    assert small.claim(8) == ()
    assert why(small, 1) == (
        "waits for the budget of local: it may take 1 device-hours, by its time-out, "
        "and 0.5 a day is all there is"
    )
    clock.pass_by(small.matrix.policies.max_queue + timedelta(seconds=1))
    expire(store)
    ended = job(store, "small", 1)
    assert ended is not None
    assert ended.end == "expired"
    assert ended.reason.endswith("and 0.5 a day is all there is")


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


def test_a_job_that_waited_too_long_for_it_says_so(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{month: 1h}", ", max_queue: 2h")
    small.start(WIDE)
    tickets = small.claim(8)
    clock.pass_by(HOUR)
    small.end(tickets, report_of())
    clock.pass_by(2 * HOUR)
    expire(store)
    ended = job(store, "small", 2)
    assert ended is not None
    assert (ended.end, ended.status) == ("expired", Status.SKIP)
    assert ended.reason == (
        "it waited longer than the matrix allows (policies.max_queue); it waits for the budget of "
        "local: 1 of 1 device-hours a month used, renews 2026-12-01 00:00 UTC"
    )
