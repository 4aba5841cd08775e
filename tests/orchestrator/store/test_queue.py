from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from worlds import World, card_of, lost_machine, offer_of, report_of

from matrix.policies import Policies
from matrix.status import Layer, Status
from orchestrator.dispatch.port import Queue, Room
from orchestrator.store.expiring import expire
from orchestrator.store.leases import renew_all
from orchestrator.store.policy import LEASE
from orchestrator.store.read_jobs import job
from orchestrator.store.read_runs import run
from orchestrator.store.store_queue import StoreQueue
from orchestrator.views import JobView
from runners.work import Ended, Key, Phase, Progress


def seen(world: World, number: int) -> JobView:
    found = job(world.store, "small", number)
    assert found is not None
    return found


def test_the_store_is_a_queue_for_the_dispatcher(small: World) -> None:
    queue: Queue = StoreQueue(small.store)
    assert queue.claim(small.runner, [Room(offer_of(), 4)]) == ()


def test_a_claim_takes_only_what_the_offer_satisfies(small: World) -> None:
    small.start()
    names = {ticket.name for ticket in small.claim(100)}
    assert names == {
        "lab/cpu:quick@stable",
        "lab/cpu:wide@stable#1/3",
        "lab/cpu:wide@stable#2/3",
        "lab/cpu:wide@stable#3/3",
    }


def test_a_claim_takes_at_most_as_many_as_there_is_room(small: World) -> None:
    small.start("lab/cpu")
    assert len(small.claim(3)) == 3
    assert len(small.claim(3)) == 1
    assert small.claim(3) == ()


def test_a_ticket_says_everything_that_a_slot_needs(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    assert ticket.key == Key(1, 1)
    assert ticket.command == ("sh", "quick.sh")
    assert ticket.cell == (("site", "lab"), ("accelerator", "cpu"))
    assert (ticket.matrix, ticket.suite, ticket.stack) == ("small", "quick", "stable")
    assert ticket.timeout_seconds == 30 * 60
    assert ticket.lock is None


def test_priority_goes_before_age(small: World) -> None:
    small.start("lab/cpu:wide")
    urgent = replace(small.matrix, policies=Policies(priority=5))
    replace(small, matrix=urgent).start("lab/cpu:quick")
    assert [ticket.name for ticket in small.claim(2)] == [
        "lab/cpu:quick@stable",
        "lab/cpu:wide@stable#1/3",
    ]


def test_owners_of_equal_priority_take_turns(small: World) -> None:
    small.start("lab/cpu:wide", owner="ann")
    small.start("lab/cpu:wide", owner="bob")
    first = [ticket.key.job for ticket in small.claim(4)]
    assert first == [1, 4, 2, 5]


def test_an_owner_who_holds_less_goes_first_in_the_next_claim(small: World) -> None:
    small.start("lab/cpu:wide", owner="ann")
    small.claim(2)
    small.start("lab/cpu:wide", owner="bob")
    assert [ticket.key.job for ticket in small.claim(2)] == [4, 5]


def test_a_job_that_nobody_can_take_says_so_at_once(small: World) -> None:
    small.start("edge/gpu:quick")
    assert seen(small, 1).waiting_for == "no runner offers site=edge"


def test_a_job_becomes_feasible_when_a_runner_announces_its_cell(small: World) -> None:
    small.start("edge/gpu:quick")
    offer = offer_of("edge", "gpu")
    runner = small.queue.announce(card_of("newcomer", offer))
    assert seen(small, 1).waiting_for == ""
    (ticket,) = small.queue.claim(runner, [Room(offer, 1)])
    assert ticket.name == "edge/gpu:quick@stable"


def test_an_offer_that_is_withdrawn_is_not_served(small: World) -> None:
    small.queue.announce(card_of("bench", offer_of("edge", "gpu")))
    small.start("lab/cpu:quick")
    assert small.claim() == ()
    assert seen(small, 1).waiting_for == "no runner offers site=lab"


def test_a_report_ends_its_job(small: World) -> None:
    small.start("lab/cpu:quick")
    small.end(small.claim(), report_of(Status.FAIL))
    ended = seen(small, 1)
    assert (ended.state, ended.end, ended.status) == ("ended", "reported", Status.FAIL)
    assert ended.reason == "it was FAIL"


def test_the_same_report_again_is_accepted_and_changes_nothing(small: World) -> None:
    small.start("lab/cpu:quick")
    tickets = small.claim()
    small.end(tickets, report_of())
    before = seen(small, 1)
    small.end(tickets, report_of())
    assert seen(small, 1) == before


def test_another_report_under_the_same_fence_is_refused_and_changes_nothing(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    small.end([ticket], report_of())
    before = seen(small, 1)
    other = Ended(ticket.key, report_of(Status.FAIL))
    assert small.queue.record(small.runner, [other]) == {ticket.key}
    assert seen(small, 1) == before


def test_a_report_under_another_fence_is_refused(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    stale = Key(ticket.key.job, ticket.key.fence + 1)
    assert small.queue.record(small.runner, [Ended(stale, report_of())]) == {stale}
    assert seen(small, 1).state == "leased"


def test_a_report_from_another_runner_is_refused(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    stranger = small.queue.announce(card_of("stranger"))
    assert small.queue.record(stranger, [Ended(ticket.key, report_of())]) == {ticket.key}


def test_a_failure_is_never_tried_again(small: World) -> None:
    small.start("lab/cpu:quick")
    small.end(small.claim(), report_of(Status.FAIL, retry=True))
    assert small.claim() == ()
    assert len(seen(small, 1).attempts) == 1


def test_infrastructure_is_tried_three_times_and_each_attempt_is_kept(small: World) -> None:
    small.start("lab/cpu:quick")
    for fence in (1, 2, 3):
        (ticket,) = small.claim()
        assert ticket.key == Key(1, fence)
        small.end([ticket], lost_machine())
    ended = seen(small, 1)
    assert small.claim() == ()
    assert (ended.state, ended.status) == ("ended", Status.MISS)
    assert [attempt.status for attempt in ended.attempts] == [Status.MISS] * 3


def test_a_lease_that_nobody_renews_is_lost_and_the_job_tried_again(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    small.clock.pass_by(timedelta(minutes=30))
    assert expire(small.store) == 1
    late = small.queue.record(small.runner, [Ended(ticket.key, report_of())])
    assert late == {ticket.key}
    assert small.queue.renew(small.runner, [ticket.key]).lost == {ticket.key}
    (again,) = small.claim()
    assert again.key == Key(1, 2)


def test_within_lease_and_grace_nothing_is_lost(small: World) -> None:
    small.start("lab/cpu:quick")
    tickets = small.claim()
    small.clock.pass_by(LEASE + timedelta(minutes=3))  # a tenth of the 30 minutes' time-out
    assert expire(small.store) == 0
    small.end(tickets, report_of())


def test_a_renewed_lease_outlives_its_first_term(small: World) -> None:
    small.start("lab/cpu:quick")
    tickets = small.claim()
    for _ in range(5):
        small.clock.pass_by(timedelta(minutes=4))
        renewal = small.queue.renew(small.runner, [tickets[0].key])
        assert not renewal.lost
        assert expire(small.store) == 0


def test_a_job_lost_three_times_ends_as_infrastructure(small: World) -> None:
    small.start("lab/cpu:quick")
    for _ in range(3):
        small.claim()
        small.clock.pass_by(timedelta(minutes=30))
        small.queue.announce(card_of())
        expire(small.store)
    ended = seen(small, 1)
    assert (ended.end, ended.status) == ("lost", Status.MISS)
    assert "lost" in ended.reason


def test_a_server_that_comes_back_renews_before_it_judges(small: World) -> None:
    small.start("lab/cpu:quick")
    tickets = small.claim()
    small.clock.pass_by(timedelta(hours=2))
    assert renew_all(small.store) == 1
    assert expire(small.store) == 0
    assert small.queue.held(small.runner) == (tickets[0].key,)


def test_a_job_that_waits_too_long_is_skipped_with_its_reason(small: World) -> None:
    number = small.start("edge/gpu:quick")
    small.clock.pass_by(timedelta(days=1, seconds=1))
    expire(small.store)
    ended = seen(small, 1)
    assert (ended.end, ended.status) == ("expired", Status.SKIP)
    assert ended.reason == "no runner offers site=edge"
    summary = run(small.store, "small", number)
    assert summary is not None
    assert summary.state == "ended"


def test_released_jobs_go_back_without_counting(small: World) -> None:
    small.start("lab/cpu:quick")
    for _ in range(5):
        (ticket,) = small.claim()
        small.queue.release(small.runner, [ticket.key])
    small.end(small.claim(), lost_machine())
    assert seen(small, 1).state == "queued"


def test_a_report_cut_short_without_a_cancel_goes_back_without_counting(small: World) -> None:
    small.start("lab/cpu:quick")
    for _ in range(4):
        small.end(small.claim(), report_of(Status.MISS, cancelled=True))
    assert seen(small, 1).state == "queued"


def test_progress_turns_a_leased_job_into_a_running_one(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    small.queue.note(small.runner, [Progress(ticket.key, Phase.RUNNING, 3, 9, "matmul")], [])
    running = seen(small, 1)
    assert running.state == "running"
    assert (running.attempts[0].done, running.attempts[0].total) == (3, 9)


def test_progress_of_anothers_attempt_is_not_kept(small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    stranger = small.queue.announce(card_of("stranger"))
    small.queue.note(stranger, [Progress(ticket.key, Phase.RUNNING, 3, 9, "")], [])
    assert seen(small, 1).attempts[0].done == 0


def test_the_layer_of_a_lost_job_is_infrastructure(small: World) -> None:
    small.start("lab/cpu:quick")
    small.end(small.claim(), lost_machine())
    assert seen(small, 1).attempts[0].layer is Layer.INFRA
