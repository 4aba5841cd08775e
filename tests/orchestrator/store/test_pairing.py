from __future__ import annotations

from datetime import timedelta

import pytest
from paired import Runs, at, start
from sqlalchemy import text
from worlds import World, card_of, lost_machine, offer_of, report_of

from matrix.errors import CoevoError
from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.announcing import GONE_AFTER
from orchestrator.store.cancelling import cancel_job, cancel_run, skip_unoffered
from orchestrator.store.expiring import expire
from orchestrator.store.read_jobs import job
from orchestrator.store.read_runs import run
from orchestrator.store.rerunning import rerun
from runners.work import Ended, Ticket


def second_runner(small: World) -> int:
    return small.queue.announce(card_of("second"))


def claim_as(small: World, runner: int, free: int = 8) -> tuple[Ticket, ...]:
    return small.queue.claim(runner, [Room(offer_of(), free)])


def test_only_the_first_of_a_pair_waits_in_the_queue(small: World) -> None:
    runs = Runs(small, start(small))
    assert (runs.states("base"), runs.states("head")) == (["queued"], ["blocked"])
    assert len(small.claim(8)) == 1


def test_the_second_begins_once_the_first_has_a_result(small: World) -> None:
    runs = Runs(small, start(small))
    small.end(small.claim(), report_of(Status.FAIL))
    assert runs.states("head") == ["queued"]
    small.end(small.claim(), report_of())
    assert (runs.states("base"), runs.states("head")) == (["reported"], ["reported"])


def test_the_order_changes_from_repetition_to_repetition(small: World) -> None:
    runs = Runs(small, start(small, repetitions=4))
    assert runs.carry_out() == ["base", "head", "head", "base", "base", "head", "head", "base"]


def test_the_order_changes_from_job_to_job(small: World) -> None:
    runs = Runs(small, start(small, only="lab/cpu:wide"))
    assert [runs.side(ticket) for ticket in small.claim(8)] == ["base", "base", "head"]


def test_the_second_goes_only_to_the_runner_that_had_the_first(small: World) -> None:
    other = second_runner(small)
    start(small)
    small.end(small.claim(), report_of())
    assert claim_as(small, other) == ()
    assert len(small.claim()) == 1


def test_the_second_goes_only_to_the_offer_that_had_the_first(small: World) -> None:
    small.queue.announce(card_of("bench", offer_of(), offer_of(model="other")))
    start(small)
    small.end(small.claim(), report_of())
    assert small.claim(offer=offer_of(model="other")) == ()
    assert len(small.claim()) == 1


def test_the_next_pair_may_run_elsewhere(small: World) -> None:
    other = second_runner(small)
    start(small, repetitions=2)
    for _ in range(2):
        small.end(small.claim(), report_of())
    assert len(claim_as(small, other)) == 1


def test_a_first_that_found_a_bad_machine_is_tried_again_before_the_second_begins(
    small: World,
) -> None:
    other = second_runner(small)
    runs = Runs(small, start(small))
    small.end(small.claim(), lost_machine())
    assert runs.states("head") == ["blocked"]
    tickets = claim_as(small, other)
    small.queue.record(other, [Ended(ticket.key, report_of()) for ticket in tickets])
    assert small.claim() == ()  # its pair is on the other runner now
    assert len(claim_as(small, other)) == 1


def test_a_second_that_found_a_bad_machine_is_tried_again_in_the_same_place(small: World) -> None:
    other = second_runner(small)
    start(small)
    small.end(small.claim(), report_of())
    small.end(small.claim(), lost_machine())
    assert claim_as(small, other) == ()
    assert len(small.claim()) == 1


def test_a_first_without_a_result_leaves_its_second_out_and_the_next_pair_runs(
    small: World,
) -> None:
    runs = Runs(small, start(small, repetitions=2))
    for _ in range(3):
        small.end(small.claim(), lost_machine())
    assert runs.states("base") == ["reported", "blocked"]
    assert runs.states("head") == ["blocked", "queued"]
    small.end(small.claim(), report_of())
    small.end(small.claim(), report_of())
    assert runs.states("base") == ["reported", "reported"]


def test_a_left_out_job_says_why(small: World) -> None:
    runs = Runs(small, start(small))
    for _ in range(3):
        small.end(small.claim(), lost_machine())
    assert runs.reason("head") == "the other job of its pair has no result: it was MISS"


def test_a_pair_whose_runner_has_gone_is_broken_and_the_next_one_runs_elsewhere(
    small: World,
) -> None:
    runs = Runs(small, start(small, repetitions=2))
    small.end(small.claim(), report_of())
    small.clock.pass_by(GONE_AFTER + timedelta(minutes=1))
    other = second_runner(small)
    expire(small.store)
    small.clock.pass_by(timedelta(seconds=1))
    expire(small.store)
    assert runs.states("head") == ["lost", "queued"]
    assert len(claim_as(small, other)) == 1


def test_a_broken_pair_says_where_it_began(small: World) -> None:
    runs = Runs(small, start(small))
    small.end(small.claim(), report_of())
    small.clock.pass_by(GONE_AFTER + timedelta(minutes=1))
    for _ in range(2):
        expire(small.store)
    found = job(small.store, "small", 2)
    assert found is not None
    assert (found.status, found.end) == (Status.MISS, "lost")
    assert runs.reason("head") == (
        "its pair began on bench, which has not offered that place since"
    )


def test_a_runner_that_is_away_for_a_while_is_waited_for(small: World) -> None:
    runs = Runs(small, start(small))
    small.end(small.claim(), report_of())
    small.clock.pass_by(timedelta(minutes=4))
    expire(small.store)
    assert runs.states("head") == ["queued"]
    assert len(small.claim()) == 1


def test_a_runner_that_offers_something_else_breaks_the_pair(small: World) -> None:
    runs = Runs(small, start(small))
    small.end(small.claim(), report_of())
    small.queue.announce(card_of("bench", offer_of(slots=2)))
    summary = run(small.store, "small", runs.compared.head)
    assert summary is not None
    assert summary.offered == 0
    small.clock.pass_by(GONE_AFTER + timedelta(minutes=1))
    small.queue.announce(card_of("bench", offer_of(slots=2)))
    expire(small.store)
    assert runs.states("head") == ["lost"]


def test_what_waits_for_its_pair_says_so(small: World) -> None:
    start(small)
    found = job(small.store, "small", 2)
    assert found is not None
    assert (found.state, found.waiting_for) == (
        "blocked",
        "its turn in the comparison has not come",
    )


@pytest.mark.parametrize("side", ["base", "head"])
def test_cancelling_either_run_ends_the_whole_comparison(small: World, side: str) -> None:
    compared = start(small, repetitions=3)
    runs = Runs(small, compared)
    cancel_run(small.store, "small", getattr(compared, side))
    assert runs.states("base") == runs.states("head") == ["cancelled"] * 3
    assert small.claim(8) == ()


def test_a_running_job_ends_before_the_rest_of_a_cancelled_comparison(small: World) -> None:
    compared = start(small, repetitions=2)
    runs = Runs(small, compared)
    tickets = small.claim()
    cancel_run(small.store, "small", compared.head)
    small.end(tickets, report_of())
    assert runs.states("base") == ["reported", "cancelled"]


def test_a_cancelled_job_ends_its_chain_only(small: World) -> None:
    compared = start(small, only="lab/cpu:wide", repetitions=2)
    runs = Runs(small, compared)
    cancel_job(small.store, "small", 1)
    assert runs.states("base") == [
        "cancelled",
        "blocked",
        "queued",
        "cancelled",
        "blocked",
        "blocked",
    ]


def test_what_nobody_offers_ends_on_both_sides(small: World) -> None:
    compared = start(small, only="edge/gpu:quick", repetitions=2)
    runs = Runs(small, compared)
    for number in (compared.base, compared.head):
        summary = run(small.store, "small", number)
        assert summary is not None
        assert summary.offered == 0
    skip_unoffered(small.store, compared.base)
    assert runs.states("base") == runs.states("head") == ["expired", "expired"]


def test_the_grid_keeps_what_it_showed(small: World) -> None:
    Runs(small, start(small, repetitions=2)).carry_out(head=report_of(Status.FAIL))
    with small.store.read() as connection:
        assert set(connection.scalars(text("SELECT status FROM cell_state"))) == {None}


def test_a_runs_verdict_is_the_worst_of_its_repetitions(small: World) -> None:
    compared = start(small, repetitions=3)
    runs = Runs(small, compared)
    reports = iter([Status.PASS, Status.FAIL, Status.PASS])
    while tickets := small.claim():
        is_head = runs.side(tickets[0]) == "head"
        small.end(tickets, report_of(next(reports) if is_head else Status.PASS))
    with small.store.read() as connection:
        found = connection.execute(text("SELECT status, shards FROM verdict ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("PASS", 1), ("FAIL", 1)]


def test_a_job_of_a_pair_is_not_run_again_alone(small: World) -> None:
    runs = Runs(small, start(small))
    runs.carry_out()
    with pytest.raises(CoevoError, match="a job of a pair alone says nothing"):
        rerun(small.store, "small", 1)


def test_all_counters_are_back_at_nothing_in_the_end(small: World) -> None:
    Runs(small, start(small, only="lab/cpu", repetitions=3)).carry_out()
    counted = (
        "SELECT (SELECT sum(queued) FROM lane), (SELECT sum(queued) FROM cell_state),"
        " (SELECT sum(running) FROM cell_state), (SELECT sum(leased) FROM owner),"
        " (SELECT sum(open) FROM verdict), (SELECT count(*) FROM pair WHERE bound_to IS NOT NULL)"
    )
    with small.store.read() as connection:
        assert tuple(connection.execute(text(counted)).one()) == (0, 0, 0, 0, 0, 0)


def test_both_sides_are_planned_in_the_same_order(small: World) -> None:
    base, head = (at(small.matrix, version, "lab") for version in ("1", "2"))
    assert [job.id for job in base.jobs] == [job.id for job in head.jobs]
