"""The log of a job: a page of lines, a search through all of them, and what comes next."""

from __future__ import annotations

from functools import partial
from typing import Annotated, NamedTuple

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from dashboard.web.desk import AtDesk, Desk
from dashboard.web.live import Tail
from dashboard.web.log_context import LogContext, follow_context, log_context
from dashboard.web.loglines import LogLines, Read, Start, found, page_from
from dashboard.web.pages_jobs import found_job
from dashboard.web.parameters import Fence, LineNumber, Name, Offset, PageNumber, RowId, Text
from dashboard.web.problems import missing
from dashboard.web.shell import Link, Shell, matrix_href, shell, twin_href
from orchestrator.views import AttemptView, JobView, LogPiece

router = APIRouter(default_response_class=Response, include_in_schema=False)
_POLL_SECONDS, _POLLS = 0.4, 50


class LogQuery(NamedTuple):
    """Which part of which attempt's log; `page` 0 means the newest where it still grows."""

    attempt: int | None
    page: int
    line: int
    text: str


def log_query(
    attempt: Fence = None,
    page: PageNumber | None = None,
    line: LineNumber | None = None,
    q: Text = "",
) -> LogQuery:
    """What a log's URL asks for."""
    return LogQuery(attempt, page or 0, line or 0, q)


@router.get("/m/{matrix}/jobs/{job}/log")
def log(
    desk: AtDesk, matrix: Name, job: RowId, query: Annotated[LogQuery, Depends(log_query)]
) -> Response:
    """A page of a log; never kept, because its bytes come without an event."""
    context = _log(desk, found_job(desk, matrix, job), query)
    return HTMLResponse(desk.render("log.html", context))


@router.get("/m/{matrix}/jobs/{job}/_log")
async def follow(  # noqa: PLR0913, PLR0917 - an address with four parts
    desk: AtDesk, matrix: Name, job: RowId, attempt: Fence, after: Offset, line: LineNumber
) -> Response:
    """The lines that were appended behind an offset; waits a while for some."""
    view = await run_sync(found_job, desk, matrix, job)
    tried = chosen_attempt(view, attempt)
    if tried is None:
        raise missing(f"attempt {attempt} of this job")
    page = await _appended(desk, reader(desk, tried), Start(line, after))
    context = follow_context(view, tried.fence, page)
    return HTMLResponse(desk.office.environment.get_template("_log.html").render(page=context))


def chosen_attempt(job: JobView, fence: int | None) -> AttemptView | None:
    """The attempt asked for, or the newest."""
    if fence is None:
        return job.attempts[-1] if job.attempts else None
    return next((attempt for attempt in job.attempts if attempt.fence == fence), None)


def reader(desk: Desk, attempt: AttemptView) -> Read:
    """How an attempt's log is read."""
    return partial(desk.services.log, attempt.id)


async def _appended(desk: Desk, read: Read, start: Start) -> LogLines:
    tail: Tail = desk.request.app.state.tail
    for _ in range(_POLLS):
        page = await run_sync(page_from, read, start, 1)
        if page.lines or page.closed or tail.is_closed:
            break
        await anyio.sleep(_POLL_SECONDS)
    return page


def _log(desk: Desk, job: JobView, query: LogQuery) -> LogContext:
    attempt = chosen_attempt(job, query.attempt)
    if attempt is None and query.attempt:
        raise missing(f"attempt {query.attempt} of this job", f"it has {len(job.attempts)}")
    read: Read = reader(desk, attempt) if attempt else _nothing
    page, pages = _page(desk, attempt, read, query)
    return log_context(
        _frame(desk, job),
        job,
        attempt,
        page,
        hits=found(read, query.text) if query.text else (),
        text=query.text,
        pages=pages,
        now=desk.now,
    )


def _page(
    desk: Desk, attempt: AttemptView | None, read: Read, query: LogQuery
) -> tuple[LogLines, int]:
    """The page asked for, and how many are known by now."""
    if attempt is None:
        return page_from(read, Start(1, 0), 1), 1
    index = desk.office.log_indexes.of(attempt.id)
    number = index.page_of_line(read, query.line) if query.line else query.page or 1
    page = index.page(read, number)
    return page, max(len(index.starts), page.page + (not page.is_last))


def _nothing(offset: int, limit: int) -> LogPiece:
    """The log of a job that nobody has tried yet."""
    return LogPiece(offset, b""[:limit], offset, closed=False)


def _frame(desk: Desk, job: JobView) -> Shell:
    path = matrix_href(job.matrix, "jobs", job.id)
    label = desk.matrix(job.matrix)
    return shell(
        desk.visit(label),
        f"Log of {job.name}",
        "Jobs",
        trail=(
            Link(label.label, matrix_href(job.matrix)),
            Link("Jobs", matrix_href(job.matrix, "jobs")),
            Link(job.name, path),
            Link("Log", f"{path}/log", current=True),
        ),
        twin=twin_href(f"{path}/log", desk.request.url.query),
    )
