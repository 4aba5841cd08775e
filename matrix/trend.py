"""Slower or faster: a metric's last values against the cell's own past."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

LAST = 2  # so many values in a row must agree before anybody is told
LEAST_PAST = 3
VALUES_REMEMBERED = 20
RELATIVE = 0.10
SPREADS = 3.0
LEAST_REPLICATES = 4  # of fewer, quartiles are no more than the extremes
CONTENDED_SPREAD = 0.20


def trend(values: Sequence[float], better: str) -> int:
    """-1 slower, 0 level, 1 faster: medians of a metric by report, oldest first.

    The rule: each of the last two values lies on the same side of the median of those before
    them, further off than the larger of 10 % of that median and three times their interquartile
    range (Tukey's fences, widened for few points). Fewer than five values are level. `better`
    is "higher" or "lower".
    """
    past, last = values[:-LAST], values[-LAST:]
    if len(past) < LEAST_PAST:
        return 0
    middle, margin = median(past), _margin(past)
    gains = [value - middle if better == "higher" else middle - value for value in last]
    if all(gain < -margin for gain in gains):
        return -1
    return int(all(gain > margin for gain in gains))


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
    low, middle, high = quantiles(replicates, n=4, method="inclusive")
    return high - low > CONTENDED_SPREAD * abs(middle)


def _margin(past: Sequence[float]) -> float:
    low, _, high = quantiles(past, n=4, method="inclusive")
    return max(RELATIVE * abs(median(past)), SPREADS * (high - low))
