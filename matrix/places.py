"""Where a suite runs that has a place: at one value of an axis, whatever else the axis lists."""

from __future__ import annotations

from matrix.model import Suite

Pairs = tuple[tuple[str, str], ...]


def displaced(suite: Suite, cell: Pairs, stack: str) -> str:
    """Why a suite does not run in a cell on a stack; "" where it does."""
    if not suite.place:
        return ""
    point = {**dict(cell), "stack": stack}
    if all(point.get(key) == value for key, value in suite.place):
        return ""
    said = ", ".join(f"{key}={value}" for key, value in suite.place)
    return f"suite {suite.name} has its place at {said}"
