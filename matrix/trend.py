"""Slower or faster: a metric's last values against the cell's own past."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import NamedTuple

LAST = 2  # so many values in a row must agree before anybody is told
LEAST_PAST = 3
VALUES_REMEMBERED = 20
RELATIVE = 0.10
SPREADS = 3.0
LEAST_REPLICATES = 4  # of fewer, quartiles are no more than the extremes
CONTENDED_SPREAD = 0.20
_SIGNS = {"higher": 1, "lower": -1}


class Judged(NamedTuple):
    """What a value was held against: the middle of its past, how far off counts, and the trend."""

    middle: float
    margin: float
    trend: int


def trend(values: Sequence[float], better: str) -> int:
    """-1 slower, 0 level, 1 faster: medians of a metric by report, oldest first.

    The rule: each of the last two values lies on the same side of the median of those before
    them, further off than the larger of 10 % of that median and three times their interquartile
    range (Tukey's fences, widened for few points). Fewer than five values are level, and so is
    what nobody said of whether "higher" or "lower" is `better`.
    """
    found = _judged(sorted(values[:-LAST]), values[-LAST:], better)
    return found.trend if found else 0


def judged(values: Sequence[float], better: str) -> tuple[Judged | None, ...]:
    """What `trend` said as each value came, of as many as are remembered; None of too few."""
    past: list[float] = []  # in order of size, so that each step costs two searches
    found: list[Judged | None] = []
    for index in range(len(values)):
        if index >= LAST:
            insort(past, values[index - LAST])
        if index >= VALUES_REMEMBERED:
            del past[bisect_left(past, values[index - VALUES_REMEMBERED])]
        found.append(_judged(past, values[max(0, index + 1 - LAST) : index + 1], better))
    return tuple(found)


def worst_trend(trends: Sequence[int]) -> int:
    """One word for several metrics: slower if any is, else faster if any is."""
    return -1 if -1 in trends else max(trends, default=0)


def is_contended(replicates: Sequence[float]) -> bool:
    """Whether replicates of one measurement lie too far apart to say anything.

    Their interquartile range is more than 20 % of their median: something else was at work, and
    their median is neither to be judged nor to be remembered.
    """
    if len(replicates) < LEAST_REPLICATES:
        return False
    values = sorted(replicates)
    spread = _quartile(values, 3) - _quartile(values, 1)
    return spread > CONTENDED_SPREAD * abs(_quartile(values, 2))


def _judged(past: Sequence[float], last: Sequence[float], better: str) -> Judged | None:
    """The last values against their past, which is sorted; None where that is too short."""
    if len(past) < LEAST_PAST:
        return None
    middle, margin = _quartile(past, 2), _margin(past)
    gains = [_SIGNS.get(better, 0) * (value - middle) for value in last]
    slower = all(gain < -margin for gain in gains)
    return Judged(middle, margin, -1 if slower else int(all(gain > margin for gain in gains)))


def _margin(past: Sequence[float]) -> float:
    return max(
        RELATIVE * abs(_quartile(past, 2)), SPREADS * (_quartile(past, 3) - _quartile(past, 1))
    )


def _quartile(values: Sequence[float], number: int) -> float:
    """Of sorted values, the extremes of which are those of the population (R's type 7)."""
    place, rest = divmod(number * (len(values) - 1), 4)
    if not rest:
        return values[place]
    return (values[place] * (4 - rest) + values[place + 1] * rest) / 4
