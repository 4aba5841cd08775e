from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lively import NOW, job, run

from dashboard.web import list_context
from dashboard.web.paging import CaseQuery, JobQuery, pager, without
from dashboard.web.shell import Visit, shell
from matrix.status import Status
from orchestrator.views import JobPage, Label, ServerStatus

VISIT = Visit(
    path="/",
    query="",
    theme="auto",
    simulated=False,
    status=ServerStatus(ready=True),
    version=7,
    matrix=Label("default", "Default"),
    stylesheet="/a.css",
    script="/a.js",
)
FRAME = shell(VISIT, "Jobs", "Jobs")


@given(st.integers(1, 60), st.integers(0, 3000), st.integers(1, 100))
def test_a_pager_leads_to_every_page_and_no_further(page: int, total: int, limit: int) -> None:
    pages = max(1, -(-total // limit))
    found = pager("/x", [("q", "a b")], page, total, limit)
    assert bool(found.after) == (page < pages)
    assert bool(found.before) == (page > 1)
    assert all("q=a+b" in href for href in (found.before, found.after) if href)


def test_a_query_says_itself_again() -> None:
    query = JobQuery(sites=("lab", "edge"), statuses=(Status.FAIL,), run=3, text="x", page=2)
    assert query.pairs() == (
        ("site", "lab"),
        ("site", "edge"),
        ("status", "FAIL"),
        ("run", "3"),
        ("q", "x"),
    )
    assert query.wanted().sites == {"lab", "edge"}
    assert query.offset == 50
    assert CaseQuery(text="x").pairs() == (("q", "x"),)


def test_dropping_a_filter_keeps_the_others() -> None:
    pairs = (("site", "lab"), ("status", "FAIL"))
    assert without("/jobs", pairs, ("status", "FAIL")) == "/jobs?site=lab"
    assert without("/jobs", pairs[:1], pairs[0]) == "/jobs"


def test_the_jobs_of_a_run_do_not_repeat_it_as_a_filter() -> None:
    found = list_context.jobs_context(
        FRAME, "Run 12", JobPage(1, (job(),)), query=JobQuery(run=12), now=NOW, run=run()
    )
    assert found.chips == ()
    assert found.action == "/m/default/runs/12"
