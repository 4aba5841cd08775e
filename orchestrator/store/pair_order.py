"""Pairs in their order: what is due in a chain of them, where some job has just ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from matrix.status import TELLING, Layer, Status
from orchestrator.store.columns import WAITING, End, JobState
from orchestrator.store.open_jobs import OpenJob
from orchestrator.store.policy import Fate

_QUIET = frozenset({End.CANCELLED, End.EXPIRED})


class Half(NamedTuple):
    """One job of a pair: how it stands, and what it asks (the document of its shape).

    `is_fed`: there is all that it uses of other jobs.
    """

    pair: int
    job: OpenJob
    end: End
    status: Status | None
    reason: str
    rank: int
    queued_at: datetime
    expires_at: datetime
    asks: str
    is_fed: bool = True

    @property
    def is_ended(self) -> bool:
        """Whether it has ended."""
        return self.job.state is JobState.ENDED

    @property
    def tells(self) -> bool:
        """Whether there is something to compare with: a result of the suite's own."""
        return self.end is End.REPORTED and self.status in TELLING

    @property
    def stops(self) -> bool:
        """Whether the repetitions after it would end as it did: nobody ran it, or may."""
        skipped = self.end is End.REPORTED and self.status is Status.SKIP
        return self.end in _QUIET or skipped

    @property
    def patience(self) -> timedelta:
        """How long it may wait in the queue."""
        return self.expires_at - self.queued_at


class Pair(NamedTuple):
    """A pair, its jobs in the order in which they run."""

    first: Half
    second: Half

    @property
    def is_over(self) -> bool:
        """Whether both have ended."""
        return self.first.is_ended and self.second.is_ended


class Doomed(NamedTuple):
    """A job that will not run any more, and what becomes of it."""

    job: OpenJob
    fate: Fate


class Step(NamedTuple):
    """What is due: a job begins, alone or `behind` the other one of its pair, or jobs end."""

    begins: Half | None = None
    behind: Half | None = None
    ends: tuple[Doomed, ...] = ()


NOTHING = Step()


def step(chain: Sequence[Pair]) -> Step:
    """What is due in a chain, its pairs in the order of their repetitions."""
    ends: list[Doomed] = []
    for number, pair in enumerate(chain):
        stopping = next((half for half in pair if half.is_ended and half.stops), None)
        if stopping:
            return Step(ends=(*ends, *_rest(chain[number:], stopping)))
        if widowed := _widowed(pair):
            ends.append(widowed)
        elif not pair.is_over:
            return Step(ends=tuple(ends)) if ends else _within(pair)
    return Step(ends=tuple(ends))


def _widowed(pair: Pair) -> Doomed | None:
    """The job of a pair that has nothing to be compared with, and that nobody has begun."""
    for half, other in (pair, pair[::-1]):
        if half.job.state is JobState.BLOCKED and other.is_ended and not other.tells:
            return Doomed(half.job, _fate(other))
    return None


def _within(pair: Pair) -> Step:
    first, second = pair
    if not first.is_ended:
        is_due = first.job.state is JobState.BLOCKED and first.is_fed and second.is_fed
        return Step(begins=first) if is_due else NOTHING
    return Step(begins=second, behind=first) if second.job.state is JobState.BLOCKED else NOTHING


def _rest(pairs: Iterable[Pair], why: Half) -> tuple[Doomed, ...]:
    """All that nobody has begun; what runs already runs to its end."""
    waiting = [half.job for pair in pairs for half in pair if half.job.state in WAITING]
    return tuple(Doomed(job, _fate(why)) for job in waiting)


def _fate(other: Half) -> Fate:
    end = other.end if other.end in _QUIET else End.BLOCKED
    layer = Layer.CAPACITY if other.end is End.EXPIRED else Layer.NONE
    how = other.reason or f"it ended {other.end.value}"
    return Fate(end, Status.SKIP, layer, f"the other job of its pair has no result: {how}")
