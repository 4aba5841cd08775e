"""What a server answers about itself and the matrices it serves: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass

from matrix.errors import Mistake
from orchestrator.views import Label


@dataclass(frozen=True, slots=True)
class Declared:
    """A matrix that can be looked at here, and how the file stands from which it is read.

    `matrix` is None where a file never held one. `file` is "" where none is read now: then
    `is_served` says whether runs can be started (of a packaged matrix), or only history is left.
    Where there are `mistakes`, the revision before them is in force.
    """

    matrix: Label | None
    file: str
    is_served: bool
    mistakes: tuple[Mistake, ...] = ()
