"""What the terminal says of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.cli import printing
from dashboard.cli.asking import Api
from matrix.comparison import Change, MetricChange
from orchestrator.pair_views import Comparison, PartView

HEADINGS = ("metric", "base", "head", "change", "95 % between", "head is")
_FAILING = frozenset({Change.WORSE, Change.UNDECIDED})


def told(api: Api, number: int, *, json: bool) -> int:
    """Print what a comparison came to; 1 where the head is worse, or nobody can tell."""
    found = api.comparison(number)
    if json:
        printing.as_json(api.raw_comparison(number))
    else:
        console = printing.console()
        for line in lines(found):
            console.print(line)
        if rows := [metric_row(*one) for one in _metrics(found)]:
            printing.table(HEADINGS, rows)
        console.print(api.page_of_comparison(number))
    return int(found.found.change in _FAILING)


def lines(found: Comparison) -> Iterator[str]:
    """The sentence, and one line for each case that differs."""
    yield f"{found.found.sentence}."
    for view in found.parts:
        for one in view.part.cases:
            name = one.case or "the suite as a whole"
            yield f"  {one.change}: {name} in {view.part.name}"


def metric_row(view: PartView, one: MetricChange) -> tuple[str, ...]:
    """A metric at base and at head."""
    measured, between = one.measured, one.between
    name = f"{measured.name} of {measured.case}" if measured.case else measured.name
    is_open = one.change is Change.UNDECIDED
    return (
        f"{name} in {view.part.name}",
        f"{one.base:,.4g} {measured.unit}",
        f"{one.head:,.4g} {measured.unit}",
        "" if one.ratio is None else f"{one.ratio - 1:+.1%}",
        f"{between.low - 1:+.1%} to {between.high - 1:+.1%}" if between else "",
        "not decided" if is_open else one.change.value,
    )


def _metrics(found: Comparison) -> Iterator[tuple[PartView, MetricChange]]:
    for view in found.parts:
        for one in view.part.metrics:
            yield view, one
