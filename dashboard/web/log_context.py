"""From a page of log lines to what `log.html` and `_log.html` draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup

from dashboard.web import ansi, marks, words
from dashboard.web.job_context import AttemptRow, attempt_rows
from dashboard.web.loglines import LINES_A_PAGE, LogLine, LogLines
from dashboard.web.marks import Look
from dashboard.web.shell import Link, Shell, matrix_href
from orchestrator.views import AttemptView, JobView


@dataclass(frozen=True, slots=True)
class LineContext:
    """A rendered line; `lost` says how much was dropped before it, "" of nothing."""

    number: int
    markup: Markup
    lost: str


@dataclass(frozen=True, slots=True)
class HitContext:
    """A line that a search found."""

    href: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class LogContext:
    """What `log.html` draws. `follow` is the address of what comes next, "" once it is closed."""

    shell: Shell
    title: str
    job: Link
    look: Look
    attempts: tuple[AttemptRow, ...]
    attempt: AttemptRow | None
    action: str
    text: str
    hits: tuple[HitContext, ...]
    lines: tuple[LineContext, ...]
    pages: tuple[Link, ...]
    is_open: bool
    raw: str
    follow: str


@dataclass(frozen=True, slots=True)
class FollowContext:
    """What `_log.html` draws: lines that were appended, and where to ask from next."""

    lines: tuple[LineContext, ...]
    follow: str
    is_open: bool


def log_context(  # noqa: PLR0913 - a page of a log, its job and its search
    frame: Shell,
    job: JobView,
    attempt: AttemptView | None,
    page: LogLines,
    *,
    hits: Sequence[LogLine],
    text: str,
    pages: int,
    now: datetime,
) -> LogContext:
    """One page of an attempt's log."""
    href = f"{matrix_href(job.matrix, 'jobs', job.id)}/log"
    fence = attempt.fence if attempt else 0
    rows = attempt_rows(job, now)
    return LogContext(
        shell=frame,
        title=f"Log of {job.name}",
        job=Link(job.name, matrix_href(job.matrix, "jobs", job.id)),
        look=marks.of_job(job),
        attempts=rows,
        attempt=next((row for row in rows if row.number == fence), None),
        action=href,
        text=text,
        hits=tuple(_hit(href, fence, line) for line in hits),
        lines=rendered_lines(page.lines),
        pages=_pages(href, fence, page.page, pages),
        is_open=not page.closed,
        raw=f"/api/v1{href}?{urlencode({'attempt': fence})}",
        follow=follow_href(job, fence, page) if page.is_last and not page.closed else "",
    )


def follow_context(job: JobView, fence: int, page: LogLines) -> FollowContext:
    """What was appended since."""
    is_open = not (page.closed and page.is_last)
    return FollowContext(
        lines=rendered_lines(page.lines),
        follow=follow_href(job, fence, page) if is_open else "",
        is_open=is_open,
    )


def follow_href(job: JobView, fence: int, page: LogLines) -> str:
    """Where what follows a page is fetched from."""
    query = urlencode({"attempt": fence, "after": page.end, "line": page.next_line})
    return f"{matrix_href(job.matrix, 'jobs', job.id)}/_log?{query}"


def rendered_lines(lines: Iterable[LogLine]) -> tuple[LineContext, ...]:
    """Lines as markup, the pen carried from each to the next."""
    pen, rendered = ansi.PLAIN, []
    for line in lines:
        markup, pen = ansi.rendered(line.text, pen)
        lost = f"{words.size(line.lost)} were dropped here" if line.lost else ""
        rendered.append(LineContext(line.number, markup, lost))
    return tuple(rendered)


def _hit(href: str, fence: int, line: LogLine) -> HitContext:
    query = urlencode({"attempt": fence, "line": line.number})
    return HitContext(
        f"{href}?{query}#L{line.number}", line.number, ansi.plain(line.text)[:_HIT_LENGTH]
    )


_HIT_LENGTH = 240
_NEIGHBOURS = 2


def _pages(href: str, fence: int, page: int, pages: int) -> tuple[Link, ...]:
    """The first and last page, and those about this one."""
    if pages < 2:  # noqa: PLR2004 - one page needs no choice
        return ()
    near = range(max(1, page - _NEIGHBOURS), min(pages, page + _NEIGHBOURS) + 1)
    return tuple(
        Link(
            words.number((number - 1) * LINES_A_PAGE + 1),
            f"{href}?{urlencode({'attempt': fence, 'page': number})}",
            number == page,
        )
        for number in sorted({1, pages, *near})
    )
