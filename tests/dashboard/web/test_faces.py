from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from lively import NOW, face

from dashboard.web.desk import environment
from dashboard.web.face_context import face_context, face_name
from matrix.verdict import Counts, State
from orchestrator.views import Label


def test_a_face_names_everything_it_shows() -> None:
    shown = replace(face(0, 0, State.FAILING, simulated=True), watched_bad=3)
    assert face_name(shown, NOW) == (
        "Cloud A, GPU: failing since 1 h, 2 of 41 tests, 3 watched need a look, simulated"
    )


def test_a_face_that_only_just_changed_does_not_say_since_when() -> None:
    shown = replace(face(0, 0, State.FAILING), since=NOW - timedelta(seconds=3))
    assert face_name(shown, NOW) == "Cloud A, GPU: failing, 2 of 41 tests"


def test_only_a_cell_that_nobody_offers_has_a_command() -> None:
    offered = face_context("default", face(3, 0, State.PASSING), NOW)
    missing = face_context("default", face(3, 0, State.NOT_OFFERED), NOW)
    assert (offered.command, missing.command) == ("", "coevo up --site lab")
    assert (offered.wanted, missing.wanted) == ("", "a machine with a GPU")


def test_a_running_cell_tells_how_far_it_is_until_it_has_counts() -> None:
    shown = replace(face(0, 0, State.RUNNING), counts=Counts())
    assert face_context("default", shown, NOW).progress == "1 of 3 suites"


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("GPU", "a machine with a GPU"),
        ("ASIC", "a machine with an ASIC"),
        ("edge TPU", "a machine with an edge TPU"),
        ("", "a machine with a "),
    ],
)
def test_what_a_missing_cell_takes_has_the_right_article(label: str, wanted: str) -> None:
    shown = replace(face(3, 0, State.NOT_OFFERED), accelerator=Label("x", label))
    assert face_context("default", shown, NOW).wanted == wanted


def test_a_new_cell_says_that_there_is_no_result_yet() -> None:
    assert face_context("default", face(2, 2, State.NEW), NOW).hint == "no result yet"
    assert face_context("default", face(2, 2, State.PASSING), NOW).hint == ""


def test_a_face_is_the_same_value_while_it_reads_the_same() -> None:
    shown = face(1, 0, State.PASSING)
    first = face_context("default", shown, NOW)
    assert face_context("default", shown, NOW + timedelta(seconds=1)) is first


def test_a_face_is_another_value_once_its_age_reads_differently() -> None:
    shown = face(1, 0, State.PASSING)
    first = face_context("default", shown, NOW)
    later = face_context("default", shown, NOW + HOUR)
    assert (first.age, later.age) == ("2 h", "3 h")


def test_the_same_face_of_two_matrices_leads_to_each() -> None:
    shown = face(0, 0, State.PASSING)
    hrefs = {face_context(matrix, shown, NOW).href for matrix in ("one", "two")}
    assert hrefs == {"/m/one/cells/cloud-a/gpu", "/m/two/cells/cloud-a/gpu"}


def test_a_face_that_changed_is_drawn_anew() -> None:
    drawn = environment().filters["drawn"]
    before = drawn(face_context("default", face(0, 0, State.PASSING), NOW))
    after = drawn(face_context("default", face(0, 0, State.FAILING), NOW))
    assert "face--tick" in before
    assert "face--cross" in after


def test_a_face_that_reads_as_before_is_not_drawn_again() -> None:
    drawn = environment().filters["drawn"]
    shown = face(0, 0, State.PASSING)
    first = drawn(face_context("default", shown, NOW))
    assert drawn(face_context("default", shown, NOW)) is first


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_word_a_glyph_and_a_name_on_its_face(state: State) -> None:
    drawn = environment().filters["drawn"](face_context("default", face(0, 0, state), NOW))
    assert f">{state.value}</span>" in drawn
    assert 'aria-label="Cloud A, GPU: ' in drawn
    assert '<use href="#i-' in drawn


def test_a_dense_face_is_a_quarter_of_a_full_one() -> None:
    drawn = environment().filters["drawn"]
    shown = face(0, 0, State.FLAKY)
    dense = drawn(face_context("default", shown, NOW, dense=True))
    assert len(dense) * 4 < len(drawn(face_context("default", shown, NOW)))
    assert 'aria-label="Cloud A, GPU: flaky' in dense


def test_a_face_tells_its_reason_where_somebody_points_at_it() -> None:
    shown = replace(face(0, 0, State.FAILING), reason='1 > 0 & "x"')
    drawn = environment().filters["drawn"](face_context("default", shown, NOW))
    assert 'title="1 &gt; 0 &amp; &#34;x&#34;"' in drawn


def test_a_label_cannot_break_out_of_a_face() -> None:
    evil = Label("gpu", '"><script>')
    shown = replace(face(0, 0, State.PASSING), accelerator=evil)
    drawn = environment().filters["drawn"](face_context("default", shown, NOW))
    assert "<script" not in drawn


def test_a_simulated_face_is_marked() -> None:
    drawn = environment().filters["drawn"]
    marked = drawn(face_context("default", face(0, 0, State.PASSING, simulated=True), NOW))
    plain = drawn(face_context("default", face(0, 0, State.PASSING), NOW))
    assert ("SIM<" in marked, "SIM<" in plain) == (True, False)


@pytest.mark.parametrize(("bad", "shown"), [(0, ""), (1, "1"), (1200, "1,200")])
def test_watched_suites_are_counted_only_where_there_are_some(bad: int, shown: str) -> None:
    context = face_context("default", replace(face(0, 0, State.PASSING), watched_bad=bad), NOW)
    assert context.watched == shown


@pytest.mark.parametrize(
    ("state", "planned", "told"),
    [
        (State.RUNNING, 3, "1 of 3 suites"),
        (State.QUEUED, 1, "1 of 1 suite"),
        (State.RUNNING, 0, ""),
        (State.PASSING, 3, ""),
    ],
)
def test_only_a_moving_cell_says_how_many_suites_have_ended(
    state: State, planned: int, told: str
) -> None:
    shown = replace(face(0, 0, state), planned=planned)
    assert face_context("default", shown, NOW).progress == told
