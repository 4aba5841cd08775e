"""Filters and pages of a list as they stand in its URL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from dashboard.web import words
from matrix.status import Status
from orchestrator.views import CaseFilter, JobFilter

CASES_A_PAGE = 25
JOBS_A_PAGE = 50
RUNS_A_PAGE = 50
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases: any of the statuses, and the text in the id."""

    statuses: tuple[Status, ...] = ()
    text: str = ""
    page: int = 1
    limit: int = CASES_A_PAGE

    def pairs(self) -> Pairs:
        """The query's pairs without the page."""
        return (
            *(("status", status.value) for status in self.statuses),
            *((("q", self.text),) if self.text else ()),
        )

    def wanted(self) -> CaseFilter:
        """As the store is asked."""
        return CaseFilter(frozenset(self.statuses), self.text)

    @property
    def offset(self) -> int:
        """Cases before this page."""
        return (self.page - 1) * self.limit


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs: OR inside a field, AND between fields."""

    sites: tuple[str, ...] = ()
    accelerators: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    states: tuple[str, ...] = ()
    run: int | None = None
    text: str = ""
    page: int = 1
    limit: int = JOBS_A_PAGE

    def pairs(self) -> Pairs:
        """The query's pairs without the page."""
        several = (
            ("site", self.sites),
            ("accelerator", self.accelerators),
            ("suite", self.suites),
            ("stack", self.stacks),
            ("status", tuple(status.value for status in self.statuses)),
            ("state", self.states),
            ("run", (str(self.run),) if self.run else ()),
            ("q", (self.text,) if self.text else ()),
        )
        return tuple((key, value) for key, values in several for value in values)

    def wanted(self) -> JobFilter:
        """As the store is asked."""
        return JobFilter(
            sites=frozenset(self.sites),
            accelerators=frozenset(self.accelerators),
            suites=frozenset(self.suites),
            stacks=frozenset(self.stacks),
            statuses=frozenset(self.statuses),
            states=frozenset(self.states),
            run=self.run,
            text=self.text,
        )

    @property
    def offset(self) -> int:
        """Jobs before this page."""
        return (self.page - 1) * self.limit


class Pager(NamedTuple):
    """Where one is in a long list; an address is "" where there is no such page."""

    text: str
    before: str
    after: str


def pager(href: str, pairs: Iterable[tuple[str, str]], page: int, total: int, limit: int) -> Pager:
    """The pager of a list of `total` things, `limit` on a page."""
    pages = max(1, -(-total // limit))
    kept = tuple(pairs)
    return Pager(
        text=f"page {words.number(page)} of {words.number(pages)}" if pages > 1 else "",
        before=_page_href(href, kept, page - 1) if page > 1 else "",
        after=_page_href(href, kept, page + 1) if page < pages else "",
    )


def _page_href(href: str, pairs: Pairs, page: int) -> str:
    extra = (("page", str(page)),) if page > 1 else ()
    query = urlencode([*pairs, *extra])
    return f"{href}?{query}" if query else href


def without(href: str, pairs: Pairs, drop: tuple[str, str]) -> str:
    """The address of the list with one filter taken away."""
    return _page_href(href, tuple(pair for pair in pairs if pair != drop), 1)
