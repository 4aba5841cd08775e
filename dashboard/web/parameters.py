"""What may stand in a URL: names, row ids, texts and filters, each checked once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator

from dashboard.web.paging import CaseQuery, JobQuery
from dashboard.web.spans import TIME, USUAL, By, MetricQuery, Span, SpanName
from matrix.status import Status

NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"
HEAD = r"^[A-Za-z0-9][A-Za-z0-9._+!-]{0,127}$"
LARGEST = 2**63 - 1


def _storable(text: str) -> str:
    """Without what a PostgreSQL text cannot hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


Name = Annotated[str, Path(pattern=NAME)]
Head = Annotated[str, Path(pattern=HEAD)]
RowId = Annotated[int, Path(ge=1, le=LARGEST)]
Text = Annotated[str, Query(max_length=200), AfterValidator(_storable)]
Words = Annotated[list[Annotated[str, AfterValidator(_storable)]], Query(max_length=50)]
PageNumber = Annotated[int, Query(ge=1, le=10**9)]
Fence = Annotated[int | None, Query(ge=1, le=LARGEST)]
Offset = Annotated[int, Query(ge=0, le=LARGEST)]
MetricName = Annotated[str, Path(max_length=400), AfterValidator(_storable)]
Moment = Annotated[str, Query(max_length=40, description="2026-11-23 or 2026-11-23T14:05, UTC")]
PlaceNames = Annotated[list[Annotated[str, AfterValidator(_storable)]], Query(max_length=5)]
LineNumber = Annotated[int, Query(ge=1, le=10**12)]


def case_query(
    status: Annotated[list[Status], Query()] = [],  # noqa: B006 - FastAPI copies defaults
    q: Text = "",
    page: PageNumber = 1,
) -> CaseQuery:
    """The filter of a list of cases."""
    return CaseQuery(tuple(status), q, page)


def job_query(  # noqa: PLR0913, PLR0917 - each is a filter in the URL
    site: Words = [],  # noqa: B006 - FastAPI copies defaults
    accelerator: Words = [],  # noqa: B006 - FastAPI copies defaults
    suite: Words = [],  # noqa: B006 - FastAPI copies defaults
    stack: Words = [],  # noqa: B006 - FastAPI copies defaults
    status: Annotated[list[Status], Query()] = [],  # noqa: B006 - FastAPI copies defaults
    state: Words = [],  # noqa: B006 - FastAPI copies defaults
    of_run: Annotated[int | None, Query(alias="run", ge=1, le=LARGEST)] = None,
    q: Text = "",
    page: PageNumber = 1,
) -> JobQuery:
    """The filter of a list of jobs."""
    return JobQuery(
        sites=tuple(site),
        accelerators=tuple(accelerator),
        suites=tuple(suite),
        stacks=tuple(stack),
        statuses=tuple(status),
        states=tuple(state),
        run=of_run,
        text=q,
        page=page,
    )


def span(
    range: SpanName = USUAL,  # noqa: A002 - the query's word
    since: Annotated[Moment, Query(alias="from")] = "",
    until: Annotated[Moment, Query(alias="to")] = "",
) -> Span:
    """A stretch of time; a day as its end belongs to it."""
    begun, ended = _moment("from", since), _moment("to", until)
    if ended and _is_day(until):
        ended += timedelta(days=1)
    if begun and ended and begun >= ended:
        raise _wrong("to", "it must lie after `from`")
    return Span(range, begun, ended)


def _moment(key: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(key, "write it as 2026-11-23 or 2026-11-23T14:05") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _is_day(text: str) -> bool:
    return "T" not in text and ":" not in text


def _wrong(key: str, why: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("query", key), "msg": why}])


def metric_query(  # noqa: PLR0913, PLR0917 - each stands in the URL
    over: Annotated[Span, Depends(span)],
    x: By = TIME,
    case: Text = "",
    of: Text = "",
    beside: Annotated[PlaceNames, Query(alias="with")] = [],  # noqa: B006 - FastAPI copies defaults
    page: PageNumber = 1,
) -> MetricQuery:
    """What of a metric is shown, and how."""
    return MetricQuery(over, x, case, of, tuple(beside), page)


Over = Annotated[Span, Depends(span)]
Metrics = Annotated[MetricQuery, Depends(metric_query)]
Cases = Annotated[CaseQuery, Depends(case_query)]
Jobs = Annotated[JobQuery, Depends(job_query)]
