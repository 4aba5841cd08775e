"""What a metric's history is asked for in its URL: which stretch of time, how, and beside what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from orchestrator.metric_views import Window

DAYS = {"7d": 7, "30d": 30, "90d": 90}
ALL = "all"
SPANS = (*DAYS, ALL)
SpanName = Literal["7d", "30d", "90d", "all"]
USUAL: SpanName = "90d"
By = Literal["time", "run"]
TIME: By = "time"
RUN: By = "run"
ROWS_A_PAGE = 50
Pairs = tuple[tuple[str, str], ...]


class Span(NamedTuple):
    """A stretch of time by its name, or from a moment to a moment."""

    name: str = USUAL
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_named(self) -> bool:
        """Whether it is one of the choices, counted from now."""
        return self.since is None and self.until is None

    def window(self, now: datetime) -> Window:
        """Which reports lie in it."""
        if not self.is_named:
            return Window(self.since, self.until)
        days = DAYS.get(self.name)
        return Window(now - timedelta(days=days)) if days else Window()

    def pairs(self) -> Pairs:
        """As it stands in a URL; the usual one is left out."""
        if self.is_named:
            return (("range", self.name),) if self.name != USUAL else ()
        ends = (("from", self.since), ("to", self.until))
        return tuple((key, utc(at)) for key, at in ends if at)


USUALLY = Span()


def utc(at: datetime) -> str:
    """A moment as a URL and a field of a form have it, to the minute or, where need be, second."""
    return at.strftime("%Y-%m-%dT%H:%M:%S" if at.second else "%Y-%m-%dT%H:%M")


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """The query of a metric's page: `beside` names the places that are laid over it."""

    span: Span = USUALLY
    by: str = TIME
    case: str = ""
    of: str = ""
    beside: tuple[str, ...] = ()
    page: int = 1

    def pairs(self, *, with_span: bool = True) -> Pairs:
        """The query's pairs without the page."""
        one = (("case", self.case), ("of", self.of), ("x", self.by if self.by == RUN else ""))
        return (
            *(self.span.pairs() if with_span else ()),
            *((key, value) for key, value in one if value),
            *(("with", name) for name in self.beside),
        )

    def href(self, path: str) -> str:
        """The address of the page with this query."""
        query = urlencode(self.pairs())
        return f"{path}?{query}" if query else path

    def spanned(self, name: str) -> MetricQuery:
        """The same over another of the named stretches."""
        return replace(self, span=Span(name), page=1)

    def with_or_without(self, name: str) -> MetricQuery:
        """With a place laid over it, or without where it is there already."""
        kept = tuple(one for one in self.beside if one != name)
        return replace(self, beside=kept if kept != self.beside else (*self.beside, name))

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * ROWS_A_PAGE
