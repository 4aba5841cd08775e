from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from worlds import World, card_of, offer_of, report_of

from matrix.expand import expand
from matrix.model import PLANNED
from orchestrator.dispatch.port import Room
from orchestrator.service.carrying import begin
from orchestrator.service.news import News
from orchestrator.store.cancelling import cancel_job, skip_unoffered
from orchestrator.store.expiring import expire
from orchestrator.store.read_jobs import jobs
from orchestrator.store.read_runs import run
from orchestrator.store.rerunning import rerun
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.views import JobFilter, RunSummary
from runners.environments.repositories import Repositories

ACTS = st.lists(
    st.sampled_from(("end", "cancel", "skip", "rerun", "announce", "leave", "wait")),
    min_size=1,
    max_size=8,
)

NOBODYS = Repositories(Path("/nowhere"))  # none of these stacks follows one


def run_of(world: World, number: int = 1) -> RunSummary:
    found = run(world.store, "small", number)
    assert found is not None
    return found


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # examples build on each other: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS, last=st.integers(1, 16))
def test_ended_never_exceeds_offered_nor_offered_the_jobs(
    small: World, acts: list[str], last: int
) -> None:
    small.queue.announce(card_of())
    number = small.start()
    for act in acts:
        do(small, number, act, last)
        found = run_of(small, number)
        assert 0 <= found.ended <= found.offered <= found.jobs
        assert (found.ended_at is None) == (found.state == "running")
        page = jobs(small.store, "small", JobFilter(run=number), 0, 100)
        assert page is not None
        open_ones = [one for one in page.jobs if one.state != "ended"]
        waits = [one for one in open_ones if one.waiting_for]
        assert found.jobs == page.total
        assert found.offered - found.ended == len(open_ones) - len(waits)


def do(small: World, number: int, act: str, last: int) -> None:
    match act:
        case "end":
            small.end(small.claim(2), report_of())
        case "cancel":
            page = jobs(small.store, "small", JobFilter(run=number), last - 1, 1)
            assert page is not None
            for one in page.jobs:
                cancel_job(small.store, "small", one.id)
        case "skip":
            skip_unoffered(small.store, number)
        case "rerun":
            page = jobs(small.store, "small", JobFilter(run=number), last - 1, 1)
            assert page is not None
            for one in page.jobs:
                rerun(small.store, "small", one.id)
        case "announce":
            small.queue.announce(card_of("bench", offer_of(), offer_of("edge", "gpu")))
        case "leave":
            small.queue.announce(card_of("bench", offer_of("edge", "cpu")))
        case _:
            small.clock.pass_by(timedelta(hours=5))
            expire(small.store)


def test_what_was_skipped_for_want_of_a_runner_is_no_progress(small: World) -> None:
    number = small.start()
    small.end(small.claim(4), report_of())
    before = run_of(small, number)
    skip_unoffered(small.store, number)
    after = run_of(small, number)
    assert (before.offered, before.ended) == (after.offered, after.ended) == (4, 4)
    assert (before.state, after.state, after.jobs) == ("running", "ended", 16)


def test_what_waited_in_vain_for_a_runner_is_no_progress(small: World) -> None:
    number = small.start("quick")
    small.end(small.claim(), report_of())
    small.clock.pass_by(timedelta(days=1, seconds=1))
    expire(small.store)
    found = run_of(small, number)
    assert (found.state, found.offered, found.ended) == ("ended", 1, 1)


def test_what_waited_too_long_behind_others_has_ended_as_any_job(small: World) -> None:
    number = small.start("lab/cpu:quick")
    small.clock.pass_by(timedelta(days=1, seconds=1))
    small.queue.renew(small.runner, [])
    expire(small.store)
    found = run_of(small, number)
    assert (found.state, found.offered, found.ended) == ("ended", 1, 1)


def test_a_new_runner_raises_what_is_offered(small: World) -> None:
    number = small.start("quick")
    assert run_of(small, number).offered == 1
    small.queue.announce(card_of("far", offer_of("edge", "cpu"), offer_of("edge", "gpu")))
    assert run_of(small, number).offered == 3


def test_a_run_whose_last_offered_job_has_ended_is_not_followed_again(small: World) -> None:
    begin(small.store, small.matrix, [offer_of()], News(), NOBODYS, once=True)
    while tickets := small.claim(8):
        small.end(tickets, report_of())
    assert begin(small.store, small.matrix, [offer_of()], News(), NOBODYS, once=False) is None


def test_a_run_with_something_left_is_followed_again(small: World) -> None:
    first = begin(small.store, small.matrix, [offer_of()], News(), NOBODYS, once=True)
    small.end(small.claim(2), report_of())
    assert begin(small.store, small.matrix, [offer_of()], News(), NOBODYS, once=True) == first


@pytest.mark.parametrize("kind", ["request", "schedule", "commit", "pull request", "probe"])
def test_a_run_tells_why_it_began(small: World, kind: str) -> None:
    planned = [job for job in expand(small.matrix) if job.status == PLANNED]
    trigger = Trigger(kind, note="⚡ at noon", subjects=(Subject("torch", "pytorch", "a", "b"),))
    number = start_run(small.store, small.matrix, planned, trigger)
    found = run_of(small, number)
    assert (found.trigger, found.note, found.started_at) == (kind, "⚡ at noon", small.clock.now())


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # examples build on each other: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(free=st.lists(st.integers(-1, 3), min_size=2, max_size=2), owners=st.integers(1, 3))
def test_claims_never_exceed_the_room_of_any_offer(
    small: World, free: list[int], owners: int
) -> None:
    offers = (offer_of(), offer_of("edge", "gpu"))
    runner = small.queue.announce(card_of("wide", *offers))
    for number in range(owners):
        small.start(owner=f"owner{number}")
    rooms = [Room(offer, room) for offer, room in zip(offers, free, strict=True)]
    tickets = small.queue.claim(runner, rooms)
    taken = [sum(dict(t.cell)["site"] == site for t in tickets) for site in ("lab", "edge")]
    assert taken == [max(room, 0) for room in free]
    assert len({ticket.key.job for ticket in tickets}) == len(tickets)
