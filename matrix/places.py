"""Where a suite runs that has a place: at some values of an axis, whatever else it lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from matrix.model import Suite

Pairs = tuple[tuple[str, str], ...]


def displaced(suite: Suite, cell: Pairs, stack: str) -> str:
    """Why a suite does not run in a cell on a stack; "" where it does."""
    if not suite.place:
        return ""
    point = {**dict(cell), "stack": stack}
    fixed = values(suite.place)
    if all(point.get(key) in admitted for key, admitted in fixed.items()):
        return ""
    said = ", ".join(told(key, admitted) for key, admitted in fixed.items())
    return f"suite {suite.name} has its place at {said}"


@lru_cache(maxsize=1024)
def values(place: Pairs) -> Mapping[str, tuple[str, ...]]:
    """The values of each axis that a place names."""
    found: dict[str, list[str]] = {}
    for key, value in place:
        found.setdefault(key, []).append(value)
    return {key: tuple(listed) for key, listed in found.items()}


def told(key: str, admitted: Sequence[str]) -> str:
    """`site=lab` or `site=in(edge,lab)`, as selectors say it."""
    return f"{key}={admitted[0]}" if len(admitted) == 1 else f"{key}=in({','.join(admitted)})"
