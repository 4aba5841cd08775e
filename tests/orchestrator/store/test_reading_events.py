from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import NOON, TEXT, World, card_of, matrix_of, offer_of, report_of

from matrix.status import Status
from orchestrator.store.announcing import GONE_AFTER
from orchestrator.store.cancelling import cancel_job, cancel_run
from orchestrator.store.events import Draft, Json, emit, latest, since, wait
from orchestrator.store.expiring import expire
from orchestrator.store.planning import save_matrix
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from runners.work import Phase, Progress

QUICK = "lab/cpu:quick"
LONG = 30.0
WORDS = st.text(max_size=4)


def told(world: World, after: int) -> list[tuple[str, str, dict[str, Json]]]:
    """Kind, subject and data of all events after one."""
    found = since(world.store, after, 1000)
    return [(event.kind, event.subject, json.loads(event.data)) for event in found]


def of(world: World, after: int, kind: str, subject: str = "") -> list[dict[str, Json]]:
    """The data of all events of a kind after one, of one subject or all."""
    return [data for what, who, data in told(world, after) if what == kind and subject in {"", who}]


def write(world: World, *drafts: Draft) -> None:
    with world.store.write() as connection:
        emit(connection, world.clock.now(), drafts)


def note(number: int, matrix: int | None = None) -> Draft:
    return Draft(matrix, "server", f"note {number}", {"number": number})


def test_before_the_first_event_the_newest_is_zero(store: Store) -> None:
    assert latest(store) == 0
    assert since(store, 0, 10) == ()


def test_an_event_comes_back_as_it_was_drafted(small: World) -> None:
    seen = latest(small.store)
    small.clock.pass_by(timedelta(milliseconds=1))
    write(small, Draft(1, "job", "7", {"word": "⚡", "none": None, "half": 0.5, "yes": True}))
    (event,) = since(small.store, seen, 10)
    assert (event.at, event.matrix) == (NOON + timedelta(milliseconds=1), "small")
    assert (event.kind, event.subject) == ("job", "7")
    assert json.loads(event.data) == {"word": "⚡", "none": None, "half": 0.5, "yes": True}


def test_events_of_one_call_keep_their_order(small: World) -> None:
    seen = latest(small.store)
    write(small, *map(note, range(50)))
    assert [subject for _, subject, _ in told(small, seen)] == [f"note {n}" for n in range(50)]


def test_nothing_to_tell_adds_no_event(small: World) -> None:
    seen = latest(small.store)
    write(small)
    assert latest(small.store) == seen


def test_an_event_of_a_transaction_that_was_undone_was_never_told(small: World) -> None:
    seen = latest(small.store)

    def broken() -> None:
        with small.store.write() as connection:
            emit(connection, NOON, [note(1)])
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError, match="undo"):
        broken()
    assert since(small.store, seen, 10) == ()
    assert latest(small.store) == seen


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_follower_that_reads_in_pages_misses_nothing(small: World, size: int) -> None:
    write(small, *map(note, range(20)))
    at, read = 0, 0
    while page := since(small.store, at, size):
        assert len(page) <= size
        at, read = page[-1].id, read + len(page)
    assert (at, read) == (latest(small.store), len(since(small.store, 0, 1000)))


@pytest.mark.parametrize("ahead", [0, 1, 10**9])
def test_a_follower_that_is_ahead_reads_nothing(small: World, ahead: int) -> None:
    assert since(small.store, latest(small.store) + ahead, 10) == ()


def test_a_limit_of_nothing_reads_nothing(small: World) -> None:
    assert since(small.store, 0, 0) == ()


def test_events_of_no_matrix_have_an_empty_name_and_belong_to_none(small: World) -> None:
    seen = latest(small.store)
    write(small, note(1), note(2, matrix=1))
    assert [event.matrix for event in since(small.store, seen, 10)] == ["", "small"]
    assert [event.subject for event in since(small.store, seen, 10, "small")] == ["note 2"]
    assert since(small.store, seen, 10, "") == ()


def test_a_limit_counts_the_events_of_the_wanted_matrix_only(small: World) -> None:
    other = save_matrix(small.store, matrix_of(TEXT.replace("name: small", "name: other")))
    seen = latest(small.store)
    write(small, *(note(number, matrix=1 if number % 2 else other) for number in range(10)))
    found = since(small.store, seen, 3, "small")
    assert [event.subject for event in found] == ["note 1", "note 3", "note 5"]


def test_a_run_tells_that_it_began_how_far_it_is_and_that_it_ended(small: World) -> None:
    seen = latest(small.store)
    run = small.start("lab/cpu:wide")
    for ticket in small.claim(3):
        small.end([ticket], report_of())
    states = [
        data for kind, subject, data in told(small, seen) if (kind, subject) == ("run", str(run))
    ]
    assert states == [
        {"state": "running"},
        {"state": "running", "ended": 1, "jobs": 3},
        {"state": "running", "ended": 2, "jobs": 3},
        {"state": "ended", "ended": 3, "jobs": 3},
    ]


def test_progress_is_told_under_its_job(small: World) -> None:
    small.start(QUICK)
    (ticket,) = small.claim()
    seen = latest(small.store)
    small.queue.note(small.runner, [Progress(ticket.key, Phase.RUNNING, 3, 9, "conv")], [])
    assert ("progress", "1", {"phase": "running", "done": 3, "total": 9, "note": "conv"}) in told(
        small, seen
    )


def test_a_runner_tells_when_it_comes_goes_and_returns(small: World) -> None:
    seen = latest(small.store)
    small.queue.announce(card_of("far", offer_of("edge", "gpu")))
    small.clock.pass_by(GONE_AFTER + timedelta(seconds=1))
    small.queue.renew(small.runner, [])
    expire(small.store)
    small.queue.announce(card_of("far", offer_of("edge", "gpu")))
    states = [
        data["state"] for kind, who, data in told(small, seen) if (kind, who) == ("runner", "far")
    ]
    assert states == ["ready", "gone", "ready"]


def test_a_cancel_is_told_at_once_and_again_when_it_has_happened(small: World) -> None:
    small.start(QUICK)
    tickets = small.claim()
    seen = latest(small.store)
    cancel_job(small.store, "small", 1)
    small.end(tickets, report_of(cancelled=True))
    states = [data["state"] for kind, _, data in told(small, seen) if kind == "job"]
    assert states == ["cancelling", "ended"]


def test_a_result_that_changes_nothing_tells_no_change_of_its_cell(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    seen = latest(small.store)
    small.carry_out(report_of(), QUICK)
    assert "cell" not in {kind for kind, _, _ in told(small, seen)}


@pytest.mark.parametrize(
    ("status", "after"),
    [
        (Status.FAIL, "failing"),
        (Status.ERROR, "test error"),
        (Status.MISS, "infrastructure"),
        (Status.SKIP, "skipped"),
    ],
)
def test_a_cell_tells_from_what_to_what_it_changed(
    small: World, status: Status, after: str
) -> None:
    small.carry_out(report_of(), QUICK)
    seen = latest(small.store)
    small.carry_out(report_of(status), QUICK)
    changes = [
        (data["before"], data["after"]) for kind, _, data in told(small, seen) if kind == "cell"
    ]
    assert changes == [("passing", after)]


def test_each_job_of_a_cancelled_run_is_told(small: World) -> None:
    run = small.start("lab/cpu:wide")
    seen = latest(small.store)
    cancel_run(small.store, "small", run)
    jobs = [(subject, data["status"]) for kind, subject, data in told(small, seen) if kind == "job"]
    assert jobs == [("1", "SKIP"), ("2", "SKIP"), ("3", "SKIP")]


def test_a_rerun_is_told_as_a_queued_job(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), QUICK)
    seen = latest(small.store)
    again = rerun(small.store, "small", 1)
    assert ("job", str(again), {"state": "queued"}) in told(small, seen)


def test_who_is_behind_does_not_wait(small: World) -> None:
    write(small, note(1))
    began = time.monotonic()
    assert wait(small.store, 0, LONG) == latest(small.store)
    assert time.monotonic() - began < LONG / 2


def test_who_waits_for_no_time_gets_the_newest(small: World) -> None:
    newest = latest(small.store)
    assert wait(small.store, newest, 0) == newest
    assert wait(small.store, newest + 5, 0) == newest


def test_who_waits_hears_of_what_another_server_wrote(small: World) -> None:
    other = Store(small.store.url, small.store.engine, small.clock)
    seen = latest(small.store)
    woken: list[int] = []
    waiter = threading.Thread(target=lambda: woken.append(wait(small.store, seen, LONG)))
    waiter.start()
    with other.write() as connection:
        emit(connection, NOON, [note(1)])
    waiter.join(LONG / 2)
    assert woken == [seen + 1]


def test_all_who_wait_are_woken(small: World) -> None:
    seen = latest(small.store)
    woken: list[int] = []
    waiters = [
        threading.Thread(target=lambda: woken.append(wait(small.store, seen, LONG)))
        for _ in range(4)
    ]
    for waiter in waiters:
        waiter.start()
    write(small, note(1))
    for waiter in waiters:
        waiter.join(LONG / 2)
    assert woken == [seen + 1] * 4


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    data=st.dictionaries(
        WORDS,
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=4),
        max_size=4,
    )
)
def test_the_data_of_an_event_survive_the_store(small: World, data: dict[str, Json]) -> None:
    seen = latest(small.store)
    write(small, Draft(None, "server", "x", data))
    assert told(small, seen) == [("server", "x", data)]
