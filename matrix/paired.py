"""Statistics of pairs: exact tests and an estimate for a few paired measurements. Pure.

All tests are two-sided and exact, by the standard library alone. Sources: F. Wilcoxon,
"Individual comparisons by ranking methods" (Biometrics Bulletin 1, 1945); W. J. Conover,
"Practical Nonparametric Statistics", 3rd edition, 3.4 (sign test) and 5.7 (signed ranks, ties by
mid-ranks); M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", 2nd edition, 3.2
and 3.3 (estimate and interval); S. Holm, "A simple sequentially rejective multiple test
procedure" (Scandinavian Journal of Statistics 6, 1979).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, combinations_with_replacement
from math import comb
from statistics import median
from typing import NamedTuple

ALPHA = 0.05  # a difference that chance makes less often than this is told


class Interval(NamedTuple):
    """Between which bounds something lies, as far as is known."""

    low: float
    high: float


def signed_rank(differences: Sequence[float]) -> float:
    """The p-value of Wilcoxon's signed-rank test that differences lie around zero.

    Zeros are left out, equal sizes share their ranks; the distribution is that of these very
    ranks, every sign being as likely as its opposite. Without any difference it is 1.
    """
    told = sorted((abs(one), one > 0) for one in differences if one)
    ranks = _doubled_ranks([size for size, _ in told])
    positive = sum(rank for rank, (_, is_positive) in zip(ranks, told, strict=True) if is_positive)
    ways = _ways(ranks)
    tail = sum(ways[: min(positive, sum(ranks) - positive) + 1])
    return min(1.0, 2 * tail / (1 << len(ranks)))


def sign(more: int, less: int) -> float:
    """The p-value of the sign test: so many pairs changed one way, so many the other.

    For pairs of outcomes this is McNemar's exact test.
    """
    tail = sum(comb(more + less, count) for count in range(min(more, less) + 1))
    return min(1.0, 2 * tail / (1 << (more + less)))


def centre(differences: Sequence[float]) -> float:
    """The Hodges-Lehmann estimate: the median of the means of any two differences."""
    return median(_walsh(differences))


def interval(differences: Sequence[float], alpha: float = ALPHA) -> Interval | None:
    """Where the centre lies with a confidence of at least 1 - alpha; None for too few pairs.

    The bounds are the means of two that the signed-rank test does not reject.
    """
    count = len(differences)
    below = list(accumulate(_ways([2 * rank for rank in range(1, count + 1)])[::2]))
    rejected = sum(1 for ways in below if 2 * ways <= alpha * 2**count)
    if not rejected:
        return None
    means = _walsh(differences)
    return Interval(means[rejected - 1], means[-rejected])


def fewest(tests: int, alpha: float = ALPHA) -> int:
    """How many pairs there must be at least so that one of so many tests can decide.

    The smallest p-value of n pairs is 2 / 2^n, and Holm multiplies the smallest of m by m.
    """
    pairs = 1
    while max(tests, 1) * 2 / 2**pairs > alpha:
        pairs += 1
    return pairs


def adjusted(values: Sequence[float]) -> tuple[float, ...]:
    """Holm's p-values of several tests: what holds for all of them at once, in their order."""
    order = sorted(range(len(values)), key=values.__getitem__)
    steps = (min(1.0, (len(values) - place) * values[test]) for place, test in enumerate(order))
    found = dict(zip(order, accumulate(steps, max), strict=True))
    return tuple(found[test] for test in range(len(values)))


def _doubled_ranks(sizes: Sequence[float]) -> list[int]:
    """Ranks of sorted sizes, equal ones sharing their mean rank; doubled, so that all are whole."""
    return [
        bisect_left(sizes, size) + 1 + bisect_left(sizes, size) + sizes.count(size)
        for size in sizes
    ]


def _ways(ranks: Sequence[int]) -> list[int]:
    """In how many ways some of these ranks have each sum, from 0 on."""
    ways = [1] + [0] * sum(ranks)
    for rank in ranks:
        for total in range(len(ways) - 1, rank - 1, -1):
            ways[total] += ways[total - rank]
    return ways


def _walsh(differences: Sequence[float]) -> list[float]:
    return sorted((a + b) / 2 for a, b in combinations_with_replacement(differences, 2))
