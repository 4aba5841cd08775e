"""A measured figure and the goal it is held to."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """`what` was measured, what came out, what was to come out, and whether it did."""

    what: str
    measured: str
    goal: str
    met: bool
