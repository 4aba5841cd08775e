"""Decides what a server carries out: what is unfinished, what is not fresh, what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from matrix.errors import CoevoError
from matrix.expand import merged_id, over
from matrix.model import PLANNED, Job, Matrix, Needs, Overrides
from matrix.needs import first_unmet, needs_of
from matrix.occasion import UNTOUCHED, Occasion, minds_paths, named
from matrix.playground import is_on_slide, left_out, listed
from matrix.select import parse_selector, selects
from matrix.trigger import LOCAL
from orchestrator.plan import to_queue, with_feeders
from orchestrator.service.changes import changed
from orchestrator.service.news import News
from orchestrator.service.pinning import at, is_at, pinned
from orchestrator.store import (
    cancelling,
    freshness,
    planning,
    playground,
    read_runs,
    revisions,
    triggered,
)
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.views import RunSummary
from runners.environments.repositories import Repositories
from runners.work import Offer

TAKEN_UP = "the matrix file has changed"
WELCOME = "new on the playground"
_LATEST = 50


class NothingSelected(CoevoError):  # noqa: N818 - as its siblings are named
    """There is no job that a run could be made of."""


class NothingTouched(NothingSelected):
    """There would be jobs, but the change touches the paths of none."""


def begin(  # noqa: PLR0913 - what there is to be planned, and with what
    store: Store,
    declared: Matrix,
    offers: Sequence[Offer],
    news: News,
    repositories: Repositories,
    *,
    once: bool,
) -> int | None:
    """The run to follow: the unfinished one, or a new one; None where all is fresh.

    `once` carries everything out, fresh or not. What nobody offered in earlier runs is dropped
    before it is queued again, so that the queue holds each job at most once.
    """
    planning.save_matrix(store, declared)
    unfinished = _unfinished(store, declared)
    if unfinished is not None:
        if not once and revisions.digest_of(store, unfinished.id) != declared.digest:
            take_up(store, declared, offers, news, repositories)
        return unfinished.id
    matrix, subjects = pinned(declared, news, repositories)
    fresh = frozenset[str]() if once else freshness.fresh(store, matrix)
    is_offered = _offered(matrix, offers)
    jobs = to_queue(playground.jobs(store, matrix), fresh, is_offered)
    if not once and not any(map(is_offered, jobs)):
        return None
    for run in _open(store, matrix):
        cancelling.skip_unoffered(store, run.id)
    return start_run(store, matrix, jobs, Trigger("request", note="coevo up", subjects=subjects))


def take_up(
    store: Store,
    declared: Matrix,
    offers: Sequence[Offer],
    news: News,
    repositories: Repositories,
) -> int | None:
    """Carry out what a new revision asks for beside what goes on; the run, where there is one.

    What waits and is declared otherwise now is withdrawn; what runs already runs to its end.
    """
    planning.save_matrix(store, declared)
    matrix, subjects = pinned(declared, news, repositories)
    pending = freshness.pending(store, matrix)
    cancelling.withdraw(store, pending.outdated)
    known = freshness.fresh(store, matrix) | pending.same
    is_offered = _offered(matrix, offers)
    jobs = to_queue(playground.jobs(store, matrix), known, is_offered)
    if not any(map(is_offered, jobs)):
        return None
    return start_run(store, matrix, jobs, Trigger("request", note=TAKEN_UP, subjects=subjects))


def welcome(store: Store, declared: Matrix, news: News, repositories: Repositories) -> int | None:
    """Carry out what runners made the playground have; the run, where there is anything to do.

    Values for which it has no room are told.
    """
    planning.save_matrix(store, declared)
    news.stands(("playground", declared.name), _crowded(declared, playground.offers(store)))
    matrix, subjects = pinned(declared, news, repositories)
    done = freshness.fresh(store, matrix) | freshness.pending(store, matrix).same
    every, known = playground.jobs(store, matrix), listed(matrix)
    others = {merged_id(job) for job in every if is_on_slide(known, job.cell)}
    jobs = to_queue(every, done | others)
    if not jobs:
        return None
    return start_run(store, matrix, jobs, Trigger("request", note=WELCOME, subjects=subjects))


def _crowded(matrix: Matrix, offers: Sequence[Offer]) -> str:
    """What stays out of a playground that is full, in one line; "" where it is not."""
    out = [
        f"{axis}={value}" for axis, values in left_out(matrix, offers).items() for value in values
    ]
    if not out:
        return ""
    rest = f" and {len(out) - 1} more" if len(out) > 1 else ""
    return f"the playground of {matrix.name} is full: {out[0]}{rest} stays out"


def start_selected(  # noqa: PLR0913, PLR0917 - what there is to be planned, and with what
    store: Store,
    declared: Matrix,
    select: str,
    news: News,
    repositories: Repositories,
    wanted: Mapping[str, str] | None = None,
    owner: str = LOCAL,
) -> int:
    """Start a run of the planned jobs that a selector admits, fresh or not; its id.

    `wanted` maps components to versions, commits or sources to run at: then only suites that take
    one of them, in a run that stands aside of the grid.
    """
    wish = Wish(select, wanted or {})
    note = ", ".join([f"{name} at {what}" for name, what in wish.at.items()])
    trigger = Trigger(owner=owner, note=note or select)
    return start(store, declared, wish, trigger, news, repositories)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is to carry out: the planned jobs that a selector admits ("": all).

    `at` maps components to versions, commits or sources to run at; `changes` holds for every job
    of it that the selector `when` admits.
    Where somebody `has_compared` the change that it is about, `files` are what it touches (None:
    that cannot be told).
    """

    select: str = ""
    at: Mapping[str, str] = field(default_factory=dict)
    changes: Overrides = field(default_factory=Overrides)
    when: str = ""
    files: tuple[str, ...] | None = None
    has_compared: bool = False


def start(  # noqa: PLR0913, PLR0917 - what there is to be planned, with what, and why
    store: Store,
    declared: Matrix,
    wish: Wish,
    trigger: Trigger,
    news: News,
    repositories: Repositories,
) -> int:
    """Start a run of what is wished, fresh or not; its id. The subjects are found here.

    Raises CoevoError where no job is left, or what is wished for is not there.
    """
    return start_at(store, aimed(declared, wish, news, repositories), wish, trigger, repositories)


class Aim(NamedTuple):
    """A matrix with commits for what moves, and what a run of it is therefore about."""

    matrix: Matrix
    subjects: tuple[Subject, ...]


def aimed(declared: Matrix, wish: Wish, news: News, repositories: Repositories) -> Aim:
    """The matrix where the wish wants it; raises CoevoError where that is not there."""
    matrix, subjects = pinned(declared, news, repositories)
    return Aim(*(at(matrix, wish.at, repositories) if wish.at else (matrix, subjects)))


def start_at(
    store: Store, aim: Aim, wish: Wish, trigger: Trigger, repositories: Repositories
) -> int:
    """Start a run of what is wished for at what was found; its id."""
    matrix, subjects = aim
    files = files_of(matrix, wish, subjects, repositories)
    about = replace(trigger, subjects=subjects, aside=bool(wish.at))
    jobs = chosen(store, matrix, subjects, replace(wish, files=files))
    return triggered.start(store, matrix, jobs, about)


def chosen(store: Store, matrix: Matrix, subjects: Sequence[Subject], wish: Wish) -> list[Job]:
    """The jobs of a matrix, that is where the wish wants it, that are to be carried out or told."""
    conditions = parse_selector(wish.select)
    every = playground.jobs(store, matrix, Occasion(named(conditions), wish.files))
    found = [job for job in every if job.status == PLANNED or _is_told(job)]
    jobs = [job for job in found if selects(conditions, point(job))]
    if not jobs:
        raise NothingSelected.because(
            f"no planned job is selected by {wish.select!r}", "`coevo matrix expand` lists the jobs"
        )
    if wish.at:
        jobs = _taking(matrix, jobs, subjects)
    if all(map(_is_told, jobs)):
        raise NothingTouched.because(
            "the change touches the paths of no suite", "`coevo matrix show` lists the suites"
        )
    jobs = [*with_feeders(every, jobs)]
    if wish.changes != Overrides():
        jobs = [_changed(job, wish) for job in jobs]
    return jobs


def files_of(
    matrix: Matrix, wish: Wish, subjects: Sequence[Subject], repositories: Repositories
) -> tuple[str, ...] | None:
    """What the change touches that a run is about; None where there is none, or nobody minds."""
    if wish.has_compared or not wish.at or not minds_paths(matrix):
        return wish.files
    return changed(subjects, repositories)


def _changed(job: Job, wish: Wish) -> Job:
    if not selects(parse_selector(wish.when), point(job)):
        return job
    return replace(job, overrides=over(job.overrides, wish.changes))


def _is_told(job: Job) -> bool:
    """Whether a run has a job only to say why it is not carried out."""
    return UNTOUCHED in job.reason


def _taking(matrix: Matrix, jobs: Sequence[Job], subjects: Sequence[Subject]) -> list[Job]:
    """The jobs whose suite takes a subject, on stacks that are there; others would repeat."""
    components = {one.component for one in subjects}
    taking = {suite.name for suite in matrix.suites if set(suite.takes) & components}
    stacks = {stack.name for stack in matrix.stacks if is_at(stack, subjects)}
    found = [job for job in jobs if job.suite in taking and job.stack in stacks]
    if not found:
        told = ", ".join(sorted(components))
        hint = "a suite names what it takes from the stack: `takes: [COMPONENT]`"
        raise NothingSelected.because(f"no selected job takes {told}", hint)
    return found


def point(job: Job) -> dict[str, str]:
    """What a selector looks at in a job."""
    return {**dict(job.cell), **dict(job.parameters), "suite": job.suite, "stack": job.stack}


def _unfinished(store: Store, matrix: Matrix) -> RunSummary | None:
    """The latest run with jobs that somebody can still take."""
    return next((run for run in _open(store, matrix) if run.ended < run.offered), None)


def _open(store: Store, matrix: Matrix) -> tuple[RunSummary, ...]:
    runs = read_runs.runs(store, matrix.name, 0, _LATEST) or ()
    return tuple(run for run in runs if run.state == "running")


def _offered(matrix: Matrix, offers: Sequence[Offer]) -> Callable[[Job], bool]:
    """Whether somebody here takes a job."""
    return lambda job: not first_unmet(job.cell, _needs(matrix, job), offers)


def _needs(matrix: Matrix, job: Job) -> Needs:
    return needs_of(matrix.suite(job.suite), matrix.stack(job.stack), job.overrides)
