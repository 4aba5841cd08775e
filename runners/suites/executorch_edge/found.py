"""What a check of a program found."""

from __future__ import annotations

from typing import NamedTuple


class Measured(NamedTuple):
    """A metric; a lower value is better in all of them."""

    name: str
    values: tuple[float, ...]
    unit: str


class Found(NamedTuple):
    """`problem` is "" where all is right. `is_judged`: there is something to be right about."""

    problem: str
    detail: dict[str, object]
    measured: tuple[Measured, ...] = ()
    is_judged: bool = True
