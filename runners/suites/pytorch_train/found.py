"""What a check of a training found."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """`problem` is "" where all is right; `rates` are the steps per second of each ten steps."""

    problem: str
    detail: dict[str, object]
    rates: tuple[float, ...] = ()
