"""Jobs feed jobs: who waits, what frees it, and what becomes of it when nothing is made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fed_jobs import (
    BUILD,
    EDGE,
    LOWER,
    PTE,
    TEST,
    TEXT,
    WHEEL,
    built,
    claimed,
    counters,
    started,
    states,
    truth,
    views,
)
from sqlalchemy import select
from worlds import Hand, World, card_of, lost_machine, offer_of, report_of, world

from matrix.status import Layer, Status
from orchestrator.store.cancelling import cancel_job, cancel_run, skip_unoffered, withdraw
from orchestrator.store.declared import CellStateRow
from orchestrator.store.expiring import expire
from orchestrator.store.read_runs import run as run_of
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow, RunRow


@pytest.fixture
def fed(store: Store, clock: Hand) -> World:
    return world(store, clock, TEXT)


def test_what_is_fed_waits_and_what_feeds_can_be_claimed(fed: World) -> None:
    started(fed)

    assert states(fed) == {BUILD: "queued", LOWER: "blocked", TEST: "blocked", EDGE: "blocked"}
    assert [ticket.name for ticket in fed.claim(8)] == [BUILD]
    assert counters(fed) == truth(fed) == (0, 3, 1, 1)


def test_a_blocked_job_says_what_it_waits_for(fed: World) -> None:
    started(fed)

    assert views(fed)[TEST].waiting_for == f"it is fed by {BUILD}, which has not ended"


def test_a_good_end_frees_what_it_feeds_with_the_files(fed: World) -> None:
    started(fed)
    built(fed)

    assert states(fed) == {BUILD: "ended", LOWER: "queued", TEST: "queued", EDGE: "blocked"}
    assert counters(fed) == truth(fed)
    tickets = {ticket.name: ticket.inputs for ticket in fed.claim(8)}
    assert tickets == {LOWER: (WHEEL,), TEST: (WHEEL,)}


def test_a_job_that_two_feed_waits_for_both(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end([claimed(fed, LOWER)], report_of(Status.DONE, artifacts=(PTE,)))

    assert claimed(fed, EDGE).inputs == (PTE, WHEEL)


def test_a_freed_job_has_all_of_its_time_to_wait(fed: World) -> None:
    started(fed)
    fed.clock.pass_by(timedelta(hours=20))
    fed.queue.renew(fed.runner, [])
    built(fed)
    fed.clock.pass_by(timedelta(hours=20))

    expire(fed.store)
    assert states(fed)[TEST] == "queued"


@pytest.mark.parametrize("status", [Status.FAIL, Status.ERROR, Status.SKIP])
def test_a_bad_end_blocks_the_whole_chain_and_names_its_cause(fed: World, status: Status) -> None:
    run = started(fed)
    (ticket,) = fed.claim(8)
    fed.end([ticket], report_of(status))

    found = views(fed)
    assert {job.state for job in found.values()} == {"ended"}
    for name in (LOWER, TEST):
        assert (found[name].status, found[name].end) == (Status.SKIP, "blocked")
        assert found[name].reason == f"its wheel is missing: {BUILD} ended {status.value}"
    assert found[EDGE].status is Status.SKIP
    summary = run_of(fed.store, "small", run)
    assert summary is not None
    assert (summary.state, summary.jobs, summary.ended) == ("ended", 4, 4)
    assert counters(fed) == truth(fed) == (0, 0, 0, 0)


def test_a_blocked_cell_is_no_longer_what_it_was(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end(fed.claim(8), report_of(Status.PASS, artifacts=(PTE,)))
    started(fed)
    (ticket,) = [one for one in fed.claim(8) if one.name == BUILD]
    fed.end([ticket], report_of(Status.FAIL))

    with fed.store.read() as connection:
        status = connection.scalar(select(CellStateRow.status).where(CellStateRow.name == TEST))
    assert status is Status.SKIP


def test_a_machine_that_failed_is_tried_again_before_anybody_is_blocked(fed: World) -> None:
    started(fed)
    fed.end(fed.claim(8), lost_machine())
    assert states(fed)[TEST] == "blocked"

    built(fed)
    assert states(fed)[TEST] == "queued"


def test_a_cancelled_producer_leaves_the_cells_that_it_feeds_as_they_were(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end(fed.claim(8), report_of(Status.PASS, artifacts=(PTE,)))
    started(fed)
    cancel_job(fed.store, "small", views(fed)[BUILD].id)

    found = views(fed)
    assert found[TEST].reason == f"its wheel is missing: {BUILD} ended cancelled"
    with fed.store.read() as connection:
        status = connection.scalar(select(CellStateRow.status).where(CellStateRow.name == TEST))
    assert status is Status.PASS
    assert counters(fed) == truth(fed)


def test_a_blocked_job_is_cancelled_at_once(fed: World) -> None:
    started(fed)

    assert cancel_job(fed.store, "small", views(fed)[TEST].id)
    assert views(fed)[TEST].end == "cancelled"
    assert counters(fed) == truth(fed)


def test_a_cancelled_run_ends_all_that_waits(fed: World) -> None:
    run = started(fed)

    assert cancel_run(fed.store, "small", run) == 4
    assert {job.end for job in views(fed).values()} == {"cancelled"}
    assert counters(fed) == truth(fed) == (0, 0, 0, 0)


def test_a_withdrawn_producer_takes_along_what_it_feeds(fed: World) -> None:
    started(fed)
    withdraw(fed.store, [views(fed)[BUILD].id])

    assert {job.state for job in views(fed).values()} == {"ended"}


def test_jobs_behind_one_that_nobody_offers_are_not_offered_either(fed: World) -> None:
    fed.queue.announce(card_of("bench", offer_of("edge")))
    run = fed.start("cpu:")
    before = run_of(fed.store, "small", run)
    assert before is not None
    assert (before.jobs, before.offered) == (6, 0)

    skip_unoffered(fed.store, run)
    after = run_of(fed.store, "small", run)
    assert after is not None
    assert (after.state, after.offered, after.ended) == ("ended", 0, 0)
    found = views(fed)["edge/cpu:test@stable"]
    assert (found.end, found.status) == ("expired", Status.SKIP)
    assert counters(fed) == truth(fed)


def test_a_producer_that_waits_too_long_ends_with_what_it_feeds(fed: World) -> None:
    started(fed)
    fed.clock.pass_by(timedelta(hours=30))
    expire(fed.store)

    assert {job.end for job in views(fed).values()} == {"expired"}
    assert counters(fed) == truth(fed) == (0, 0, 0, 0)


def test_runs_without_feeding_have_no_dependencies(fed: World) -> None:
    fed.start(BUILD)

    with fed.store.read() as connection:
        assert connection.scalars(select(JobRow.feeds)).all() == [False]
        assert connection.scalars(select(RunRow.unoffered)).all() == [0]


def test_the_layer_of_what_nobody_offers_is_capacity(fed: World) -> None:
    fed.queue.announce(card_of("bench", offer_of("edge")))
    run = fed.start("cpu:")

    skip_unoffered(fed.store, run)
    with fed.store.read() as connection:
        layers = set(connection.scalars(select(JobRow.layer)))
    assert layers == {Layer.CAPACITY}
