"""From commits and versions of components to what their pages draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from dashboard.web import marks, words
from dashboard.web.face_context import FaceContext
from dashboard.web.grid_context import GridContext, grid_context
from dashboard.web.marks import Look
from dashboard.web.shell import Shell, matrix_href
from orchestrator.commit_views import Commit, CommitPage, CommitVerdict, Shift

_SHA256 = 64  # digits, by which a wheel is called


class Beat(NamedTuple):
    """A commit in a strip or a list; `name` is what a screen reader says of it.

    `age` is that of its last run, `made` its own where it is known. `mark` says what is no commit
    of the branch: the head of a pull request, or a wheel.
    """

    href: str
    short: str
    name: str
    look: Look
    counts: tuple[tuple[str, str, str], ...]
    told: str
    age: str
    age_iso: str
    current: bool
    title: str
    made: str
    made_iso: str
    mark: str


@dataclass(frozen=True, slots=True)
class Trunk:
    """A component's commits, oldest first."""

    component: str
    repository: str
    beats: tuple[Beat, ...]
    has_titles: bool


class Other(NamedTuple):
    """A commit to compare with, as a choice of a form."""

    value: str
    word: str
    checked: bool


class ShiftRow(NamedTuple):
    """A verdict that changed; the jobs behind it lie at `href`."""

    href: str
    name: str
    before: Look
    after: Look


class VerdictRow(NamedTuple):
    """What was found of one suite in one cell."""

    href: str
    name: str
    look: Look
    reason: str
    counts: tuple[tuple[str, str, str], ...]
    age: str
    age_iso: str


@dataclass(frozen=True, slots=True)
class CommitsContext:
    """What `commits.html` draws."""

    shell: Shell
    trunks: tuple[Trunk, ...]
    comparisons: str
    command: str


@dataclass(frozen=True, slots=True)
class CommitContext:
    """What `commit.html` draws."""

    shell: Shell
    title: str
    head: str
    origin: str
    beat: Beat
    run: str
    run_href: str
    trunk: Trunk
    action: str
    others: tuple[Other, ...]
    against: Beat | None
    shifts: tuple[ShiftRow, ...]
    grid: GridContext
    verdicts: tuple[VerdictRow, ...]
    command: str


def commits_context(
    frame: Shell, matrix: str, commits: Iterable[Commit], now: datetime
) -> CommitsContext:
    """The trunk of each component, of commits with the newest first."""
    ordered = sorted(commits, key=lambda one: one.component)
    groups = [list(group)[::-1] for _, group in groupby(ordered, key=lambda one: one.component)]
    trunks = tuple(_trunk(matrix, group, now) for group in groups)
    comparisons = matrix_href(matrix, "pairs")
    return CommitsContext(frame, trunks, comparisons, "coevo run --at COMPONENT=COMMIT")


def commit_context(frame: Shell, page: CommitPage, now: datetime) -> CommitContext:
    """One commit with all its cells."""
    matrix, commit = page.matrix.name, page.commit
    beat = _beat(matrix, commit, now)
    oldest_first = list(reversed(page.trunk))
    return CommitContext(
        shell=frame,
        title=f"{commit.component} at {beat.short}",
        head=commit.head,
        origin=commit.repository,
        beat=beat,
        run=f"Run {commit.run}",
        run_href=matrix_href(matrix, "runs", commit.run),
        trunk=_trunk(matrix, oldest_first or [commit], now, commit.head),
        action=matrix_href(matrix, "at", commit.component, commit.head),
        others=tuple(_others(page)),
        against=_beat(matrix, page.against, now) if page.against else None,
        shifts=tuple(_shift(matrix, commit.run, one) for one in page.shifts),
        grid=_led(page, grid_context(frame, page.grid, now)),
        verdicts=tuple(_verdict(matrix, one, now) for one in page.verdicts),
        command=f"coevo run --at {commit.component}={commit.head} --wait",
    )


def _others(page: CommitPage) -> Iterator[Other]:
    """The other commits, newest first, with the one that this one is beside."""
    against = page.against
    older = (against,) if against and against not in page.trunk else ()
    for one in (*page.trunk, *older):
        if one.head != page.commit.head:
            word = f"{words.commit(one.head)} {one.title}".rstrip()
            yield Other(one.head, word, against is not None and one.head == against.head)


def _led(page: CommitPage, grid: GridContext) -> GridContext:
    """The grid, each square leading to the jobs of this commit behind it."""
    behind = {(one.site, one.accelerator): one.run for one in page.verdicts}
    rows = []
    for site, row in zip(page.grid.sites, grid.rows, strict=True):
        faces: list[FaceContext] = []
        for kind, face in zip(page.grid.accelerators, row.faces, strict=True):
            run = behind.get((site.name, kind.name))
            query = {"site": site.name, "accelerator": kind.name}
            href = face.href if run is None else _jobs(page.matrix.name, run, **query)
            faces.append(replace(face, href=href, hint=face.hint if run else "not run"))
        rows.append(replace(row, faces=tuple(faces)))
    return replace(grid, rows=tuple(rows))


def _trunk(matrix: str, commits: list[Commit], now: datetime, current: str = "") -> Trunk:
    beats = tuple(_beat(matrix, one, now, current) for one in commits)
    has_titles = any(beat.title for beat in beats)
    return Trunk(commits[-1].component, commits[-1].repository, beats, has_titles)


def _beat(matrix: str, commit: Commit, now: datetime, current: str = "") -> Beat:
    offered = commit.verdicts - commit.unoffered
    look = marks.of_verdict(commit.status, is_open=commit.ended < offered)
    told = f"{words.number(commit.ended)} of {words.plural(offered, 'verdict')}"
    if commit.unoffered:
        told += f", {words.number(commit.unoffered)} not offered"
    return Beat(
        href=matrix_href(matrix, "at", commit.component, commit.head),
        short=words.commit(commit.head),
        name=f"{commit.component} at {words.commit(commit.head)}: {look.word}"
        + (f", {mark}" if (mark := _mark(commit)) else "")
        + (f", {commit.title}" if commit.title else ""),
        look=look,
        counts=words.detailed(commit.counts),
        told=told,
        age=words.age(commit.at, now),
        age_iso=words.iso(commit.at),
        current=commit.head == current,
        title=commit.title,
        made=words.age(commit.committed_at, now) if commit.committed_at else "",
        made_iso=words.iso(commit.committed_at),
        mark=mark,
    )


def _mark(commit: Commit) -> str:
    """What a head is that is no commit of the branch; "" for one, and for a version."""
    if commit.request:
        return f"request {commit.request}"
    is_wheel = "://" in commit.head or (not commit.repository and len(commit.head) == _SHA256)
    return "wheel" if is_wheel else ""


def _shift(matrix: str, run: int, shift: Shift) -> ShiftRow:
    return ShiftRow(
        href=_jobs(matrix, run, q=shift.name),
        name=shift.name,
        before=marks.of_verdict(shift.before, is_open=False),
        after=marks.of_verdict(shift.after, is_open=False),
    )


def _verdict(matrix: str, verdict: CommitVerdict, now: datetime) -> VerdictRow:
    waits = marks.of_waiting(verdict.unmet, is_running=verdict.running)
    return VerdictRow(
        href=_jobs(matrix, verdict.run, q=verdict.name),
        name=verdict.name,
        look=marks.of_status(verdict.status) if verdict.status else waits,
        reason=verdict.reason or verdict.unmet,
        counts=words.detailed(verdict.counts),
        age=words.age(verdict.ended_at, now) if verdict.ended_at else "",
        age_iso=words.iso(verdict.ended_at),
    )


def _jobs(matrix: str, run: int, **query: str) -> str:
    """The jobs of a run behind something, as a list."""
    return f"{matrix_href(matrix, 'runs', run)}?{urlencode(query)}"
