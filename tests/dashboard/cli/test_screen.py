"""What a terminal shows while a server works."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from sample_views import ATTEMPT, JOB, RUN

from dashboard.cli.screen import Plain, Scene, bar, display, drawn, result_line
from matrix.status import Status
from orchestrator.views import ServerStatus
from runners.work import Phase

QUIET = ServerStatus(ready=True)
RUNNING = replace(
    JOB,
    id=2,
    state="running",
    status=None,
    attempts=(replace(ATTEMPT, phase=Phase.RUNNING, done=3, total=12),),
)


def console(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=terminal, width=100, highlight=False), file


def plain_lines(*scenes: Scene) -> list[str]:
    screen, file = console()
    shown = Plain(screen)
    for scene in scenes:
        shown.show(scene)
    return file.getvalue().splitlines()


def text_of(scene: Scene) -> str:
    screen, file = console()
    screen.print(drawn(scene))
    return file.getvalue()


def test_a_pipe_gets_each_line_once() -> None:
    starting = Scene(ServerStatus(ready=False, doing=("starting Ray",)))

    assert plain_lines(starting, starting) == ["starting Ray"]


def test_a_pipe_gets_each_result_once_in_its_order() -> None:
    second = replace(JOB, id=2, name="lab/cpu:probe@stable")

    lines = plain_lines(Scene(QUIET, RUN, ended=(JOB,)), Scene(QUIET, RUN, ended=(second, JOB)))

    assert lines == ["✓ PASS  lab/cpu:smoke@stable", "✓ PASS  lab/cpu:probe@stable"]


def test_a_pipe_gets_problems() -> None:
    lines = plain_lines(Scene(ServerStatus(ready=False, problems=("no disk: free [some]",))))

    assert lines == ["no disk: free [some]"]


def test_a_result_says_why_it_is_not_fine() -> None:
    failed = replace(JOB, status=Status.FAIL, reason="2 of 40 cases")

    assert result_line(failed).plain == "✕ FAIL  lab/cpu:smoke@stable  2 of 40 cases"


def test_the_bar_counts_what_is_offered_and_tells_of_the_rest() -> None:
    assert bar(RUN).plain.endswith("run 7: 1 of 4 jobs, 16 offered by nobody yet")
    assert bar(replace(RUN, jobs=4)).plain.endswith("run 7: 1 of 4 jobs")


@pytest.mark.parametrize(("ended", "filled"), [(0, 0), (2, 15), (4, 30)])
def test_the_bar_is_as_long_as_what_has_ended(ended: int, filled: int) -> None:
    text = bar(replace(RUN, ended=ended))

    assert text.plain.startswith("━" * 30)
    assert text.spans[0].end == filled if filled else True
    assert sum(span.end - span.start for span in text.spans if span.style == "green") == filled


def test_a_run_that_nobody_offers_anything_of_has_an_empty_bar() -> None:
    assert "0 of 0 jobs" in bar(replace(RUN, offered=0, ended=0)).plain


def test_the_picture_shows_results_work_and_how_far() -> None:
    text = text_of(Scene(replace(QUIET, doing=("planning",)), RUN, (RUNNING,), (JOB,)))

    assert "✓ PASS  lab/cpu:smoke@stable" in text
    assert "▶ running  lab/cpu:smoke@stable  3 of 12 cases" in text
    assert "… planning" in text
    assert "1 of 4 jobs" in text


def test_the_picture_shows_a_note_where_no_total_is_known() -> None:
    preparing = replace(RUNNING, attempts=(replace(ATTEMPT, total=0, note="torch: 40 %"),))

    assert "torch: 40 %" in text_of(Scene(QUIET, RUN, (preparing,)))


def test_the_picture_shows_only_the_last_results() -> None:
    jobs = tuple(replace(JOB, id=n, name=f"lab/cpu:suite-{n}@stable") for n in range(20, 0, -1))

    text = text_of(Scene(QUIET, RUN, ended=jobs))

    assert "suite-20@" in text
    assert "suite-14@" not in text


def test_json_shows_nothing() -> None:
    screen, file = console(terminal=True)

    with display(screen, silent=True) as shown:
        shown.show(Scene(QUIET, RUN, ended=(JOB,)))

    assert file.getvalue() == ""


def test_a_terminal_gets_a_picture_and_a_pipe_gets_lines() -> None:
    for terminal in (True, False):
        screen, file = console(terminal=terminal)
        with display(screen, silent=False) as shown:
            shown.show(Scene(QUIET, RUN, ended=(JOB,)))
        assert ("of 4 jobs" in file.getvalue()) == terminal
