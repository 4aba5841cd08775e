"""What `coevo matrix` prints of a matrix: its grid, its mistakes, the changes to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dashboard.cli import printing
from matrix.diff import Change, Changes, Kind
from matrix.errors import CoevoError, Mistake
from matrix.expand import expand, merged_id
from matrix.model import ACCELERATOR, EXCLUDED, PLANNED, SITE, SKIPPED, Matrix, Suite
from matrix.quantities import seconds
from matrix.verdict import State

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_STATES = {PLANNED: State.NEW, EXCLUDED: State.EXCLUDED, SKIPPED: State.SKIPPED}
_MARKS = {Kind.ADDED: ("+", "green"), Kind.REMOVED: ("-", "red"), Kind.CHANGED: ("~", "blue")}
_COLUMN = 9  # characters that a column of the grid takes at least, its margin included


@dataclass(frozen=True, slots=True)
class Square:
    """One site on one accelerator: its jobs by what becomes of them, shards merged."""

    site: str
    accelerator: str
    planned: int
    excluded: int
    skipped: int


def checked(matrix: Matrix, *, json: bool) -> None:
    """Say that a matrix is sound, and what it makes."""
    counts = Counter(status for _, status in _merged(matrix))
    summary = {
        "ok": True,
        "name": matrix.name,
        "digest": matrix.digest,
        "planned": counts[PLANNED],
        "excluded": counts[EXCLUDED],
        "skipped": counts[SKIPPED],
    }
    if json:
        printing.as_json(summary)
    else:
        printing.console().print(f"{matrix.file}: fine, {_counted(counts)}", markup=False)


def mistakes(error: CoevoError) -> None:
    """The mistakes as JSON, for editors and bots."""
    printing.as_json({"ok": False, "mistakes": [_mistake(each) for each in error.mistakes]})


def grid(matrix: Matrix, *, json: bool) -> None:
    """The matrix as the slide shows it, with what it is made of below."""
    found = squares(matrix)
    if json:
        printing.as_json(_document(matrix, found))
        return
    console = printing.console()
    sites = len(matrix.axis(ACCELERATOR).values) + 1
    picture = _table if console.width >= sites * _COLUMN else _list
    console.print(_heading(matrix))
    console.print(picture(matrix, found))
    console.print(_legend(found))
    console.print(_contents(matrix))


def changes(found: Changes, *, json: bool) -> None:
    """The changes from one matrix to another, cells first."""
    if json:
        parts = {"cells": found.cells, "jobs": found.jobs}
        printing.as_json({k: [asdict(change) for change in part] for k, part in parts.items()})
        return
    console = printing.console()
    if not found.jobs:
        console.print("the same jobs")
    for title, part in (("Cells", found.cells), ("Jobs", found.jobs)):
        if part:
            console.print(title, style="bold")
        for change in part:
            console.print(_change(change))


def squares(matrix: Matrix) -> tuple[Square, ...]:
    """The grid, row by row."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for place, status in _merged(matrix):
        counts.setdefault(place, Counter())[status] += 1
    return tuple(
        Square(site.name, kind.name, there[PLANNED], there[EXCLUDED], there[SKIPPED])
        for site in matrix.axis(SITE).values
        for kind in matrix.axis(ACCELERATOR).values
        for there in [counts.get((site.name, kind.name), Counter())]
    )


def _merged(matrix: Matrix) -> list[tuple[tuple[str, str], str]]:
    """Site and accelerator, and status, of each job; shards merged."""
    jobs = {merged_id(job): job for job in expand(matrix)}
    cells = [(dict(job.cell), job.status) for job in jobs.values()]
    return [((cell[SITE], cell[ACCELERATOR]), status) for cell, status in cells]


def _mistake(mistake: Mistake) -> dict[str, object]:
    place = asdict(mistake.place) if mistake.place else {"file": "", "line": 0, "column": 0}
    return {**place, "problem": mistake.problem, "hint": mistake.hint, "excerpt": mistake.excerpt}


def _document(matrix: Matrix, found: Sequence[Square]) -> dict[str, object]:
    return {
        "name": matrix.name,
        "label": matrix.label,
        "digest": matrix.digest,
        "axes": {axis.name: [value.name for value in axis.values] for axis in matrix.axes},
        "open": [axis.name for axis in matrix.axes if axis.open],
        "suites": [suite.name for suite in matrix.suites],
        "stacks": {stack.name: dict(stack.components) for stack in matrix.stacks},
        "cells": [asdict(square) for square in found],
    }


def _heading(matrix: Matrix) -> Text:
    from rich.text import Text

    return Text.assemble(
        (matrix.label, "bold"),
        (f"  {matrix.name} · revision {matrix.digest[:12]}\n", "bright_black"),
    )


def _table(matrix: Matrix, found: Sequence[Square]) -> RenderableType:
    from rich import box
    from rich.table import Table

    columns = matrix.axis(ACCELERATOR).values
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("")
    for value in columns:
        table.add_column(value.label, min_width=_COLUMN - 2)
    for row, site in enumerate(matrix.axis(SITE).values):
        cells = found[row * len(columns) : (row + 1) * len(columns)]
        table.add_row(_bold(site.label), *map(_square, cells))
    return table


def _list(matrix: Matrix, found: Sequence[Square]) -> RenderableType:
    """The grid as lines, where the terminal is too narrow for its columns."""
    from rich.table import Table

    del matrix
    table = Table(box=None, show_header=False, pad_edge=False)
    for square in found:
        table.add_row(f"{square.site}/{square.accelerator}", _square(square))
    return table


def _bold(text: str) -> Text:
    from rich.text import Text

    return Text(text, style="bold")


def _square(square: Square) -> Text:
    """`○ 3 · 1`: three planned, one excluded."""
    from rich.text import Text

    counts = {PLANNED: square.planned, SKIPPED: square.skipped, EXCLUDED: square.excluded}
    parts = [printing.painted(_STATES[key], str(count)) for key, count in counts.items() if count]
    return Text(" ").join(parts) if parts else Text("—", style="bright_black")


def _legend(found: Sequence[Square]) -> Text:
    from rich.text import Text

    sums = {
        PLANNED: sum(square.planned for square in found),
        SKIPPED: sum(square.skipped for square in found),
        EXCLUDED: sum(square.excluded for square in found),
    }
    parts = [printing.painted(_STATES[key], f"{count} {key}") for key, count in sums.items()]
    return Text("   ").join(parts).append("\n")


def _contents(matrix: Matrix) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    for axis in matrix.axes:
        if axis.name not in (SITE, ACCELERATOR):
            table.add_row(_bold(axis.name), ", ".join(value.label for value in axis.values))
    if is_open := [axis.name for axis in matrix.axes if axis.open]:
        table.add_row(_bold("open"), f"{', '.join(is_open)}: other values play beside the grid")
    for number, suite in enumerate(matrix.suites):
        table.add_row(_bold("" if number else "suites"), f"{suite.name}", _suite(matrix, suite))
    for number, stack in enumerate(matrix.stacks):
        versions = ", ".join(f"{component} {version}" for component, version in stack.components)
        table.add_row(_bold("" if number else "stacks"), stack.name, versions)
    return table


def _suite(matrix: Matrix, suite: Suite) -> str:
    shards = f"{suite.shards} shards" if suite.shards > 1 else ""
    timeout = f"at most {seconds(suite.timeout or matrix.policies.timeout)}"
    takes = f"takes {', '.join(suite.takes)}" if suite.takes else ""
    return ", ".join(part for part in (suite.label, shards, timeout, takes) if part)


def _change(change: Change) -> Text:
    from rich.text import Text

    mark, style = _MARKS[change.kind]
    where = f"{change.file}:{change.line}" if change.line else change.file
    detail = f"  {change.detail}" if change.detail else ""
    return Text.assemble((f"  {mark} {change.id}", style), detail, (f"  {where}", "bright_black"))


def _counted(counts: Counter[str]) -> str:
    parts = [f"{counts[key]:,} {key}" for key in (PLANNED, EXCLUDED, SKIPPED) if counts[key]]
    return f"jobs: {', '.join(parts) or 'none'}"
