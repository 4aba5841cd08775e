"""From a page of cases to what the case list of a job draws."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from dashboard.web import marks, words
from dashboard.web.marks import Look
from dashboard.web.paging import CaseQuery, Pager, pager
from matrix.status import BAD, WORST_FIRST
from orchestrator.views import CasePage
from runners.work import CaseResult

# What a reader of a failure asks for first; the rest follows in the order of its suite.
_READ_FIRST = (
    "what", "sample", "input", "at", "expected", "wanted", "actual", "got", "off_by", "allowed",
    "tolerance",
)  # fmt: skip


class Option(NamedTuple):
    """A tick box of a filter."""

    value: str
    word: str
    checked: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case; `detail` are the pairs of its detail (sample, values, tolerance)."""

    id: str
    look: Look
    is_bad: bool
    where: str
    took: str
    message: str
    detail: tuple[tuple[str, str], ...]
    repeat: str


@dataclass(frozen=True, slots=True)
class CasesContext:
    """The cases of a job that match the filter, one page of them."""

    rows: tuple[CaseRow, ...]
    total: str
    text: str
    statuses: tuple[Option, ...]
    action: str
    is_filtered: bool
    pager: Pager


def cases_context(href: str, page: CasePage, query: CaseQuery) -> CasesContext:
    """One page of cases under its filter."""
    return CasesContext(
        rows=tuple(map(_case, page.cases)),
        total=words.plural(page.total, "case"),
        text=query.text,
        statuses=tuple(
            Option(status.value, marks.of_status(status).word, status in query.statuses)
            for status in WORST_FIRST
        ),
        action=href,
        is_filtered=bool(query.text or query.statuses),
        pager=pager(href, query.pairs(), query.page, page.total, query.limit),
    )


def _case(case: CaseResult) -> CaseRow:
    return CaseRow(
        id=case.id,
        look=_look(case),
        is_bad=case.status in BAD and not case.expected,
        where=" ".join(part for part in (case.device, case.dtype) if part),
        took=words.duration(case.seconds) if case.seconds is not None else "",
        message=case.message,
        detail=detail_pairs(case.detail),
        repeat=case.repeat,
    )


def _look(case: CaseResult) -> Look:
    if case.flaky:
        return marks.FLAKY
    if case.expected:
        return marks.EXPECTED if case.status in BAD else marks.UNEXPECTED
    return marks.of_status(case.status)


def detail_pairs(detail: str) -> tuple[tuple[str, str], ...]:
    """The members of a detail's JSON object; any other text as it is."""
    if not detail:
        return ()
    try:
        value = json.loads(detail)
    except (ValueError, RecursionError):
        return (("detail", detail),)
    if not isinstance(value, dict):
        return (("detail", detail),)
    told = ((str(key), _told(part)) for key, part in value.items())
    return tuple(sorted(told, key=lambda pair: _rank(pair[0])))


def _is_try(part: object) -> bool:
    """Whether this is an earlier try of a case, as reports keep it."""
    return isinstance(part, dict) and {"status", "message"} <= part.keys()


def _rank(key: str) -> int:
    return _READ_FIRST.index(key) if key in _READ_FIRST else len(_READ_FIRST)


def _told(part: object) -> str:
    if isinstance(part, list) and part and all(map(_is_try, part)):
        return "\n".join(f"{n}: {one['status']} {one['message']}" for n, one in enumerate(part, 1))
    if isinstance(part, float):
        return f"{part:.9g}"
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
