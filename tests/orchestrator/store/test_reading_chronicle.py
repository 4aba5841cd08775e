"""What a log says of jobs beyond their events, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from worlds import World, card_of, lost_machine, offer_of, report_of

from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.read_chronicle import Teller, tellers

QUICK = "lab/cpu:quick"
NAME = "lab/cpu:quick@stable"


def test_a_job_that_waits_has_no_runner_and_no_attempt(small: World) -> None:
    run = small.start(QUICK)
    assert tellers(small.store, [1]) == {1: Teller(NAME, run, 0, "", "")}


def test_a_claimed_job_is_told_with_its_runner(small: World) -> None:
    run = small.start(QUICK)
    (ticket,) = small.claim()
    assert tellers(small.store, [ticket.key.job]) == {
        ticket.key.job: Teller(NAME, run, 1, "bench", "")
    }


def test_an_ended_job_is_told_with_its_reason(small: World) -> None:
    run = small.carry_out(report_of(Status.FAIL), QUICK)
    assert tellers(small.store, [1]) == {1: Teller(NAME, run, 1, "bench", "it was FAIL")}


def test_of_several_attempts_the_last_one_is_told(small: World) -> None:
    other = small.queue.announce(card_of("other"))
    small.start(QUICK)
    small.end(small.claim(), lost_machine())
    small.clock.pass_by(timedelta(minutes=30))
    small.queue.claim(other, [Room(offer_of(), 1)])
    assert (tellers(small.store, [1])[1].attempt, tellers(small.store, [1])[1].runner) == (
        2,
        "other",
    )


def test_shards_are_told_by_their_own_names(small: World) -> None:
    small.start("lab/cpu:wide")
    found = tellers(small.store, [3, 1, 2, 2])
    assert [found[number].name[-4:] for number in sorted(found)] == ["#1/3", "#2/3", "#3/3"]


def test_a_job_that_is_not_there_is_left_out(small: World) -> None:
    small.start(QUICK)
    assert set(tellers(small.store, [1, 99])) == {1}
    assert tellers(small.store, []) == {}
