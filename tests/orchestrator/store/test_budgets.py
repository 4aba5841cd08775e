"""Budgets in the queue: what is over them waits, says so, and begins when there is time again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from budgeted import capped, declared, text_of, used
from sqlalchemy import text
from worlds import TEXT, Hand, World, report_of, world

from matrix.status import Status
from orchestrator.store.expiring import expire
from orchestrator.store.read_jobs import job
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store

HOUR = timedelta(hours=1)
QUICK, WIDE = "lab/cpu:quick", "lab/cpu:wide"


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


def test_who_waits_for_a_budget_keeps_its_turn(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{owners: {ann: {day: 1h}}}")
    for owner in ("bob", "bob", "ann"):
        small.start(WIDE, owner=owner)
    served = []
    for _ in range(4):
        (ticket,) = small.claim()
        clock.pass_by(HOUR)
        small.end([ticket], report_of())
        served.append(ticket.key.job)
    assert served == [1, 7, 2, 3]
    clock.pass_by(8 * HOUR)  # to midnight
    assert [ticket.key.job for ticket in small.claim()] == [8]


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
