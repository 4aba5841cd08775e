from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import NOW, RUNNERS, job, run
from lively_commits import COMMITS

from dashboard.web import list_context
from dashboard.web.commit_context import commits_context
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
    seen = list_context.Seen(run(), ())
    found = list_context.jobs_context(
        FRAME, "Run 12", JobPage(1, (job(),)), query=JobQuery(run=12), now=NOW, seen=seen
    )
    assert found.chips == ()
    assert found.action == "/m/default/runs/12"


@pytest.mark.parametrize(
    ("jobs", "offered", "ended", "text", "rest"),
    [
        (80, 4, 4, "4 of 4 jobs", "76 not offered"),
        (20, 20, 7, "7 of 20 jobs", ""),
        (1, 1, 0, "0 of 1 job", ""),
        (0, 0, 0, "0 of 0 jobs", ""),
        (100_000, 1_200, 1_000, "1,000 of 1,200 jobs", "98,800 not offered"),
    ],
)
def test_what_nobody_offers_is_told_apart_from_what_a_run_carries_out(
    jobs: int, offered: int, ended: int, text: str, rest: str
) -> None:
    shown = list_context.run_row(replace(run(), jobs=jobs, offered=offered, ended=ended), NOW).run
    assert (shown.text, shown.rest) == (text, rest)


def test_a_run_that_goes_on_took_so_far() -> None:
    assert list_context.run_row(run(), NOW).took == "4 min 0 s so far"
    assert list_context.run_row(run(state="ended"), NOW).took == "3 min 0 s"


@pytest.mark.parametrize(
    ("state", "word", "colour"),
    [
        ("ready", "ready", "green"),
        ("starting", "starting", "blue"),
        ("gone", "gone", "orange"),
        ("asleep", "asleep", "none"),
    ],
)
def test_a_runner_looks_like_its_state(state: str, word: str, colour: str) -> None:
    found = list_context.runners_context(FRAME, [replace(RUNNERS[0], state=state)], NOW)
    assert (found.runners[0].look.word, found.runners[0].look.colour) == (word, colour)


@pytest.mark.parametrize(("slots", "told"), [(0, "0 slots"), (1, "1 slot"), (1024, "1,024 slots")])
def test_slots_are_counted(slots: int, told: str) -> None:
    found = list_context.runners_context(FRAME, [replace(RUNNERS[0], slots=slots)], NOW)
    assert found.runners[0].slots == told


def test_a_runner_with_a_strange_name_has_an_address() -> None:
    strange = replace(RUNNERS[0], name="a/b c")
    assert list_context.runner_context(FRAME, strange, NOW).runner.href == "/runners/a%2Fb%20c"


def test_a_runner_that_was_seen_long_ago_says_so() -> None:
    old = replace(RUNNERS[0], seen_at=NOW - timedelta(days=400))
    assert list_context.runner_context(FRAME, old, NOW).runner.age == "1 y"


def test_no_jobs_are_an_empty_list_without_pages() -> None:
    found = list_context.jobs_context(FRAME, "Jobs", JobPage(0, ()), query=JobQuery(), now=NOW)
    assert (found.jobs, found.total, found.pager.text) == ((), "0 jobs", "")


def test_ticked_filters_stay_ticked() -> None:
    query = JobQuery(statuses=(Status.FAIL,), states=("queued",))
    found = list_context.jobs_context(FRAME, "Jobs", JobPage(0, ()), query=query, now=NOW)
    assert [option.value for option in found.statuses if option.checked] == ["FAIL"]
    assert [option.value for option in found.states if option.checked] == ["queued"]


@given(st.integers(1, 40), st.integers(0, 10**6))
def test_a_page_says_where_it_is_among_how_many(page: int, total: int) -> None:
    text = pager("/x", (), page, total, 50).text
    assert bool(text) == (total > 50)
    assert not text or text.endswith(f"of {-(-total // 50):,}")


def test_a_wheel_is_marked_among_commits() -> None:
    wheel = replace(COMMITS[-1], head="0" * 64)
    (trunk,) = commits_context(FRAME, "default", [wheel, COMMITS[-1]], NOW).trunks
    assert [beat.mark for beat in trunk.beats] == ["", "wheel"]
