"""From the mistakes of a matrix file to what pages show of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dashboard.web import words
from orchestrator.server_views import Declared


class MistakeRow(NamedTuple):
    """One mistake: where, what, the line with a caret below it, and what to do."""

    place: str
    problem: str
    quoted: str
    hint: str


@dataclass(frozen=True, slots=True)
class MistakesContext:
    """All mistakes of one file, and what that means for its matrix."""

    title: str
    note: str
    rows: tuple[MistakeRow, ...]


def mistakes_context(declared: Declared | None) -> MistakesContext | None:
    """What is wrong in a file; None where nothing is."""
    if declared is None or not declared.mistakes:
        return None
    kept = "The revision before stays in force." if declared.matrix else "It is not served yet."
    return MistakesContext(
        title=f"{declared.file} has {words.plural(len(declared.mistakes), 'mistake')}",
        note=f"{kept} The file is read again as soon as it is saved.",
        rows=tuple(
            MistakeRow(str(one.place or ""), one.problem, one.quoted, one.hint)
            for one in declared.mistakes
        ),
    )
