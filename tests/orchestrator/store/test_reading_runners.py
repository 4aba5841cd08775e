from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from worlds import NOON, Hand, World, card_of, lost_machine, offer_of, report_of

from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.announcing import GONE_AFTER, REMEMBER_EVERY
from orchestrator.store.expiring import expire
from orchestrator.store.read_runners import RECENT, runner, runners
from orchestrator.views import RunnerView
from runners.work import Fact, RunnerCard

QUICK = "lab/cpu:quick"


def one(world: World, name: str = "bench") -> RunnerView:
    found = runner(world.store, name)
    assert found is not None
    return found


def announced(world: World, card: RunnerCard) -> RunnerView:
    world.queue.announce(card)
    return one(world, card.name)


def test_a_runner_says_who_it_is_and_whose(small: World) -> None:
    card = RunnerCard("far", "Far away", "ada", "ray", (offer_of("edge", "gpu"),), ())
    found = announced(small, card)
    assert (found.name, found.label, found.owner, found.kind) == (
        "far",
        "Far away",
        "ada",
        "ray",
    )


@pytest.mark.parametrize("simulated", [False, True])
def test_a_simulated_runner_says_so(small: World, simulated: bool) -> None:
    assert announced(small, replace(card_of("far"), simulated=simulated)).simulated is simulated


def test_the_facts_of_a_runner_come_in_their_order_with_their_source(small: World) -> None:
    facts = (
        Fact("memory", "128 GiB", "/proc/meminfo"),
        Fact("cpu", "unknown", "platform"),
        Fact("cpu", "⚡ “quoted”\n", "uname"),
    )
    assert announced(small, replace(card_of("far"), facts=facts)).facts == facts


def test_a_fact_that_is_no_text_is_told_as_far_as_it_is(small: World) -> None:
    facts = (Fact("serial", "A\udcff\0B", "/sys"),)
    found = announced(small, replace(card_of("far"), facts=facts)).facts
    assert [(fact.name, fact.value[0], fact.value[-1]) for fact in found] == [("serial", "A", "B")]
    assert runners(small.store)[1].facts == found


def test_the_slots_of_all_offers_are_added(small: World) -> None:
    card = card_of("far", offer_of(slots=3), offer_of("edge", "gpu", slots=5))
    found = announced(small, card)
    assert (found.slots, len(found.offers)) == (8, 2)


def test_each_offer_comes_back_whole(small: World) -> None:
    offer = replace(
        offer_of("edge", "gpu", zone="b"),
        device="cuda",
        devices=8,
        memory_bytes=2**41,
        disk_bytes=2**50,
        capabilities=frozenset({"docker", "nvlink"}),
    )
    found = announced(small, card_of("far", offer))
    assert found.places == (offer,)
    assert found.offers == ((("site", "edge"), ("accelerator", "gpu"), ("zone", "b")),)


def test_a_runner_that_offers_nothing_has_no_slots(small: World) -> None:
    found = announced(small, RunnerCard("far", "Far", "local", "ray", (), ()))
    assert (found.offers, found.places, found.slots) == ((), (), 0)


def test_the_same_offer_twice_is_one_place(small: World) -> None:
    assert announced(small, card_of("far", offer_of(), offer_of())).slots == offer_of().slots


def test_a_runner_that_announces_itself_again_is_the_same_with_what_it_says_now(
    small: World,
) -> None:
    first = one(small)
    card = RunnerCard("bench", "Bench two", "ada", "ray", (offer_of(slots=9),), ())
    found = announced(small, card)
    assert found.id == first.id
    assert (found.label, found.owner, found.kind, found.slots, found.facts) == (
        "Bench two",
        "ada",
        "ray",
        9,
        (),
    )
    assert len(runners(small.store)) == 1


def test_an_offer_that_is_kept_stays_beside_a_new_one(small: World) -> None:
    found = announced(small, card_of("bench", offer_of(), offer_of("lab", "gpu")))
    assert {dict(labels)["accelerator"] for labels in found.offers} == {"cpu", "gpu"}


def test_a_runner_is_seen_when_it_announces_itself(small: World) -> None:
    assert one(small).seen_at == NOON
    small.clock.pass_by(timedelta(seconds=10))
    assert announced(small, card_of()).seen_at == NOON + timedelta(seconds=10)


def test_a_runner_that_speaks_often_is_seen_once_a_minute(small: World) -> None:
    small.clock.pass_by(REMEMBER_EVERY - timedelta(seconds=1))
    small.queue.renew(small.runner, [])
    assert one(small).seen_at == NOON
    small.clock.pass_by(timedelta(seconds=1))
    small.queue.renew(small.runner, [])
    assert one(small).seen_at == NOON + REMEMBER_EVERY


def test_a_runner_is_ready_until_it_was_silent_for_longer_than_allowed(small: World) -> None:
    small.clock.pass_by(GONE_AFTER)
    expire(small.store)
    assert one(small).state == "ready"
    small.clock.pass_by(timedelta(microseconds=1))
    expire(small.store)
    assert one(small).state == "gone"


def test_a_runner_that_is_gone_still_says_what_it_offered_and_did(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    before = one(small)
    small.clock.pass_by(GONE_AFTER + timedelta(seconds=1))
    expire(small.store)
    assert one(small) == replace(before, state="gone")


def test_one_runner_that_is_gone_leaves_the_others_ready(small: World) -> None:
    small.clock.pass_by(GONE_AFTER + timedelta(seconds=1))
    small.queue.announce(card_of("fresh"))
    expire(small.store)
    assert {found.name: found.state for found in runners(small.store)} == {
        "bench": "gone",
        "fresh": "ready",
    }


def test_a_list_of_runners_says_of_each_what_its_page_says_without_jobs(small: World) -> None:
    small.queue.announce(card_of("far", offer_of("edge", "gpu"), offer_of("edge", "cpu")))
    small.start("lab/cpu:wide")
    small.end(small.claim(1), report_of())
    small.claim(1)
    for found in runners(small.store):
        assert replace(one(small, found.name), running=(), recent=()) == found


def test_names_are_sorted_and_not_the_order_of_arrival(small: World) -> None:
    for name in ("zeta", "alpha", "beta-2", "beta-10"):
        small.queue.announce(card_of(name))
    names = [found.name for found in runners(small.store)]
    assert names == ["alpha", "bench", "beta-10", "beta-2", "zeta"]


@pytest.mark.parametrize("name", ["", "Bench", "bench ", "%", "nobody"])
def test_a_name_that_nobody_has_is_none(small: World, name: str) -> None:
    assert runner(small.store, name) is None


def test_a_runner_that_has_done_nothing_has_neither_jobs_nor_past(small: World) -> None:
    small.start(QUICK)
    assert (one(small).running, one(small).recent) == ((), ())


def test_jobs_of_a_runner_are_its_own(small: World, clock: Hand) -> None:
    other = small.queue.announce(card_of("other"))
    small.start("lab/cpu:wide")
    small.end(small.claim(1), report_of())
    (theirs,) = small.queue.claim(other, [Room(offer_of(), 1)])
    (ours,) = small.claim(1)
    assert [job.id for job in one(small, "other").running] == [theirs.key.job]
    assert [job.id for job in one(small).running] == [ours.key.job]
    World(small.store, clock, small.matrix, small.queue, other).end([theirs], report_of())
    assert [job.id for job in one(small, "other").recent] == [theirs.key.job]
    assert theirs.key.job not in {job.id for job in one(small).recent}


def test_what_a_runner_ran_comes_latest_first_and_is_not_endless(small: World) -> None:
    for _ in range(RECENT + 3):
        small.start(QUICK)
    for ticket in small.claim(RECENT + 3):
        small.end([ticket], report_of())
    ids = [job.id for job in one(small).recent]
    assert ids == list(range(RECENT + 3, 3, -1))


def test_a_job_tried_again_by_its_runner_is_running_and_was_run(small: World) -> None:
    small.start(QUICK)
    small.end(small.claim(), lost_machine())
    small.claim()
    found = one(small)
    assert [job.id for job in found.running] == [job.id for job in found.recent] == [1]


def test_a_job_tried_three_times_is_listed_once(small: World) -> None:
    small.start(QUICK)
    for _ in range(3):
        small.end(small.claim(), lost_machine())
    (job,) = one(small).recent
    assert (job.status, job.attempts) == (Status.MISS, ())


def test_a_job_that_was_given_back_is_among_what_was_run(small: World) -> None:
    small.start(QUICK)
    (ticket,) = small.claim()
    small.queue.release(small.runner, [ticket.key])
    assert one(small).running == ()
    assert [job.state for job in one(small).recent] == ["queued"]
