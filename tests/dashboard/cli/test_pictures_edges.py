"""The grid, a cell and a job in terminals of every width, in every state, with any text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import lively
import pytest
from rich.cells import cell_len
from sample_views import ATTEMPT, FACE, GRID, JOB, NOON

from dashboard.cli import pictures
from dashboard.cli.asking import Api
from matrix.status import Evidence, Layer, Role, Status
from matrix.verdict import MARKS, CellState, Counts, State
from orchestrator.views import CellPage, Face, Grid, JobView, Label
from runners.work import CaseResult, Phase, RankReport, Usage

WIDTHS = (40, 60, 80, 120, 200)
STATE = CellState(
    cell=(("site", "lab"), ("accelerator", "cpu")),
    suite="smoke",
    stack="stable",
    role=Role.HEADLINE,
    status=Status.PASS,
    layer=Layer.NONE,
    confidence=1.0,
    reason="",
    counts=Counts(passed=3, skip=1),
    history="PPP",
    since=NOON,
    reported_at=NOON,
    job=1,
    run=1,
    queued=0,
    running=0,
    unmet="",
    trend=0,
    evidence=Evidence.SELF_REPORTED,
)


@dataclass
class Answers:
    """A server whose answers are given; what Api is asked for by the pictures."""

    the_grid: Grid = GRID
    page: CellPage | None = None
    bad: tuple[CaseResult, ...] = ()
    of_ranks: tuple[RankReport, ...] = ()
    limits: list[int] = field(default_factory=list)
    at: datetime = NOON + timedelta(hours=3)

    def now(self) -> datetime:
        return self.at

    def grid(self) -> Grid:
        return self.the_grid

    def cell(self, site: str, accelerator: str) -> CellPage:
        assert self.page is not None
        assert (site, accelerator) == (self.page.site.name, self.page.accelerator.name)
        return self.page

    def bad_cases(self, job: JobView, limit: int) -> tuple[CaseResult, ...]:
        self.limits.append(limit)
        return self.bad[:limit] if job.id else ()

    def ranks(self, job: int) -> tuple[RankReport, ...]:
        return self.of_ranks if job else ()


def as_api(answers: Answers) -> Api:
    return cast("Api", answers)


def page_of(*states: CellState, face: Face = FACE, why: str = "") -> CellPage:
    return CellPage(GRID.matrix, face.site, face.accelerator, face, states, (), why)


def drawn_grid(grid: Grid, capsys: pytest.CaptureFixture[str]) -> list[str]:
    pictures.grid(as_api(Answers(grid)))
    return capsys.readouterr().out.splitlines()


def drawn_cell(page: CellPage, capsys: pytest.CaptureFixture[str]) -> str:
    pictures.cell(as_api(Answers(page=page)), page.site.name, page.accelerator.name)
    return capsys.readouterr().out


def drawn_job(job: JobView, capsys: pytest.CaptureFixture[str], *bad: CaseResult) -> list[str]:
    pictures.job(as_api(Answers(bad=bad)), job)
    return capsys.readouterr().out.splitlines()


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("state", list(State))
def test_a_square_of_each_state_has_its_glyph_word_and_legend(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = drawn_grid(replace(GRID, faces=(replace(FACE, state=state),)), capsys)
    said = f"{MARKS[state].glyph} {state.value}"
    assert said in lines[2]
    assert lines[-1].strip() == said


def test_at_every_width_all_glyphs_of_the_slide_are_there(
    width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = lively.grid()
    pictures.grid(as_api(Answers(grid, at=lively.NOW)))
    text = capsys.readouterr().out
    for state in {face.state for face in grid.faces}:
        squares = sum(face.state is state for face in grid.faces)
        assert text.count(MARKS[state].glyph) >= squares, (width, state)


@pytest.mark.usefixtures("wide")
def test_rows_are_sites_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn_grid(lively.grid(), capsys)
    assert lines[1].split() == [accelerator.label for accelerator in lively.ACCELERATORS]
    for line, site in zip(lines[2:7], lively.SITES, strict=True):
        assert line.startswith(site.label)


@pytest.mark.usefixtures("wide")
def test_the_columns_of_a_grid_stand_below_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    grid = lively.grid()
    lines = drawn_grid(grid, capsys)
    starts = [lines[1].index(accelerator.label) for accelerator in grid.accelerators]
    for row, line in enumerate(lines[2:7]):
        # A wide glyph takes two columns of the terminal.
        columns = [part for letter in line for part in (letter, "")[: cell_len(letter)]]
        states = [face.state for face in grid.faces[row * 4 : row * 4 + 4]]
        assert [columns[at] for at in starts] == [MARKS[state].glyph for state in states]


@pytest.mark.usefixtures("wide")
def test_the_legend_names_each_state_that_is_seen_once(capsys: pytest.CaptureFixture[str]) -> None:
    faces = tuple(replace(FACE, state=state) for state in (State.FAILING, State.PASSING) * 2)
    sites = tuple(Label(name, name) for name in "abcd")
    legend = drawn_grid(replace(GRID, sites=sites, faces=faces), capsys)[-1]
    assert legend.split() == ["✕", "failing", "✓", "passing"]


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=7), "7 h"),
        (timedelta(days=400), "400 d"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_a_square_says_how_old_its_newest_result_is(
    ago: timedelta, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures.grid(as_api(Answers(at=NOON + ago)))
    assert f"✓ passing {told} 3/3" in capsys.readouterr().out


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (Counts(passed=3, skip=1), "3/3"),
        (Counts(fail=2, passed=38, skip=1), "38/40"),
        (Counts(skip=4), "0/0"),
        (Counts(passed=20153, skip=412, expected=3), "20153/20156"),
    ],
)
def test_a_square_counts_what_passed_of_what_was_run(
    counts: Counts, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = drawn_grid(replace(GRID, faces=(replace(FACE, counts=counts),)), capsys)
    assert lines[2].endswith(told)


@pytest.mark.usefixtures("wide")
def test_a_square_that_was_never_reported_has_no_age_and_no_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    new = replace(FACE, state=State.NEW, counts=Counts(), age_from=None)
    lines = drawn_grid(replace(GRID, faces=(new,)), capsys)
    assert lines[2].split() == ["Lab", "○", "new"]


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("simulated", [True, False])
def test_a_simulated_grid_says_so_in_its_first_line(
    simulated: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = drawn_grid(replace(GRID, simulated=simulated), capsys)
    assert ("SIMULATED" in lines[0]) == simulated


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"status": None, "running": 1, "queued": 2}, "▶ running"),
        ({"status": None, "unmet": "no runner offers it", "queued": 1}, "– not offered"),  # noqa: RUF001 - the dash is the glyph
        ({"status": None, "queued": 1}, "… queued"),
        ({"status": None}, "○ new"),
        ({"status": Status.FAIL, "running": 1}, "✕ FAIL"),
        ({"status": Status.SKIP}, "∅ SKIP"),
        ({"status": Status.MISS}, "⚡ MISS"),
        ({"status": Status.ERROR}, "! ERROR"),
        ({"status": Status.DONE}, "✓ DONE"),
    ],
)
def test_a_suite_of_a_cell_shows_what_it_has_or_waits_for(
    changes: dict[str, Any], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = drawn_cell(page_of(replace(STATE, **changes)), capsys)
    assert shown in text.splitlines()[-1]


@pytest.mark.usefixtures("wide")
def test_a_cell_says_why_it_is_as_it_is_without_reading_it_as_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    face = replace(FACE, reason="matmul[float32] is [bold]off[/bold]")
    text = drawn_cell(page_of(STATE, face=face, why="why [red]so[/red]"), capsys)
    assert "matmul[float32] is [bold]off[/bold]\n" in text
    assert "why [red]so[/red]\n" in text


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("text", ["test[float32]", "[/]", "[bold]", "a\\[b", ":smile:"])
def test_any_reason_of_a_suite_is_shown_as_it_is(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert text in drawn_cell(page_of(replace(STATE, reason=text)), capsys)


@pytest.mark.usefixtures("width")
def test_a_jobs_lines_are_never_broken_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "word " * 80 + "end"
    lines = drawn_job(replace(JOB, status=Status.FAIL, reason=reason), capsys)
    assert lines[0] == f"✕ FAIL  {JOB.name}  {reason}"


@pytest.mark.parametrize(
    ("state", "shown"), [("queued", "…"), ("leased", "▶"), ("running", "▶"), ("ended", "…")]
)
def test_a_job_without_a_status_shows_where_it_is(
    state: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = drawn_job(replace(JOB, state=state, status=None), capsys)
    assert lines[0].startswith(shown)


def test_each_attempt_of_a_job_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    lost = replace(ATTEMPT, fence=1, reason="the runner [lab] was lost", usage=Usage())
    again = replace(ATTEMPT, fence=2, phase=Phase.RUNNING, usage=Usage(run_seconds=90.0))
    lines = drawn_job(replace(JOB, attempts=(lost, again)), capsys)
    assert lines[1:] == [
        "  attempt 1 on lab-1: ended, 0 s  the runner [lab] was lost",
        "  attempt 2 on lab-1: running, 2 min",
    ]


def test_the_cases_that_are_not_fine_are_told_by_their_first_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = CaseResult("add[cpu]", Status.FAIL, dtype="float32", message="off\nby one")
    plain = CaseResult("mul", Status.ERROR)
    lines = drawn_job(replace(JOB, attempts=()), capsys, bad, plain)
    assert lines[1:] == ["✕ FAIL  add[cpu] float32  off", "! ERROR  mul"]


def test_the_command_that_repeats_a_job_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    command = "env A='[b]' sh -c '" + "x" * 300 + "'"
    assert drawn_job(replace(JOB, repeat=command), capsys)[-1] == f"repeat: {command}"


def test_each_rank_of_a_job_on_several_nodes_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    gone = RankReport(1, "host-b (34)", Status.MISS, Layer.INFRA, "it died", lost=True)
    fine = RankReport(0, "host-a (12)", Status.PASS, Layer.NONE, "")
    pictures.job(as_api(Answers(of_ranks=(fine, gone))), JOB)
    lines = capsys.readouterr().out
    assert "rank 0 on host-a (12)" in lines
    assert "rank 1 on host-b (34): it died" in lines
