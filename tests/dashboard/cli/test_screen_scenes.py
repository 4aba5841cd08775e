"""What terminals and pipes show over a whole run, scene by scene."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sample_views import ATTEMPT, JOB, RUN

from dashboard.cli.printing import age, lasted, sized
from dashboard.cli.screen import LAST_RESULTS, Plain, Scene, bar, drawn, result_line
from matrix.status import Status
from orchestrator.views import JobView, ServerStatus

QUIET = ServerStatus(ready=True)
BAR = 30


def job(number: int, **changes: Any) -> JobView:
    return replace(JOB, id=number, name=f"lab/cpu:s{number}@x", **changes)


def running(number: int, **changes: Any) -> JobView:
    attempt = replace(ATTEMPT, **changes)
    return job(number, state="running", status=None, attempts=(attempt,))


def picture(scene: Scene, width: int = 100) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(drawn(scene))
    return file.getvalue().splitlines()


def piped(*scenes: Scene, past: Scene | None = None) -> list[str]:
    file = io.StringIO()
    shown = Plain(Console(file=file, width=200, highlight=False), past)
    for scene in scenes:
        shown.show(scene)
    return file.getvalue().splitlines()


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_bar_is_full_exactly_when_everything_offered_has_ended(counts: tuple[int, int]) -> None:
    ended, offered = counts
    shown = bar(replace(RUN, jobs=offered, offered=offered, ended=ended))
    green = sum(span.end - span.start for span in shown.spans if span.style == "green")
    assert shown.plain.startswith("━" * BAR + " run 7")
    assert (green == BAR) == (ended == offered != 0)
    assert 0 <= green <= BAR


@given(st.integers(1, 200))
def test_a_bar_never_goes_back_while_a_run_goes_on(offered: int) -> None:
    def green(ended: int) -> int:
        shown = bar(replace(RUN, jobs=offered, offered=offered, ended=ended))
        return sum(span.end - span.start for span in shown.spans if span.style == "green")

    lengths = [green(ended) for ended in range(offered + 1)]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_the_picture_of_a_busy_server_fits_every_width(width: int) -> None:
    scene = Scene(
        replace(QUIET, doing=("building the environment",), problems=("the disk is full",)),
        RUN,
        tuple(running(number) for number in (1, 2)),
        tuple(job(number) for number in range(3, 20)),
    )
    lines = picture(scene, width)
    assert all(len(line) <= width for line in lines)
    text = "".join(lines)
    assert text.count("✓ PASS") == LAST_RESULTS
    assert text.count("▶ running") == 2
    assert "… building the environment" in text
    assert "! the disk is full" in text


def test_the_newest_result_stands_lowest() -> None:
    lines = picture(Scene(QUIET, None, (), (job(3), job(2), job(1))))
    assert [line.split(":")[1] for line in lines] == ["s1@x", "s2@x", "s3@x"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"done": 0, "total": 9}, "0 of 9 cases"),
        ({"done": 9, "total": 9}, "9 of 9 cases"),
        ({"done": 3, "total": 0, "note": "building torch"}, "building torch"),
        ({"done": 3, "total": 9, "note": "ignored"}, "3 of 9 cases"),
    ],
)
def test_a_running_job_says_how_far_it_is(changes: dict[str, Any], told: str) -> None:
    (line,) = picture(Scene(QUIET, None, (running(1, **changes),)))
    assert line.rstrip() == f"▶ running  lab/cpu:s1@x  {told}"


def test_a_job_that_has_no_attempt_yet_is_shown_by_its_name() -> None:
    (line,) = picture(Scene(QUIET, None, (job(1, status=None, attempts=()),)))
    assert line.rstrip() == "▶ running  lab/cpu:s1@x"


@pytest.mark.parametrize("status", [*Status, None])
@pytest.mark.parametrize("reason", ["", "add[cpu] is [red]off[/red]"])
def test_a_result_is_told_as_it_is(status: Status | None, reason: str) -> None:
    told = result_line(job(1, status=status, reason=reason)).plain
    assert f" {status or 'SKIP'}  lab/cpu:s1@x" in told
    assert told.endswith(f"  {reason}" if reason else "s1@x")


@given(st.lists(st.lists(st.integers(0, 8), max_size=5, unique=True), max_size=6))
def test_a_pipe_tells_each_result_once_in_whatever_scenes_it_comes(
    scenes: list[list[int]],
) -> None:
    lines = piped(*(Scene(QUIET, None, (), tuple(map(job, ids))) for ids in scenes))
    first_seen = list(dict.fromkeys(number for ids in scenes for number in reversed(ids)))
    assert lines == [f"✓ PASS  lab/cpu:s{number}@x" for number in first_seen]


def test_a_pipe_does_not_tell_the_past_again() -> None:
    past = Scene(QUIET, None, (), (job(1), job(2)))
    assert piped(past, Scene(QUIET, None, (), (job(3),)), past=past) == ["✓ PASS  lab/cpu:s3@x"]


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        (Scene(QUIET, RUN, waiting=(job(1, waiting_for="no tpu"),)), ["16 jobs wait: no tpu"]),
        (
            Scene(QUIET, replace(RUN, jobs=5), waiting=(job(1, waiting_for="no tpu"),)),
            ["1 job waits: no tpu"],
        ),
        (
            Scene(
                QUIET,
                RUN,
                waiting=(job(1, waiting_for="no tpu"), job(2, waiting_for="no gpu")),
            ),
            ["16 jobs wait: no tpu, …"],
        ),
        (Scene(ServerStatus(ready=False), RUN, waiting=(job(1, waiting_for="no tpu"),)), []),
        (Scene(QUIET, None, waiting=(job(1, waiting_for="no tpu"),)), []),
        (
            Scene(
                replace(QUIET, doing=("planning",)), RUN, waiting=(job(1, waiting_for="no tpu"),)
            ),
            ["planning"],
        ),
    ],
)
def test_what_nobody_offers_is_told_once_all_is_quiet(scene: Scene, told: list[str]) -> None:
    assert piped(scene, scene) == told


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_longer_span_is_never_told_in_a_smaller_unit(one: float, other: float) -> None:
    units = ["s", "min", "h", "d"]
    short, long = (lasted(seconds).split()[1] for seconds in sorted((one, other)))
    assert units.index(short) <= units.index(long)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1.0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60.0, "1 min"),
        (3599.0, "60 min"),
        (3600.0, "1 h"),
        (86400.0, "1 d"),
        (86400.0 * 365, "365 d"),
    ],
)
def test_a_span_changes_its_unit_at_the_border(seconds: float, told: str) -> None:
    assert lasted(seconds) == told


@pytest.mark.parametrize("offset", [0, 2, -8])
def test_an_age_is_the_same_in_every_time_zone(offset: int) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    at = (now - timedelta(hours=3)).astimezone(timezone(timedelta(hours=offset)))
    assert age(at.isoformat(), now) == "3 h"


@given(st.floats(0, 1e17))
def test_a_size_is_told_with_at_most_three_digits_before_the_point(count: float) -> None:
    number, unit = sized(count).split()
    assert unit in {"B", "KB", "MB", "GB", "TB"}
    assert float(number) <= 1000 or unit == "TB"


def test_where_nothing_goes_on_for_want_of_a_budget_it_says_so() -> None:
    why = "waits for the budget of ann: 40 of 40 device-hours a day used, renews 2026-12-01"
    jobs = (job(3, waiting_for=why), job(2, waiting_for=why), job(1, waiting_for="no tpu"))
    waiting = Scene(QUIET, RUN, waiting=jobs)
    line = f"{jobs[0].name} {why}"
    assert piped(waiting) == ["16 jobs wait: no tpu", line]
    assert picture(waiting, 200)[0] == f"… {line}"
    assert piped(replace(waiting, running=(job(4),))) == ["16 jobs wait: no tpu"]
