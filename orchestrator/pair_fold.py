"""What the reports of pairs say, folded: each job's pairs to its cases and metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from matrix.comparison import (
    CaseChange,
    Change,
    Measured,
    MetricChange,
    Part,
    case_change,
    metric_changes,
)
from matrix.status import Layer, Status
from orchestrator.pair_views import PairView, PartView

Case = tuple[str, str, str]  # its id, its device, its dtype
Metric = tuple[str, str, str, str]  # its name, its case, its unit, which direction is better
_TURNED = frozenset({Change.WORSE, Change.BETTER, Change.FLAKY})


class Chain(NamedTuple):
    """The pairs of one job, in their order, and what it is."""

    name: str
    site: str
    accelerator: str
    suite: str
    stack: str
    pairs: tuple[PairView, ...]

    @property
    def complete(self) -> tuple[PairView, ...]:
        """The pairs that can be compared."""
        return tuple(pair for pair in self.pairs if pair.is_complete)


class Said(NamedTuple):
    """What reports say, by their ids: cases that somewhere did not pass, and metrics' medians.

    A metric whose replicates are contended is none of them.
    """

    cases: Mapping[int, Mapping[Case, Status]]
    totals: Mapping[int, int]
    metrics: Mapping[int, Mapping[Metric, float]]


def folded(chains: Sequence[Chain], said: Said) -> tuple[PartView, ...]:
    """Every job's part in the comparison; metrics are judged together, for they share a chance."""
    measured = [[one for one in _measured(chain, said) if one.pairs] for chain in chains]
    told = iter(metric_changes([one for each in measured for one in each]))
    return tuple(
        _part(chain, said, [next(told) for _ in each])
        for chain, each in zip(chains, measured, strict=True)
    )


def _part(chain: Chain, said: Said, metrics: Iterable[MetricChange]) -> PartView:
    complete = chain.complete
    troubles = [pair for pair in chain.pairs if pair.trouble]
    part = Part(
        name=chain.name,
        planned=len(chain.pairs),
        complete=len(complete),
        open=sum(1 for pair in chain.pairs if pair.is_open),
        compared=max((_total(pair, said) for pair in complete), default=0),
        cases=tuple(_changed(chain, said)),
        metrics=tuple(metrics),
        trouble=troubles[0].trouble if troubles else "",
        layer=_layer(troubles),
    )
    return PartView(chain.site, chain.accelerator, chain.suite, chain.stack, part, chain.pairs)


def _total(pair: PairView, said: Said) -> int:
    return max(said.totals.get(half.report or 0, 0) for half in (pair.base, pair.head))


def _layer(troubles: Sequence[PairView]) -> Layer:
    """Whom to ask about pairs that came to nothing: whoever missed, else who offers too little."""
    halves = [half for pair in troubles for half in (pair.base, pair.head)]
    if any(half.status is Status.MISS for half in halves):
        return Layer.INFRA
    return Layer.CAPACITY if any(half.end == "expired" for half in halves) else Layer.NONE


def _changed(chain: Chain, said: Said) -> Iterator[CaseChange]:
    """The cases that are not equal, worst first; the whole suite, where no case says it."""
    reports = [(pair.base.report or 0, pair.head.report or 0) for pair in chain.complete]
    known = {case for both in reports for one in both for case in said.cases.get(one, {})}
    found = []
    for case in sorted(known):
        pairs = tuple(
            (said.cases.get(base, {}).get(case), said.cases.get(head, {}).get(case))
            for base, head in reports
        )
        found.append(CaseChange(*case, pairs, case_change(pairs)))
    changed = [one for one in found if one.change is not Change.EQUAL]
    yield from _whole(chain, {one.change for one in changed})
    yield from sorted(changed, key=lambda one: list(Change).index(one.change))


def _whole(chain: Chain, told: set[Change]) -> Iterator[CaseChange]:
    """A suite that ends otherwise, though none of its cases does: as where it does not begin."""
    pairs = tuple((pair.base.status, pair.head.status) for pair in chain.complete)
    change = case_change(pairs)
    if change in _TURNED and change not in told:
        yield CaseChange("", "", "", pairs, change)


def _measured(chain: Chain, said: Said) -> Iterator[Measured]:
    """The metrics that both jobs of some pair have, with their values in those pairs."""
    values = [
        (said.metrics.get(pair.base.report or 0, {}), said.metrics.get(pair.head.report or 0, {}))
        for pair in chain.complete
    ]
    for metric in dict.fromkeys(name for base, head in values for name in base if name in head):
        both = [(b[metric], h[metric]) for b, h in values if metric in b and metric in h]
        yield Measured(*metric, tuple(pair for pair in both if all(map(isfinite, pair))))
