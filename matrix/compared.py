"""What a comparison comes to: a word, who is asked, and one sentence that says why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matrix.comparison import CaseChange, Change, MetricChange, Part
from matrix.paired import fewest
from matrix.status import WRONG, Layer, Status

_NAMED = 2  # metrics that the sentence names


class Found(NamedTuple):
    """What all parts of a comparison say together."""

    change: Change
    layer: Layer
    sentence: str


def found(parts: Sequence[Part]) -> Found:
    """Worse if anything is; better and equal only where everything can tell.

    An open comparison is undecided, as is one in which a job has no complete pair, too few for
    its metrics, or cases that lean to the worse without deciding it.
    """
    if waiting := sum(part.open for part in parts):
        planned = sum(part.planned for part in parts)
        over = f"{planned - waiting} of {_many(planned, 'pair')} ended"
        return Found(Change.UNDECIDED, Layer.NONE, f"Not decided yet: {over}")
    worse, better = (_told(parts, change) for change in (Change.WORSE, Change.BETTER))
    if worse:
        also = f"; but {better}" if better else ""
        return Found(Change.WORSE, _layer(parts), f"Worse: {worse}{also}")
    if doubt := _doubt(parts):
        return Found(Change.UNDECIDED, _to_blame(parts), f"Cannot tell: {doubt}")
    if better:
        return Found(Change.BETTER, Layer.CODE, f"Better: {better}")
    return Found(Change.EQUAL, Layer.NONE, f"No difference seen in {_seen(parts)}")


def _told(parts: Sequence[Part], change: Change) -> str:
    """What of the cases, suites and metrics is worse, or better."""
    cases = [one for part in parts for one in part.cases if one.change is change]
    metrics = [one for part in parts for one in part.metrics if one.change is change]
    whole = sum(1 for one in cases if not one.case)
    own = len(cases) - whole
    was, now = ("failed", "passed") if change is Change.BETTER else ("passed", "failed")
    how = "whole again" if change is Change.BETTER else "broken as a whole"
    told = [f"{_many(own, 'case')} {was} at base and {now} at head"] if own else []
    told += [f"{_many(whole, 'suite')} {how} at head"] if whole else []
    told += [_moved(one) for one in metrics[:_NAMED]]
    more = len(metrics) - _NAMED
    return ", ".join([*told, f"{_many(more, 'metric')} more"] if more > 0 else told)


def _moved(one: MetricChange) -> str:
    measured = one.measured
    name = f"{measured.name} of {measured.case}" if measured.case else measured.name
    if one.ratio is None:
        return f"{name} went from {one.base:g} to {one.head:g} {measured.unit}".rstrip()
    return f"{name} is {abs(one.ratio - 1):.1%} {'higher' if one.ratio > 1 else 'lower'}"


def _doubt(parts: Sequence[Part]) -> str:
    """Why nothing can be said, where there is something that cannot be told."""
    if lacking := [part for part in parts if not part.complete]:
        return f"{_many(len(lacking), 'job')} without a complete pair: {lacking[0].trouble}"
    metrics = [one for part in parts for one in part.metrics]
    few = [len(one.measured.pairs) for one in metrics if one.change is Change.UNDECIDED]
    if few:
        least, named = fewest(len(metrics)), _many(len(metrics), "metric")
        return f"{_many(min(few), 'pair')} cannot decide about {named}, {least} could"
    flaky = sum(1 for part in parts for one in part.cases if _leans_worse(one))
    return f"{_many(flaky, 'case')} failed more often at head than at base" if flaky else ""


def _leans_worse(one: CaseChange) -> bool:
    base, head = (sum(1 for pair in one.pairs if pair[side] in WRONG) for side in (0, 1))
    return one.change is Change.FLAKY and head > base


def _seen(parts: Sequence[Part]) -> str:
    cases = _many(sum(part.compared for part in parts), "case")
    metrics = _many(sum(len(part.metrics) for part in parts), "metric")
    pairs = _many(min((part.complete for part in parts), default=0), "pair")
    return f"{cases} and {metrics}, {pairs} of each job"


def _layer(parts: Sequence[Part]) -> Layer:
    """The code is asked, unless only tests went wrong by themselves."""
    cases = [one for part in parts for one in part.cases if one.change is Change.WORSE]
    is_slower = any(one.change is Change.WORSE for part in parts for one in part.metrics)
    has_failed = any(pair[1] is Status.FAIL for one in cases for pair in one.pairs)
    return Layer.CODE if is_slower or has_failed else Layer.TEST


def _to_blame(parts: Sequence[Part]) -> Layer:
    return next((part.layer for part in parts if not part.complete), Layer.NONE)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
