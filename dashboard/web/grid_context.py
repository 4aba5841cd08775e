"""From the view of a grid to what `grid.html` draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from dashboard.web import marks, words
from dashboard.web.face_context import FaceContext, face_context
from dashboard.web.marks import Look
from dashboard.web.mistake_context import MistakesContext, mistakes_context
from dashboard.web.shell import Shell, matrix_href
from matrix.verdict import State
from orchestrator.server_views import Declared
from orchestrator.views import Change, Face, Grid, Label, RunSummary

DENSE_FROM = 200  # faces; beyond it a face is its glyph and word alone
_CHANGES_SHOWN = 8


class Summary(NamedTuple):
    """A row's or a column's worst state, and how many of its faces have it."""

    look: Look
    text: str


@dataclass(frozen=True, slots=True)
class RowContext:
    """A site and its faces."""

    label: str
    summary: Summary
    faces: tuple[FaceContext, ...]


@dataclass(frozen=True, slots=True)
class ColumnContext:
    """An accelerator."""

    label: str
    summary: Summary


@dataclass(frozen=True, slots=True)
class RunContext:
    """How far a run is."""

    href: str
    title: str
    look: Look
    ended: int
    offered: int
    text: str
    rest: str
    note: str


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """One of the last changes."""

    href: str
    where: str
    what: str
    before: Look
    after: Look
    age: str
    age_iso: str


class LegendGroup(NamedTuple):
    """One colour of the legend."""

    meaning: str
    colour: str
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class GridContext:
    """What `grid.html` and its fragment `_grid.html` draw."""

    shell: Shell
    mistakes: MistakesContext | None
    title: str
    caption: str
    headline: str
    tally: tuple[tuple[Look, str], ...]
    columns: tuple[ColumnContext, ...]
    rows: tuple[RowContext, ...]
    dense: bool
    run: RunContext | None
    changes: tuple[ChangeContext, ...]
    playing: str
    playground: str
    legend: tuple[LegendGroup, ...]
    version: int


def grid_context(
    frame: Shell, grid: Grid, now: datetime, declared: Declared | None = None
) -> GridContext:
    """The slide at `now`, and what is wrong in the file that declares it."""
    width = len(grid.accelerators)
    lines = [grid.faces[at : at + width] for at in range(0, len(grid.faces), width or 1)]
    dense = len(grid.faces) >= DENSE_FROM
    shown = _changes(grid, now)
    return GridContext(
        shell=frame,
        mistakes=mistakes_context(declared),
        title=grid.matrix.label,
        caption=_caption(grid),
        headline=headline(grid.faces),
        tally=tally(grid.faces),
        columns=tuple(
            ColumnContext(accelerator.label, summary(grid.faces[index::width]))
            for index, accelerator in enumerate(grid.accelerators)
        ),
        rows=tuple(
            RowContext(
                site.label,
                summary(faces),
                tuple(face_context(grid.matrix.name, face, now, dense=dense) for face in faces),
            )
            for site, faces in zip(grid.sites, lines, strict=True)
        ),
        dense=dense,
        run=run_context(grid.run) if grid.run else None,
        changes=shown,
        playing=words.plural(grid.playing, "cell") if grid.playing else "",
        playground=matrix_href(grid.matrix.name, "playground"),
        legend=legend(),
        version=grid.version,
    )


def summary(faces: Iterable[Face]) -> Summary:
    """The worst state among faces: "failing 2 of 5", or "passing" where all share it."""
    counted = Counter(face.state for face in faces)
    if not counted:
        return Summary(marks.of_state(State.NOT_OFFERED), "")
    worst = next(state for state in marks.STATES_WORST_FIRST if counted[state])
    count, look = counted[worst], marks.of_state(worst)
    is_shared = count == counted.total()
    return Summary(look, f"all {look.word}" if is_shared else f"{count} {look.word}")


def run_context(run: RunSummary) -> RunContext:
    """A run in one line: "7 of 20 jobs", and apart from it "16 not offered"."""
    rest = run.jobs - run.offered
    return RunContext(
        href=matrix_href(run.matrix, "runs", run.id),
        title=f"Run {run.id}",
        look=marks.of_run(run.state, words.bad(run.counts)),
        ended=run.ended,
        offered=run.offered,
        text=f"{words.number(run.ended)} of {words.plural(run.offered, 'job')}",
        rest=f"{words.number(rest)} not offered" if rest > 0 else "",
        note=run.note,
    )


@lru_cache(maxsize=1)
def legend() -> tuple[LegendGroup, ...]:
    """All states by what they ask of the reader."""
    return tuple(
        LegendGroup(meaning, colour.value, tuple(map(marks.of_state, states)))
        for meaning, colour, states in marks.LEGEND
    )


def _changes(grid: Grid, now: datetime) -> tuple[ChangeContext, ...]:
    labels = {
        **{("site", label.name): label.label for label in grid.sites},
        **{("accelerator", label.name): label.label for label in grid.accelerators},
    }
    return tuple(
        _change(grid.matrix.name, labels, change, now) for change in grid.changes[:_CHANGES_SHOWN]
    )


def _change(
    matrix: str, labels: dict[tuple[str, str], str], change: Change, now: datetime
) -> ChangeContext:
    site = labels.get(("site", change.site), change.site)
    accelerator = labels.get(("accelerator", change.accelerator), change.accelerator)
    return ChangeContext(
        href=matrix_href(matrix, "jobs", change.job)
        if change.job
        else matrix_href(matrix, "cells", change.site, change.accelerator),
        where=f"{site} × {accelerator}",  # noqa: RUF001 - the sign of a crossing
        what=f"{change.suite} on {change.stack}",
        before=marks.of_state_word(change.before),
        after=marks.of_state_word(change.after),
        age=words.age(change.at, now),
        age_iso=words.iso(change.at),
    )


def _caption(grid: Grid) -> str:
    return (
        f"{grid.matrix.label}: {_several(grid.sites, 'site')} down, "
        f"{_several(grid.accelerators, 'accelerator')} across"
    )


def _several(labels: tuple[Label, ...], noun: str) -> str:
    return words.plural(len(labels), noun)


def headline(faces: tuple[Face, ...]) -> str:
    """What a slide says in one sentence."""
    colours: Counter[str] = Counter()
    for state, count in Counter(face.state for face in faces).items():
        colours[marks.of_state(state).colour] += count
    orange, offered = colours["orange"], len(faces) - colours["none"]
    if not offered:
        return "No hardware offers a cell yet"
    if orange:
        verb = "needs" if orange == 1 else "need"
        return f"{orange} of {words.plural(offered, 'cell')} {verb} a look"
    verb = "is" if offered == 1 else "are"
    return f"{colours['green']} of {words.plural(offered, 'offered cell')} {verb} fine"


def tally(faces: tuple[Face, ...]) -> tuple[tuple[Look, str], ...]:
    """How many faces are in which state, the worst first."""
    counted = Counter(face.state for face in faces)
    return tuple(
        (marks.of_state(state), words.number(counted[state]))
        for state in marks.STATES_WORST_FIRST
        if counted[state]
    )
