"""Starting the newest run of a series and ending what the older ones have queued is one thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from worlds import World

from matrix.expand import PLANNED, expand
from matrix.model import Job
from orchestrator.messages import Kind, Message
from orchestrator.store import deliveries, triggered
from orchestrator.store.read_runs import runs
from orchestrator.store.runs import Seen, Trigger
from orchestrator.store.store import Store

SEEN = Seen("it", "refs/heads/main", "a" * 40)
NEWEST = Trigger("commit", seen=SEEN, supersedes=True, messages=("m",))


def jobs(world: World) -> list[Job]:
    return [job for job in expand(world.matrix) if job.status == PLANNED]


@contextmanager
def commits(store: Store) -> Iterator[list[object]]:
    seen: list[object] = []

    def see(connection: object) -> None:
        seen.append(connection)

    event.listen(store.engine, "commit", see)
    yield seen
    event.remove(store.engine, "commit", see)


def states(world: World) -> list[str]:
    return [run.state for run in runs(world.store, "small", 0, 9) or ()]


def test_it_is_one_transaction(small: World) -> None:
    deliveries.received(small.store, Message("m", "push", Kind.PUSH), "")
    triggered.start(small.store, small.matrix, jobs(small), Trigger("commit", seen=SEEN))
    with commits(small.store) as seen:
        triggered.start(small.store, small.matrix, jobs(small), NEWEST)
    assert len(seen) == 1
    assert states(small) == ["running", "ended"]


def test_where_it_fails_the_older_run_goes_on_and_there_is_no_newer_one(small: World) -> None:
    triggered.start(small.store, small.matrix, jobs(small), Trigger("commit", seen=SEEN))
    unknown = Trigger("commit", seen=SEEN, supersedes=True, messages=("m", "m"))
    deliveries.received(small.store, Message("m", "push", Kind.PUSH), "")
    with pytest.raises(Exception, match=r"(?i)unique"):
        triggered.start(small.store, small.matrix, jobs(small), unknown)
    assert states(small) == ["running"]


def test_a_run_of_another_series_is_left_alone(small: World) -> None:
    other = Trigger("commit", seen=SEEN._replace(reference="refs/heads/dev"))
    triggered.start(small.store, small.matrix, jobs(small), other)
    deliveries.received(small.store, Message("m", "push", Kind.PUSH), "")
    triggered.start(small.store, small.matrix, jobs(small), NEWEST)
    assert states(small) == ["running", "running"]
