"""Base against head: what pairs of jobs say of each case and each metric, and of all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log
from statistics import median
from typing import NamedTuple

from matrix.paired import ALPHA, Interval, adjusted, centre, fewest, interval, sign, signed_rank
from matrix.status import GOOD, TELLING, WRONG, Layer, Status

Outcomes = tuple[Status | None, Status | None]  # of a case at base and at head; None: not there


class Change(StrEnum):
    """What became of a case or a metric from base to head."""

    WORSE = "worse"
    BETTER = "better"
    EQUAL = "equal"
    FLAKY = "flaky"  # it differs from pair to pair, and not clearly one way
    UNDECIDED = "undecided"  # too few pairs to tell
    NEW = "new"
    GONE = "gone"


class CaseChange(NamedTuple):
    """A case, and what it was at base and at head in each pair; without an id, the whole suite."""

    case: str
    device: str
    dtype: str
    pairs: tuple[Outcomes, ...]
    change: Change


class Measured(NamedTuple):
    """A metric: its value at base and at head in each pair, the median of what a job measured."""

    name: str
    case: str
    unit: str
    better: str
    pairs: tuple[tuple[float, float], ...]


class MetricChange(NamedTuple):
    """What became of a metric.

    `ratio` is head over base (None where a value is not positive), `between` where it lies with
    95 % confidence; `chance` the p-value, for all metrics of the comparison together.
    """

    measured: Measured
    base: float
    head: float
    ratio: float | None
    between: Interval | None
    chance: float
    change: Change


@dataclass(frozen=True, slots=True)
class Part:
    """One suite in one cell: of so many pairs that were planned, so many can be compared.

    `cases` are those that are not equal, `compared` all that there were. `open` pairs are still
    to end; `trouble` is why the others cannot be compared, `layer` who answers for that.
    """

    name: str
    planned: int
    complete: int
    open: int
    compared: int
    cases: tuple[CaseChange, ...]
    metrics: tuple[MetricChange, ...]
    trouble: str = ""
    layer: Layer = Layer.NONE


def case_change(pairs: Sequence[Outcomes]) -> Change:
    """What became of a case: what all pairs agree on, or what chance alone makes hardly ever.

    Where they do not agree, McNemar's exact test over those that changed decides.
    """
    base, head = ({pair[n] in WRONG for pair in pairs if pair[n] in TELLING} for n in (0, 1))
    if not base or not head:
        return Change.NEW if head else Change.GONE if base else Change.EQUAL
    known = [pair for pair in pairs if pair[0] in TELLING and pair[1] in TELLING]
    worse = sum(1 for was, now in known if was in GOOD and now in WRONG)
    better = sum(1 for was, now in known if was in WRONG and now in GOOD)
    is_steady = len(base) == len(head) == 1
    if is_steady and worse == better:
        return Change.EQUAL
    if is_steady or sign(worse, better) <= ALPHA:
        return Change.WORSE if worse > better else Change.BETTER
    return Change.FLAKY


def metric_changes(measured: Sequence[Measured]) -> tuple[MetricChange, ...]:
    """What became of all metrics of a comparison; those without a pair are left out.

    Ratios are compared where all values are positive (by their logarithms), else differences.
    Wilcoxon's signed-rank test decides, corrected by Holm for that many metrics.
    """
    told = [one for one in measured if one.pairs]
    chances = adjusted([signed_rank(_differences(one)) for one in told])
    least = fewest(len(told))
    return tuple(_metric(one, p, least) for one, p in zip(told, chances, strict=True))


def _is_positive(one: Measured) -> bool:
    return all(value > 0 for pair in one.pairs for value in pair)


def _differences(one: Measured) -> list[float]:
    if _is_positive(one):
        return [log(head / base) for base, head in one.pairs]
    return [head - base for base, head in one.pairs]


def _metric(one: Measured, chance: float, least: int) -> MetricChange:
    differences, is_ratio = _differences(one), _is_positive(one)
    middle, bounds = centre(differences), interval(differences)
    between = Interval(exp(bounds.low), exp(bounds.high)) if bounds and is_ratio else None
    if len(one.pairs) < least:
        change = Change.UNDECIDED
    elif chance > ALPHA:
        change = Change.EQUAL
    else:
        change = Change.BETTER if (middle > 0) == (one.better == "higher") else Change.WORSE
    base, head = (median(pair[side] for pair in one.pairs) for side in (0, 1))
    ratio = exp(middle) if is_ratio else None
    return MetricChange(one, base, head, ratio, between, chance, change)
