"""What a check of an engine found."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """`problem` is "" where all is right; `detail` says the tolerance and what was used of it."""

    problem: str
    detail: dict[str, object]
