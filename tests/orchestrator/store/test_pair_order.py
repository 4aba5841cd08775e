"""What is due in a chain of pairs, for every way in which it may stand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import NOON

from matrix.status import Layer, Status
from orchestrator.store.columns import End, JobState
from orchestrator.store.open_jobs import OpenJob
from orchestrator.store.pair_order import NOTHING, Half, Pair, step

QUEUED, BLOCKED, LEASED = JobState.QUEUED, JobState.BLOCKED, JobState.LEASED
GOOD = (End.REPORTED, Status.PASS)
MISSED = (End.REPORTED, Status.MISS)
SKIPPED = (End.REPORTED, Status.SKIP)
LOST = (End.LOST, Status.MISS)
CANCELLED = (End.CANCELLED, Status.SKIP)
EXPIRED = (End.EXPIRED, Status.SKIP)
LEFT_OUT = (End.BLOCKED, Status.SKIP)
Standing = JobState | tuple[End, Status]


def half(number: int, standing: Standing, reason: str = "") -> Half:
    """A job that waits or runs, or one that has ended so."""
    is_open = isinstance(standing, JobState)
    state = standing if isinstance(standing, JobState) else JobState.ENDED
    end, status = (End.OPEN, None) if isinstance(standing, JobState) else standing
    job = OpenJob(number, f"job {number}", 1, 1, 1, 1, 1, 1, state, False, 0, 1, "", True, False)
    assert is_open == (status is None)
    return Half(number // 2, job, end, status, reason, 0, NOON, NOON + timedelta(days=1), "{}")


def chain(*standings: tuple[Standing, Standing]) -> list[Pair]:
    """Pairs with their first and second job standing so; jobs are numbered from 0 on."""
    return [
        Pair(half(2 * number, first), half(2 * number + 1, second))
        for number, (first, second) in enumerate(standings)
    ]


def begins(*standings: tuple[Standing, Standing]) -> tuple[int | None, int | None]:
    """Which job begins now, and behind which one."""
    due = step(chain(*standings))
    assert due.ends == ()
    return (
        due.begins.job.id if due.begins else None,
        due.behind.job.id if due.behind else None,
    )


def ends(*standings: tuple[Standing, Standing]) -> list[int]:
    """Which jobs end now."""
    due = step(chain(*standings))
    assert due.begins is None
    return [one.job.id for one in due.ends]


@pytest.mark.parametrize("first", [QUEUED, LEASED, JobState.RUNNING])
def test_nothing_is_due_while_the_first_is_on_its_way(first: JobState) -> None:
    assert step(chain((first, BLOCKED), (BLOCKED, BLOCKED))) == NOTHING


@pytest.mark.parametrize("status", [Status.PASS, Status.DONE, Status.FAIL, Status.ERROR])
def test_the_second_begins_behind_a_first_with_any_result_of_the_suites_own(
    status: Status,
) -> None:
    assert begins(((End.REPORTED, status), BLOCKED)) == (1, 0)


@pytest.mark.parametrize("second", [QUEUED, LEASED])
def test_nothing_is_due_while_the_second_is_on_its_way(second: JobState) -> None:
    assert step(chain((GOOD, second), (BLOCKED, BLOCKED))) == NOTHING


@pytest.mark.parametrize("second", [GOOD, MISSED, LOST])
def test_the_next_pair_begins_by_itself_when_one_is_over(second: Standing) -> None:
    assert begins((GOOD, second), (BLOCKED, BLOCKED)) == (2, None)


@pytest.mark.parametrize("first", [MISSED, LOST])
def test_a_second_without_a_first_is_left_out_and_no_other(first: Standing) -> None:
    assert ends((first, BLOCKED), (BLOCKED, BLOCKED)) == [1]
    assert begins((first, LEFT_OUT), (BLOCKED, BLOCKED)) == (2, None)


@pytest.mark.parametrize("first", [CANCELLED, EXPIRED, SKIPPED])
def test_what_would_end_the_same_again_ends_the_whole_chain(first: Standing) -> None:
    assert ends((first, BLOCKED), (BLOCKED, BLOCKED), (BLOCKED, BLOCKED)) == [1, 2, 3, 4, 5]


def test_a_cancelled_second_ends_a_first_that_nobody_has_begun() -> None:
    assert ends((QUEUED, CANCELLED), (BLOCKED, BLOCKED)) == [0, 2, 3]


def test_what_runs_already_runs_to_its_end() -> None:
    assert ends((LEASED, CANCELLED), (BLOCKED, BLOCKED)) == [2, 3]
    assert ends((LEASED, CANCELLED), (CANCELLED, CANCELLED)) == []


def test_a_chain_that_is_over_has_nothing_due() -> None:
    assert step(chain((GOOD, GOOD), (GOOD, MISSED))) == NOTHING
    assert step([]) == NOTHING


@pytest.mark.parametrize(
    ("first", "end", "layer"),
    [
        (CANCELLED, End.CANCELLED, Layer.NONE),
        (EXPIRED, End.EXPIRED, Layer.CAPACITY),
        (SKIPPED, End.BLOCKED, Layer.NONE),
        (MISSED, End.BLOCKED, Layer.NONE),
    ],
)
def test_a_job_that_ends_with_another_ends_in_its_way(
    first: Standing, end: End, layer: Layer
) -> None:
    pair = Pair(half(0, first, "nobody has a gpu"), half(1, BLOCKED))
    (doomed,) = step([pair]).ends
    assert (doomed.fate.end, doomed.fate.status, doomed.fate.layer) == (end, Status.SKIP, layer)
    assert doomed.fate.reason == "the other job of its pair has no result: nobody has a gpu"


def test_an_end_without_a_reason_is_named() -> None:
    (doomed,) = step(chain((CANCELLED, BLOCKED))).ends
    assert doomed.fate.reason.endswith("it ended cancelled")


def test_a_first_waits_for_what_feeds_it_and_for_what_feeds_the_other() -> None:
    for hungry in (0, 1):
        halves = [half(number, BLOCKED)._replace(is_fed=number != hungry) for number in (0, 1)]
        assert step([Pair(*halves)]) == NOTHING
    assert begins((BLOCKED, BLOCKED)) == (0, None)


def test_what_will_never_be_fed_takes_every_other_job_with_it_at_once() -> None:
    starved = (LEFT_OUT, BLOCKED), (BLOCKED, LEFT_OUT), (LEFT_OUT, BLOCKED)
    assert ends(*starved) == [1, 2, 5]
