from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import NOW, attempt, face, grid, job, run

from dashboard.web import assets, case_context, grid_context, job_context, list_context, marks
from dashboard.web.desk import Kept, environment, icon
from dashboard.web.grid_context import run_context, summary
from dashboard.web.job_rows import job_rows
from dashboard.web.shell import Visit, matrix_href, shell, twin_href
from matrix.status import Status
from matrix.verdict import MARKS, Colour, Counts, State
from orchestrator.views import Label, ServerStatus
from runners.work import Phase

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
FRAME = shell(VISIT, "Grid", "Grid")


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_glyph_of_its_own_in_its_colour(state: State) -> None:
    look = marks.of_state(state)
    symbols = (assets.TEMPLATES / "_icons.html").read_text()
    assert f'id="i-{look.icon}"' in symbols
    assert look.colour == MARKS[state].colour
    assert [one for one in State if marks.of_state(one).icon == look.icon] == [state]


def test_the_legend_explains_every_state_once() -> None:
    told = [state for _, _, states in marks.LEGEND for state in states]
    assert sorted(told) == sorted(State)
    assert all(
        MARKS[state].colour is colour for _, colour, states in marks.LEGEND for state in states
    )


@pytest.mark.parametrize("state", [State.STALE, State.NEW, State.NOT_OFFERED, State.QUEUED])
def test_what_is_not_known_is_never_green(state: State) -> None:
    assert marks.of_state(state).colour != Colour.GREEN


@pytest.mark.parametrize("word", ["failing", "nonsense", ""])
def test_a_stored_state_of_another_version_still_has_a_look(word: str) -> None:
    assert marks.of_state_word(word).word == word


@pytest.mark.parametrize(
    ("states", "told", "icon_name"),
    [
        ([State.PASSING, State.PASSING], "all passing", "tick"),
        ([State.PASSING, State.FAILING, State.STALE], "1 failing", "cross"),
        ([State.FLAKY, State.FLAKY, State.PASSING], "2 flaky", "wave"),
        ([State.NOT_OFFERED, State.PASSING], "1 passing", "tick"),
    ],
)
def test_a_row_tells_its_worst_and_how_many(states: list[State], told: str, icon_name: str) -> None:
    found = summary(face(0, 0, state) for state in states)
    assert (found.text, found.look.icon) == (told, icon_name)


def test_nothing_at_all_has_a_summary_too() -> None:
    assert summary([]).text == ""


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([State.NOT_OFFERED] * 20, "No hardware offers a cell yet"),
        ([State.PASSING] * 19 + [State.FAILING], "1 of 20 cells needs a look"),
        ([State.PASSING] * 18 + [State.NOT_OFFERED] * 2, "18 of 18 offered cells are fine"),
        ([State.STALE] * 20, "0 of 20 offered cells are fine"),
    ],
)
def test_the_headline_counts_honestly(states: list[State], told: str) -> None:
    view = grid()
    faces = tuple(replace(one, state=state) for one, state in zip(view.faces, states, strict=True))
    assert grid_context.grid_context(FRAME, replace(view, faces=faces), NOW).headline == told


def test_the_tally_lists_the_worst_first() -> None:
    tally = grid_context.grid_context(FRAME, grid(), NOW).tally
    assert [look.word for look, _ in tally][:2] == ["failing", "test error"]
    assert sum(int(count) for _, count in tally) == 20


def test_a_grid_without_columns_does_not_break() -> None:
    view = replace(grid(), faces=(), sites=(), accelerators=())
    assert grid_context.grid_context(FRAME, view, NOW).rows == ()


@pytest.mark.parametrize(
    ("state", "bad", "word", "colour"),
    [
        ("running", 0, "running", "blue"),
        ("ended", 0, "fine", "green"),
        ("ended", 2, "needs a look", "orange"),
        ("cancelled", 0, "cancelled", "none"),
        ("planning", 0, "planning", "blue"),
        ("other", 0, "unknown", "none"),
    ],
)
def test_a_run_looks_like_what_it_came_to(state: str, bad: int, word: str, colour: str) -> None:
    shown = run_context(replace(run(state=state), counts=Counts(fail=bad, passed=3)))
    assert (shown.look.word, shown.look.colour) == (word, colour)


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (job(state="queued"), "queued"),
        (job(state="running"), "running"),
        (job(status=Status.PASS), "passed"),
        (job(status=Status.MISS), "infrastructure"),
        (replace(job(), end="cancelled"), "cancelled"),
    ],
)
def test_a_job_looks_like_where_it_is(one: object, word: str) -> None:
    (row,) = job_rows([one], NOW)  # type: ignore[list-item] # a JobView
    assert row.look.word == word


def test_an_attempt_that_runs_tells_how_far_it_is() -> None:
    running = replace(job(), attempts=(attempt(1), attempt(2, phase=Phase.RUNNING)))
    newest, oldest = job_context.attempt_rows(running, NOW)
    assert (newest.progress, newest.look.word) == ("17 of 41 cases", "running")
    assert (oldest.progress, oldest.ending) == ("", "exit 0")


def test_an_attempt_that_died_tells_its_signal() -> None:
    died = replace(job(), attempts=(replace(attempt(), signal=11),))
    assert job_context.attempt_rows(died, NOW)[0].ending == "signal 11"


@pytest.mark.parametrize(
    ("detail", "pairs"),
    [
        ("", ()),
        ('{"got": 1.5, "why": "x"}', (("got", "1.5"), ("why", "x"))),
        ('{"tolerance": {"rtol": 0.1}}', (("tolerance", '{"rtol": 0.1}'),)),
        ("not json", (("detail", "not json"),)),
        ("[1]", (("detail", "[1]"),)),
        ("[" * 5000, (("detail", "[" * 5000),)),
    ],
)
def test_a_detail_is_shown_whatever_a_suite_wrote(
    detail: str, pairs: tuple[tuple[str, str], ...]
) -> None:
    assert case_context.detail_pairs(detail) == pairs


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=5))
def test_every_member_of_a_detail_is_shown(detail: dict[str, object]) -> None:
    shown = [key for key, _ in case_context.detail_pairs(json.dumps(detail))]
    assert sorted(shown) == sorted(detail)


def test_what_is_read_first_stands_first_and_the_rest_as_the_suite_told_it() -> None:
    detail = json.dumps({"why": 1, "input": 2, "because": 3, "at": 4})
    shown = [key for key, _ in case_context.detail_pairs(detail)]
    assert shown == ["input", "at", "why", "because"]


def test_addresses_are_escaped() -> None:
    assert matrix_href("a/b", "jobs", 7) == "/m/a%2Fb/jobs/7"
    assert twin_href("/m/a/jobs", "q=1") == "/api/v1/m/a/jobs?q=1"


def test_a_page_that_is_not_live_opens_no_stream() -> None:
    assert FRAME.feed == ""
    lively = shell(VISIT, "Grid", "Grid", fragment="/m/default/_grid")
    assert lively.feed == "/api/v1/events?after=7&matrix=default"


def test_where_one_is_is_marked() -> None:
    assert [link.text for link in FRAME.navigation if link.current] == ["Grid"]
    assert [link.text for link in FRAME.themes if link.current] == ["auto"]


def test_kept_pages_are_dropped_when_they_grow_too_many() -> None:
    kept = Kept()
    for number in range(70):
        kept.put((number,), bytes(2**20))
    assert kept.total <= 64 * 2**20
    assert kept.get((0,)) is None
    assert kept.get((69,)) is not None


def test_the_same_content_keeps_its_etag_and_other_content_does_not() -> None:
    kept = Kept()
    assert kept.put((1,), b"x")[0] == kept.put((2,), b"x")[0]
    assert kept.put((3,), b"y")[0] != kept.put((4,), b"x")[0]


def test_every_template_escapes_and_shows_what_is_invisible() -> None:
    made = environment()
    assert made.from_string("{{ x }}").render(x="<\u202e>") == "&lt;[U+202E]&gt;"
    assert made.from_string("{{ x }}").render(x=icon("tick")).startswith("<svg")


def test_an_icon_cannot_break_out_of_its_attribute() -> None:
    assert '"><' not in icon('x"><script>').replace('"/></svg>', "").replace('"><use', "")


def test_every_context_is_frozen() -> None:
    modules = (grid_context, job_context, list_context, case_context)
    made = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and dataclasses.is_dataclass(value)
    ]
    assert len(made) > 10
    assert all(value.__dataclass_params__.frozen for value in made)  # type: ignore[attr-defined] # dataclasses' own


def test_templates_hold_no_queries_and_no_unsafe_markup() -> None:
    for template in assets.TEMPLATES.glob("*.html"):
        text = template.read_text()
        assert "|safe" not in re.sub(r"\s", "", text), template
        assert "style=" not in text, template
        assert "autoescape" not in text, template


def test_the_style_sheet_is_joined_in_the_order_of_its_layers() -> None:
    sheet = assets.style_sheet()
    assert sheet.text.startswith("@layer tokens, base, layout, blocks, media;")
    for file in (assets.STATIC / "css").glob("*.css"):
        assert file.read_text() in sheet.text, file
    assert sheet.href == f"/assets/coevo-{sheet.digest}.css"


def test_style_sheets_have_no_ids_and_fetch_nothing() -> None:
    text = re.sub(r"/\*.*?\*/", "", assets.style_sheet().text, flags=re.DOTALL)
    selectors = re.sub(r"\{[^{}]*\}", "{}", text)
    assert not re.findall(r"#[a-zA-Z]", selectors)
    assert "url(" not in text
    assert "@import" not in text
