"""The grid, a cell and a job as they are drawn in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.cli import printing
from matrix.model import ACCELERATOR, SITE
from matrix.verdict import MARKS, CellState, State
from orchestrator.views import AttemptView, Face, Grid, JobView
from runners.foreseen import FORESEEN
from runners.work import CaseResult, Phase

if TYPE_CHECKING:
    from rich.text import Text

    from dashboard.cli.asking import Api

FAILING_CASES = 20
_STATE_COLUMNS = ("suite", "stack", "role", "status", "cases", "age", "reason")
TIMES = "\N{MULTIPLICATION SIGN}"


def grid(api: Api) -> None:
    """The slide: sites down, accelerators across, and what the glyphs mean."""
    found = api.grid()
    _drawn(found, found.matrix.label, api.now())
    if found.playing:
        cells = "cell" if found.playing == 1 else "cells"
        line = f"and {found.playing} {cells} on the playground: coevo show --playground"
        printing.console().print(line, style="bright_black")


def playground(api: Api) -> None:
    """What runners offer on open axes and nobody listed."""
    found = api.playground()
    if found.faces:
        _drawn(found, f"Playground of {found.matrix.label}", api.now())
    else:
        printing.console().print("nobody offers what the file does not list")


def cell(api: Api, site: str, accelerator: str) -> None:
    """One cell: its suites and stacks, and why it is as it is."""
    page, now = api.cell(site, accelerator), api.now()
    screen = printing.console()
    line = printing.painted(page.face.state)
    screen.print(f"{page.site.label} {TIMES} {page.accelerator.label}  ", line, sep="")
    for why in filter(None, (page.why, page.face.reason)):
        screen.print(why, style="bright_black", markup=False)
    printing.table(_STATE_COLUMNS, (_state_row(state, now) for state in page.states))
    if page.playing:
        screen.print("On the playground, which does not count on the grid:", style="bright_black")
        printing.table(_STATE_COLUMNS, (_state_row(state, now) for state in page.playing))


def job(api: Api, found: JobView) -> None:
    """One job: how it ended, its attempts, and the cases that are not fine."""
    screen = printing.console()
    screen.print(_job_line(found))
    for attempt in found.attempts:
        took = printing.lasted(attempt.usage.run_seconds)
        screen.print(
            f"  attempt {attempt.fence} on {attempt.runner}: {attempt.phase}, {took}"
            f"{'  ' + why if (why := attempt.reason or _note(attempt)) else ''}",
            markup=False,
        )
    for rank in api.ranks(found.id):
        line = printing.painted_status(rank.status)
        why = f": {rank.reason}" if rank.reason else ""
        screen.print("  ", line.append(f"  rank {rank.rank} on {rank.node}{why}"), sep="")
    for case in api.bad_cases(found, FAILING_CASES):
        screen.print(_case_line(case))
    if found.repeat:
        screen.print(f"repeat: {found.repeat}", markup=False)


def _note(attempt: AttemptView) -> str:
    """What is going on in it; of one that is over, nothing."""
    return "" if attempt.phase is Phase.ENDED else attempt.note


def _drawn(found: Grid, title: str, now: datetime) -> None:
    screen = printing.console()
    mark = "  SIMULATED" if found.simulated else ""
    screen.print(f"{title}{mark}", style="bold", markup=False)
    printing.table(_headings(found), _rows(found, now))
    screen.print(_legend(found.faces))


def _headings(found: Grid) -> tuple[str, ...]:
    return ("", *(accelerator.label for accelerator in found.accelerators))


def _rows(found: Grid, now: datetime) -> Iterable[tuple[str | Text, ...]]:
    width = len(found.accelerators)
    for row, site in enumerate(found.sites):
        faces = found.faces[row * width : (row + 1) * width]
        yield (site.label, *(_square(face, now) for face in faces))


def _square(face: Face, now: datetime) -> Text:
    square = printing.painted(face.state)
    if face.age_from is not None:
        square.append(f" {printing.lasted((now - face.age_from).total_seconds())}")
    if face.counts.total:
        square.append(f" {face.counts.passed}/{face.counts.total - face.counts.skip}")
    return square


def _legend(faces: Iterable[Face]) -> Text:
    from rich.text import Text

    seen = {face.state for face in faces}
    legend = Text()
    for state in MARKS:
        if state in seen:
            legend.append_text(printing.painted(state)).append("   ")
    return legend


def _state_row(state: CellState, now: datetime) -> tuple[str | Text, ...]:
    status = printing.painted_status(state.status.value) if state.status else _awaited(state)
    age = printing.lasted((now - state.reported_at).total_seconds()) if state.reported_at else ""
    cases = f"{state.counts.passed}/{state.counts.total}" if state.counts.total else ""
    return (
        " ".join((state.suite, *_elsewhere(state))),
        state.stack,
        state.role,
        status,
        cases,
        age,
        state.waits or state.reason or state.unmet,
    )


def _elsewhere(state: CellState) -> Iterator[str]:
    """Where it is on other axes than those of the grid, and its parameters: "dtype=float32"."""
    for name, value in (*state.cell, *state.parameters):
        if name not in {SITE, ACCELERATOR}:
            yield f"{name}={value}"


def _awaited(state: CellState) -> Text:
    if state.running:
        return printing.painted(State.RUNNING)
    if state.unmet:
        return printing.painted(State.NOT_OFFERED)
    return printing.painted(State.QUEUED if state.queued else State.NEW)


def _job_line(found: JobView) -> Text:
    line = printing.painted_status(found.status) if found.status else _state_of(found)
    line.append(f"  {found.name}", style="bold")
    why = found.waiting_for or found.reason
    return line.append(f"  {why}" if why else "", style="bright_black")


def _state_of(found: JobView) -> Text:
    is_busy = found.state in {"leased", "running"}
    return printing.painted(State.RUNNING if is_busy else State.QUEUED)


def _case_line(case: CaseResult) -> Text:
    line = printing.painted_status(case.status)
    foreseen = " (expected)" if case.expected else ""
    line.append(f"{foreseen}  {case.id} {case.dtype}".rstrip(), style="default")
    first, _, rest = case.message.partition("\n")
    known = next((one for one in rest.splitlines() if one.startswith(FORESEEN)), "")
    told = f"{first}; {known}" if known else first
    return line.append(f"  {told}" if told else "", style="bright_black")
