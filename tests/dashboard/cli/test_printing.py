"""What verbs print: JSON, ages, sizes, states."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.cli import printing
from matrix.status import Status
from matrix.verdict import MARKS, Colour, State

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (86400 * 3, "3 d")],
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, expected: str) -> None:
    assert printing.lasted(seconds) == expected


def test_an_age_is_counted_from_now() -> None:
    assert printing.age((NOON - timedelta(minutes=5)).isoformat(), NOON) == "5 min"
    assert printing.age(None, NOON) == ""


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 B"), (999, "999 B"), (3_400_000, "3.4 MB"), (2e12, "2.0 TB"), (1000, "1.0 KB")],
)
def test_a_size_is_told_in_its_largest_unit(count: float, expected: str) -> None:
    assert printing.sized(count) == expected


def test_json_is_one_document_with_its_letters(capsys: pytest.CaptureFixture[str]) -> None:
    printing.as_json({"label": "Zürich", "at": NOON})

    out = capsys.readouterr().out
    assert json.loads(out) == {"label": "Zürich", "at": "2026-11-23 12:00:00+00:00"}
    assert "Zürich" in out


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_told_by_glyph_and_word(state: State) -> None:
    assert printing.painted(state).plain == f"{MARKS[state].glyph} {state.value}"


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_picture(status: Status) -> None:
    assert printing.painted_status(status.value).plain.endswith(status.value)


def test_every_colour_has_a_style_of_its_own() -> None:
    assert len({printing.STYLES[colour] for colour in Colour}) == len(Colour)


def test_a_table_has_its_headings_and_rows(capsys: pytest.CaptureFixture[str]) -> None:
    printing.table(("cell", "state"), [("lab/cpu", printing.painted(State.PASSING))])

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["cell", "state"], ["lab/cpu", "✓", "passing"]]


def test_nothing_is_coloured_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    printing.console().print(printing.painted(State.FAILING))

    assert capsys.readouterr().out == "✕ failing\n"


def test_no_color_is_respected_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")

    assert printing.console().no_color
