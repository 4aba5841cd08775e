"""What every queue promises the dispatcher: the same tests for the store and the one in memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import postgres
import pytest
from handing import artifact
from memory_queue import RUNNER, MemoryQueue
from tickets import ticket
from worlds import Hand, card_of, lost_machine, offer_of, report_of, world

from matrix.status import Status
from orchestrator.dispatch.port import Queue, Room
from orchestrator.store.cancelling import cancel_job
from orchestrator.store.open import open_store
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.artifacts import Artifacts, Brought
from runners.work import Ended, Key, LogChunk, Phase, Progress, Ticket

TEXT = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  quick: {command: [sh, quick.sh], shards: 5}
"""
JOBS = 5
MIGRATED = "migrated"
postgresql = pytest.mark.postgresql


@dataclass(frozen=True)
class Served:
    """A queue with five jobs for lab/cpu and a runner that offers it; `cancel` ends a job."""

    queue: Queue
    runner: int
    cancel: Callable[[int], object]

    def claim(self, free: int = JOBS) -> tuple[Ticket, ...]:
        return self.queue.claim(self.runner, [Room(offer_of(), free)])

    def record(self, *keys: Key, status: Status = Status.PASS) -> frozenset[Key]:
        return self.queue.record(self.runner, [Ended(key, report_of(status)) for key in keys])


def in_memory() -> Served:
    numbers = count(1)
    queue = MemoryQueue(*(ticket(job=next(numbers)) for _ in range(JOBS)))
    return Served(queue, RUNNER, queue.cancelled.add)


def in_store(store: Store, clock: Hand, folder: Path) -> Served:
    small = world(store, clock, TEXT)
    small.start()
    queue = StoreQueue(store, Artifacts(folder))
    return Served(queue, small.runner, lambda job: cancel_job(store, "small", job))


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=postgresql)])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    if request.param == "memory":
        yield in_memory()
        return
    clock = Hand()
    store = open_store(address(request, tmp_path), clock)
    yield in_store(store, clock, tmp_path)
    store.close()


def address(request: pytest.FixtureRequest, folder: Path) -> str:
    """Where an empty store of the wanted kind is."""
    if request.param == "sqlite":
        empty = request.getfixturevalue("migrated_file")
        return f"sqlite:///{shutil.copy(empty, folder / 'coevo.db')}"
    server: str = request.getfixturevalue("postgresql")
    postgres.emptied(server, MIGRATED)
    return postgres.url(server, MIGRATED)


def keys(tickets: tuple[Ticket, ...]) -> list[Key]:
    return [one.key for one in tickets]


def test_announcing_again_is_the_same_runner(served: Served) -> None:
    assert served.queue.announce(card_of()) == served.runner


def test_claims_are_as_many_as_there_is_room_and_in_order(served: Served) -> None:
    first, rest = keys(served.claim(2)), keys(served.claim(9))
    assert (len(first), len(rest)) == (2, 3)
    assert [*first, *rest] == sorted({*first, *rest})
    assert served.claim() == ()


def test_nothing_is_claimed_for_an_offer_that_no_job_wants(served: Served) -> None:
    elsewhere = offer_of("edge", "gpu")
    served.queue.announce(card_of("bench", offer_of(), elsewhere))
    assert served.queue.claim(served.runner, [Room(elsewhere, 4)]) == ()


def test_nothing_is_claimed_without_room(served: Served) -> None:
    assert served.claim(0) == ()
    assert served.queue.claim(served.runner, []) == ()


def test_what_was_claimed_is_held_until_it_is_recorded(served: Served) -> None:
    one, two = keys(served.claim(2))
    assert sorted(served.queue.held(served.runner)) == [one, two]
    assert served.record(one) == frozenset()
    assert served.queue.held(served.runner) == (two,)


def test_renewing_says_what_is_cancelled(served: Served) -> None:
    one, two = keys(served.claim(2))
    served.cancel(two.job)
    said = served.queue.renew(served.runner, [one, two])
    assert (said.cancelled, said.lost) == (frozenset({two}), frozenset())


def test_renewing_says_what_is_no_longer_held(served: Served) -> None:
    (one,) = keys(served.claim(1))
    served.record(one)
    said = served.queue.renew(served.runner, [one, Key(999_999, 1)])
    assert said.lost == {one, Key(999_999, 1)}


def test_renewing_nothing_says_nothing(served: Served) -> None:
    assert served.queue.renew(served.runner, []) == (frozenset(), frozenset())


def test_what_is_given_back_is_claimed_again_under_a_higher_fence(served: Served) -> None:
    (one,) = keys(served.claim(1))
    served.queue.release(served.runner, [one])
    assert served.queue.held(served.runner) == ()
    again = [key for key in keys(served.claim()) if key.job == one.job]
    assert [key.fence for key in again] == [one.fence + 1]


def test_a_report_under_an_old_fence_is_refused(served: Served) -> None:
    (one,) = keys(served.claim(1))
    served.queue.release(served.runner, [one])
    served.claim()
    assert served.record(one) == {one}


def test_the_same_report_again_is_accepted_and_another_one_refused(served: Served) -> None:
    (one,) = keys(served.claim(1))
    assert served.record(one) == frozenset()
    assert served.record(one) == frozenset()
    assert served.record(one, status=Status.FAIL) == {one}


def test_one_refused_report_does_not_hold_up_the_others(served: Served) -> None:
    one, two = keys(served.claim(2))
    strange = Key(one.job, one.fence + 7)
    assert served.record(one, strange, two) == {strange}
    assert served.queue.held(served.runner) == ()


def test_an_infrastructure_failure_is_queued_again_three_times_in_all(served: Served) -> None:
    tries = []
    (key,) = keys(served.claim(1))
    job = key.job
    while key is not None:
        tries.append(key.fence)
        assert served.queue.record(served.runner, [Ended(key, lost_machine())]) == frozenset()
        claimed = keys(served.claim())
        key = next((one for one in claimed if one.job == job), None)  # type: ignore[assignment] # the end
    assert tries == [1, 2, 3]


def test_progress_and_log_of_what_is_held_can_be_noted_twice(served: Served) -> None:
    (one,) = keys(served.claim(1))
    for _ in range(2):
        progress = Progress(one, Phase.RUNNING, 1, 3, "")
        served.queue.note(served.runner, [progress], [LogChunk(one, 0, b"said\n")])
    assert served.queue.held(served.runner) == (one,)
    assert served.record(one) == frozenset()


def test_noting_nothing_is_nothing(served: Served) -> None:
    served.queue.note(served.runner, [], [])
    assert len(served.claim()) == JOBS


def test_a_file_arrives_in_pieces_and_is_handed_out_in_pieces(served: Served) -> None:
    one, queue = artifact(b"0123456789"), served.queue
    assert queue.artifact(one.digest, 0, 4) == b""
    assert queue.keep(one.digest, 10, 0, b"") == Brought(0)
    assert queue.keep(one.digest, 10, 0, b"01234") == Brought(5)
    assert queue.keep(one.digest, 10, 0, b"") == Brought(5)
    assert queue.keep(one.digest, 10, 8, b"89") == Brought(5)
    assert queue.artifact(one.digest, 0, 4) == b""
    assert queue.keep(one.digest, 10, 2, b"23456789") == Brought(10)
    assert queue.keep(one.digest, 10, 0, b"") == Brought(10)
    assert queue.artifact(one.digest, 3, 4) == b"3456"
    assert queue.artifact(one.digest, 10, 4) == b""


def test_an_empty_file_is_kept_by_an_empty_piece(served: Served) -> None:
    one = artifact(b"")
    assert served.queue.keep(one.digest, 0, 0, b"") == Brought(0)
    assert served.queue.artifact(one.digest, 0, 4) == b""


def test_a_file_that_is_not_what_was_sent_is_refused(served: Served) -> None:
    one = artifact(b"made")
    there, trouble = served.queue.keep(one.digest, 4, 0, b"mode")
    assert (there, "is not what was sent" in trouble) == (0, True)
    assert served.queue.keep(one.digest, 4, 0, b"made") == Brought(4)


def test_a_doubt_lets_no_good_file_go(served: Served) -> None:
    one = artifact(b"made")
    served.queue.doubt(one.digest)
    served.queue.keep(one.digest, 4, 0, b"made")
    served.queue.doubt(one.digest)
    assert served.queue.artifact(one.digest, 0, 9) == b"made"
