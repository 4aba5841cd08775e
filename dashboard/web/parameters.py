"""What may stand in a URL: names, row ids, texts and filters, each checked once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator

from dashboard.web.paging import CaseQuery, JobQuery
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


Cases = Annotated[CaseQuery, Depends(case_query)]
Jobs = Annotated[JobQuery, Depends(job_query)]
