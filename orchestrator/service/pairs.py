"""Starts comparisons: a component at head and at base, the same jobs at both, as pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matrix.errors import CoevoError
from matrix.model import PLANNED, Matrix
from matrix.names import shown
from orchestrator.service.carrying import NothingSelected, Wish, chosen, files_of
from orchestrator.service.news import News
from orchestrator.service.pinning import at, pinned
from orchestrator.store.comparing import Compared, Side
from orchestrator.store.runs import Subject, Trigger
from orchestrator.store.store import Store
from orchestrator.store.triggered import start_pairs
from runners.environments.repositories import Repositories

MOST_REPETITIONS = 100
MOST_PAIRS = 5000
_HINT = "say what to compare with: --at COMPONENT=HEAD --against BASE"


@dataclass(frozen=True, slots=True)
class Against:
    """What to compare with, and how often.

    `base` is a version, commit or source; "": where the head has parted from `branch`.
    """

    base: str = ""
    repetitions: int = 1
    branch: str = "HEAD"


def start(  # noqa: PLR0913, PLR0917 - what there is to be planned, with what, and why
    store: Store,
    declared: Matrix,
    wish: Wish,
    against: Against,
    trigger: Trigger,
    news: News,
    repositories: Repositories,
) -> Compared:
    """Start both runs of a comparison; what is wished for names the one component at its head.

    Raises CoevoError where it names none or several, where there is nothing to compare with, and
    where no job can be at both.
    """
    if len(wish.at) != 1:
        raise CoevoError.because("a comparison is of one component at two commits", _HINT)
    if not 1 <= against.repetitions <= MOST_REPETITIONS:
        problem = f"a pair is repeated 1 to {MOST_REPETITIONS} times"
        raise CoevoError.because(problem, "6 decide about one metric")
    matrix, _ = pinned(declared, news, repositories)
    (component,) = wish.at
    moved, heads = at(matrix, wish.at, repositories)
    named = against.base or _parted(heads[0], against.branch, repositories)
    other, bases = at(matrix, {component: named}, repositories)
    change = heads[0]._replace(base=bases[0].head)
    wish = replace(wish, files=files_of(matrix, wish, (change,), repositories))
    head = _side(store, moved, heads, wish)
    base = _side(store, other, bases, replace(wish, at={component: named}))
    head, base = _same_jobs(head, base)
    _check(head, base, against.repetitions)
    return start_pairs(store, base, head, against.repetitions, trigger)


def _side(store: Store, moved: Matrix, subjects: tuple[Subject, ...], wish: Wish) -> Side:
    jobs = chosen(store, moved, subjects, wish)
    return Side(moved, tuple(job for job in jobs if job.status == PLANNED), subjects)


def _parted(head: Subject, branch: str, repositories: Repositories) -> str:
    """Where a pull request has parted from the branch that it is made for."""
    if not head.repository:
        problem = f"{shown(head.head)} of {head.component} comes from no repository with a history"
        raise CoevoError.because(problem, _HINT)
    tip = repositories.commit_of(head.repository, branch)
    return repositories.parting(head.repository, tip, head.head)


def _same_jobs(head: Side, base: Side) -> tuple[Side, Side]:
    """Both with the jobs that they share, in one order; the head knows what its base is."""
    others = {job.id: job for job in base.jobs}
    shared = [job for job in head.jobs if job.id in others]
    about = head.subjects[0]._replace(base=base.subjects[0].head)
    return (
        replace(head, jobs=tuple(shared), subjects=(about,)),
        replace(base, jobs=tuple(others[job.id] for job in shared), subjects=base.subjects[:1]),
    )


def _check(head: Side, base: Side, repetitions: int) -> None:
    if head.subjects[0].head == base.subjects[0].head:
        raise CoevoError.because(f"base and head are both {shown(head.subjects[0].head)}", _HINT)
    if not head.jobs:
        raise NothingSelected.because("no selected job can be at both", _HINT)
    if len(head.jobs) * repetitions > MOST_PAIRS:
        problem = f"that would be {len(head.jobs) * repetitions} pairs of at most {MOST_PAIRS}"
        raise CoevoError.because(problem, "select fewer jobs: --select suite=NAME")
