"""Jobs that feed jobs run anew: what was blocked comes along, what is kept is taken."""

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
from worlds import Hand, World, report_of, world

from matrix.status import Status
from orchestrator.store import artifacts
from orchestrator.store.freshness import fresh
from orchestrator.store.read_artifacts import handed
from orchestrator.store.read_runs import run as run_of
from orchestrator.store.rerunning import FED, rerun
from orchestrator.store.store import Store


@pytest.fixture
def fed(store: Store, clock: Hand) -> World:
    return world(store, clock, TEXT)


def test_a_producer_runs_anew_with_all_that_it_blocked(fed: World) -> None:
    run = started(fed)
    fed.end(fed.claim(8), report_of(Status.FAIL))
    rerun(fed.store, "small", views(fed)[BUILD].id)

    assert states(fed) == {BUILD: "queued", LOWER: "blocked", TEST: "blocked", EDGE: "blocked"}
    assert counters(fed) == truth(fed)
    built(fed)
    fed.end(fed.claim(8), report_of(Status.PASS, artifacts=(PTE,)))
    assert claimed(fed, EDGE).inputs == (PTE, WHEEL)
    summary = run_of(fed.store, "small", run)
    assert summary is not None
    assert (summary.jobs, summary.ended) == (8, 7)


def test_a_consumer_that_runs_anew_takes_what_is_kept(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end(fed.claim(8), report_of(Status.FAIL))
    rerun(fed.store, "small", views(fed)[TEST].id)

    assert states(fed)[BUILD] == "ended"
    assert claimed(fed, TEST).inputs == (WHEEL,)


def test_a_consumer_has_made_anew_what_is_not_kept(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end(fed.claim(8), report_of(Status.FAIL))
    artifacts.forget(fed.store, fed.clock.now() + timedelta(days=1))
    rerun(fed.store, "small", views(fed)[TEST].id)

    assert (states(fed)[BUILD], states(fed)[TEST]) == ("queued", "blocked")
    built(fed)
    assert claimed(fed, TEST).inputs == (WHEEL,)


def test_a_consumer_has_made_anew_what_was_lost_from_the_disk(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end(fed.claim(8), report_of(Status.FAIL))
    artifacts.lose(fed.store, views(fed)[TEST].id, lambda _: True)
    assert artifacts.needed(fed.store) == {WHEEL.digest}
    artifacts.lose(fed.store, views(fed)[BUILD].id, lambda _: False)  # it uses nothing
    assert artifacts.needed(fed.store) == {WHEEL.digest}
    artifacts.lose(fed.store, views(fed)[TEST].id, lambda _: False)
    assert artifacts.needed(fed.store) == frozenset()
    rerun(fed.store, "small", views(fed)[TEST].id)

    assert (states(fed)[BUILD], states(fed)[TEST]) == ("queued", "blocked")


def test_a_file_goes_some_time_after_its_last_use(fed: World) -> None:
    started(fed)
    built(fed)
    fed.clock.pass_by(timedelta(hours=2))
    fed.queue.renew(fed.runner, [])
    fed.end(fed.claim(8), report_of(Status.FAIL))

    assert artifacts.due(fed.store, fed.clock.now()) == frozenset()
    assert artifacts.due(fed.store, fed.clock.now() + timedelta(seconds=1)) == {WHEEL.digest}
    assert artifacts.forget(fed.store, fed.clock.now() + timedelta(seconds=1)) == {WHEEL.digest}
    assert artifacts.due(fed.store, fed.clock.now() + timedelta(days=9)) == frozenset()


def test_a_file_that_another_job_still_uses_stays(fed: World) -> None:
    started(fed)
    built(fed)
    fed.clock.pass_by(timedelta(days=3))
    fed.queue.renew(fed.runner, [])
    fed.start(BUILD)
    fed.end([claimed(fed, BUILD)], report_of(Status.PASS, artifacts=(WHEEL,)))

    assert artifacts.due(fed.store, fed.clock.now() - timedelta(days=1)) == frozenset()


def test_what_runs_again_for_another_says_so(fed: World) -> None:
    started(fed)
    fed.end(fed.claim(8), report_of(Status.FAIL))
    rerun(fed.store, "small", views(fed)[BUILD].id)

    found = views(fed)
    assert found[BUILD].cause == "a person asked"
    assert {found[name].cause for name in (LOWER, TEST, EDGE)} == {FED}


def test_a_consumer_whose_producer_goes_on_waits_for_it_again(fed: World) -> None:
    started(fed)
    built(fed)
    fed.end([claimed(fed, TEST)], report_of(Status.FAIL))
    rerun(fed.store, "small", views(fed)[BUILD].id)
    rerun(fed.store, "small", views(fed)[TEST].id)

    assert states(fed)[TEST] == "queued"
    assert counters(fed) == truth(fed)


def test_readers_see_who_feeds_whom_with_what(fed: World) -> None:
    started(fed)
    built(fed)
    found = views(fed)

    of_build, of_edge = handed(fed.store, found[BUILD].id), handed(fed.store, found[EDGE].id)
    assert of_build.inputs == of_edge.feeds == of_edge.files == ()
    assert [(one.kind, one.name, one.state) for one in of_build.feeds] == [
        ("wheel", LOWER, "queued"),
        ("wheel", TEST, "queued"),
        ("wheel", EDGE, "blocked"),
    ]
    assert [(one.kind, one.name, one.status) for one in of_edge.inputs] == [
        ("pte", LOWER, None),
        ("wheel", BUILD, Status.PASS),
    ]
    (file,) = of_build.files
    assert (file.kind, file.name, file.digest, file.bytes, file.is_kept) == (*WHEEL, True)


def test_a_file_that_a_job_waits_for_stays(fed: World) -> None:
    started(fed)
    built(fed)

    assert artifacts.due(fed.store, fed.clock.now() + timedelta(days=9)) == frozenset()


def test_what_was_blocked_is_fresh_until_its_producer_runs_again(fed: World) -> None:
    started(fed)
    fed.end(fed.claim(8), report_of(Status.FAIL))

    assert {BUILD, LOWER, TEST, EDGE} <= fresh(fed.store, fed.matrix)
