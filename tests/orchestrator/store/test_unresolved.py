from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import PLATFORM, Hand, World, card_of, offer_of, report_of, world

from matrix.status import Layer, Status
from matrix.verdict import State, settled
from orchestrator.dispatch.port import Room
from orchestrator.store.expiring import expire
from orchestrator.store.freshness import fresh
from orchestrator.store.locks import Missing, missing_locks, put_lock
from orchestrator.store.read_grid import cell_page
from orchestrator.store.read_jobs import job
from orchestrator.store.read_runs import run
from orchestrator.store.store import Store
from orchestrator.store.unresolved import Refusal, end_unresolvable
from orchestrator.views import JobView
from runners.work import Lock, Offer

TEXT = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  locked: {command: [sh, a.sh], environment: {requirements: [numpy==99]}}
  plain: {command: [sh, b.sh]}
"""
SENTENCE = "no versions meet numpy==99: there is no version of numpy==99"
NO_VERSIONS, CUT_OFF = Refusal(SENTENCE), Refusal("no index answers", resolver_failed=True)
ELSEWHERE = "linux_aarch64"


@pytest.fixture
def locked(store: Store, clock: Hand) -> World:
    """A run of a suite with an environment, and of one without."""
    made = world(store, clock, TEXT)
    made.start()
    return made


def seen(world: World, number: int = 1) -> JobView:
    found = job(world.store, "small", number)
    assert found is not None
    return found


def other_offer() -> Offer:
    return Offer(offer_of().labels, "cpu", 1, 0, 2**34, 2**36, frozenset(), platform=ELSEWHERE)


def test_what_no_versions_meet_is_skipped_at_once_in_the_resolvers_words(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    assert end_unresolvable(locked.store, {missing: NO_VERSIONS}) == 1
    ended = seen(locked)
    assert (ended.state, ended.status, ended.reason) == ("ended", Status.SKIP, SENTENCE)
    assert ended.attempts == ()


def test_a_resolver_that_failed_is_infrastructure(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    end_unresolvable(locked.store, {missing: CUT_OFF})
    assert (seen(locked).status, seen(locked).reason) == (Status.MISS, "no index answers")


@pytest.mark.parametrize(
    ("refusal", "state", "layer"),
    [(NO_VERSIONS, State.SKIPPED, Layer.CAPACITY), (CUT_OFF, State.INFRA, Layer.INFRA)],
)
def test_its_cell_says_so_and_who_answers_for_it(
    locked: World, refusal: Refusal, state: State, layer: Layer
) -> None:
    (missing,) = missing_locks(locked.store)
    end_unresolvable(locked.store, {missing: refusal})
    page = cell_page(locked.store, "small", "lab", "cpu")
    assert page is not None
    (told,) = [one for one in page.states if one.suite == "locked"]
    assert (told.layer, told.reason) == (layer, refusal.sentence)
    assert settled(told) is state


def test_other_jobs_of_the_run_go_on(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    end_unresolvable(locked.store, {missing: NO_VERSIONS})
    assert [ticket.suite for ticket in locked.claim(5)] == ["plain"]
    summary = run(locked.store, "small", 1)
    assert summary is not None
    assert (summary.state, summary.jobs, summary.offered, summary.ended) == ("running", 2, 2, 1)


def test_a_job_that_another_platform_may_take_goes_on_waiting(locked: World) -> None:
    locked.queue.announce(card_of("other", other_offer()))
    here, there = sorted(missing_locks(locked.store), key=lambda one: one.platform == ELSEWHERE)
    assert end_unresolvable(locked.store, {here: NO_VERSIONS}) == 0
    assert seen(locked).state == "queued"
    assert end_unresolvable(locked.store, {here: NO_VERSIONS, there: NO_VERSIONS}) == 1


def test_where_the_resolver_failed_on_one_platform_nothing_is_known_of_the_job(
    locked: World,
) -> None:
    locked.queue.announce(card_of("other", other_offer()))
    here, there = missing_locks(locked.store)
    end_unresolvable(locked.store, {here: NO_VERSIONS, there: CUT_OFF})
    assert seen(locked).status is Status.MISS


def test_a_job_whose_lock_came_meanwhile_is_left_alone(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    put_lock(locked.store, missing.request, Lock("d", "numpy==99\n", PLATFORM))
    assert end_unresolvable(locked.store, {missing: NO_VERSIONS}) == 0
    assert len(locked.claim(5)) == 2


def test_a_refusal_of_what_nobody_asks_changes_nothing(locked: World) -> None:
    stranger = Missing("another request", PLATFORM)
    assert end_unresolvable(locked.store, {stranger: NO_VERSIONS}) == 0
    assert end_unresolvable(locked.store, {}) == 0
    assert seen(locked).state == "queued"


def test_a_job_that_nobody_offers_to_run_waits_for_a_runner_first(
    store: Store, clock: Hand
) -> None:
    lonely = world(store, clock, TEXT.replace("site: [lab]", "site: [moon]"))
    lonely.start()
    assert missing_locks(store) == ()
    asked = Missing("r", PLATFORM)
    assert end_unresolvable(store, {asked: NO_VERSIONS}) == 0
    assert seen(lonely).waiting_for == "no runner offers site=moon"


def test_what_was_never_tried_is_no_fresh_result(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    end_unresolvable(locked.store, {missing: CUT_OFF})
    assert fresh(locked.store, locked.matrix) == frozenset()


def test_it_does_not_wait_for_the_longest_wait_of_the_matrix(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    locked.end(locked.claim(5), report_of())
    end_unresolvable(locked.store, {missing: NO_VERSIONS})
    summary = run(locked.store, "small", 1)
    assert summary is not None
    assert summary.ended_at == locked.clock.now()
    locked.clock.pass_by(timedelta(days=2))
    expire(locked.store)
    assert seen(locked).reason == SENTENCE


def test_the_next_run_asks_the_resolver_again(locked: World) -> None:
    (missing,) = missing_locks(locked.store)
    end_unresolvable(locked.store, {missing: CUT_OFF})
    locked.start("locked")
    assert missing_locks(locked.store) == (missing,)
    put_lock(locked.store, missing.request, Lock("d", "numpy==99\n", PLATFORM))
    names = [t.suite for t in locked.queue.claim(locked.runner, [Room(offer_of(), 5)])]
    assert names == ["plain", "locked"]


def test_locks_for_several_platforms_come_one_after_another(locked: World) -> None:
    locked.queue.announce(card_of("other", other_offer()))
    for missing in missing_locks(locked.store):
        put_lock(locked.store, missing.request, Lock("d", "numpy==99\n", missing.platform))
    assert missing_locks(locked.store) == ()
    assert len(locked.claim(5)) == 2
