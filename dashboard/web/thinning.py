"""Fewer points that draw the same line: the first, lowest, highest and last of every step.

M4, of U. Jugel, Z. Jerzak, G. Hackenbroich, V. Markl, "M4: A Visualization-Oriented Time Series
Data Aggregation", PVLDB 7(10), 2014: a line through these four of each column of pixels covers the
pixels that a line through all points does.
"""

from __future__ import annotations

from collections.abc import Sequence


def thinned(xs: Sequence[float], ys: Sequence[float], steps: int) -> list[int]:
    """Which points to keep of those sorted by x, in order; all where that saves nothing."""
    if len(xs) <= 4 * steps:
        return list(range(len(xs)))
    kept: set[int] = set()
    for group in _steps(xs, steps):
        kept |= {group[0], group[-1], *_extremes(group, ys)}
    return sorted(kept)


def extremes(xs: Sequence[float], ys: Sequence[float], steps: int) -> list[int]:
    """Only the lowest and the highest of every step, the very first and the very last."""
    if len(xs) <= 2 * steps:
        return list(range(len(xs)))
    kept = {0, len(xs) - 1}
    for group in _steps(xs, steps):
        kept |= {*_extremes(group, ys)}
    return sorted(kept)


def _extremes(group: Sequence[int], ys: Sequence[float]) -> tuple[int, int]:
    return min(group, key=ys.__getitem__), max(group, key=ys.__getitem__)


def _steps(xs: Sequence[float], steps: int) -> list[list[int]]:
    first, span = xs[0], (xs[-1] - xs[0]) or 1.0
    groups: list[list[int]] = [[] for _ in range(steps)]
    for index, x in enumerate(xs):
        groups[min(steps - 1, int((x - first) / span * steps))].append(index)
    return [group for group in groups if group]
