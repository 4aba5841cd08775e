"""From the matrices of a server to what the page that lists them draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.web import marks
from dashboard.web.grid_context import RunContext, headline, run_context, tally
from dashboard.web.marks import Look
from dashboard.web.mistake_context import MistakesContext, mistakes_context
from dashboard.web.shell import Shell, matrix_href
from dashboard.web.strips import Mosaic, mosaic
from orchestrator.server_views import Declared
from orchestrator.views import Grid

Overview = tuple[Declared, Grid | None]


@dataclass(frozen=True, slots=True)
class MatrixCard:
    """One matrix, or a file that never held one (then `href` is "")."""

    href: str
    title: str
    name: str
    colour: str
    headline: str
    tally: tuple[tuple[Look, str], ...]
    mosaic: Mosaic | None
    run: RunContext | None
    file: str
    note: str
    mistakes: MistakesContext | None


@dataclass(frozen=True, slots=True)
class MatricesContext:
    """What `matrices.html` draws."""

    shell: Shell
    matrices: tuple[MatrixCard, ...]


def matrices_context(frame: Shell, found: Iterable[Overview]) -> MatricesContext:
    """All matrices of a server, each with its slide in small."""
    return MatricesContext(frame, tuple(_card(*each) for each in found))


def _card(declared: Declared, grid: Grid | None) -> MatrixCard:
    faces = grid.faces if grid else ()
    looks = tally(faces)
    label = declared.matrix
    return MatrixCard(
        href=matrix_href(label.name) if label else "",
        title=label.label if label else declared.file,
        name=label.name if label else "",
        colour=_colour(declared, looks),
        headline=headline(faces) if grid else "",
        tally=looks,
        mosaic=mosaic([marks.of_state(face.state).colour for face in faces], len(grid.accelerators))
        if grid
        else None,
        run=run_context(grid.run) if grid and grid.run else None,
        file=declared.file,
        note="" if declared.is_served or not label else "not served now: its history only",
        mistakes=mistakes_context(declared),
    )


def _colour(declared: Declared, looks: tuple[tuple[Look, str], ...]) -> str:
    """Of the worst state that a cell has; a file with mistakes wants a person, too."""
    if declared.mistakes:
        return "orange"
    return looks[0][0].colour if looks else "none"
