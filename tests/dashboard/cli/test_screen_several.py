"""What terminals and pipes show of several matrices that are followed at once."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

from rich.console import Console
from sample_views import JOB, NOON, RUN

from dashboard.cli.screen import Plain, Scene, bar, drawn, joined
from orchestrator.views import JobView, ServerStatus

QUIET = ServerStatus(ready=True)
SLIDE, OTHER = RUN, replace(RUN, id=8, matrix="other", jobs=5, offered=4, ended=1)


def job(number: int, matrix: str = "slide", **changes: Any) -> JobView:
    return replace(JOB, id=number, matrix=matrix, name=f"lab/cpu:s{number}@x", **changes)


def scene(run: Any = SLIDE, **parts: Any) -> Scene:
    return Scene(QUIET, run, **parts)


def picture(shown: Scene) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=120, highlight=False).print(drawn(shown))
    return file.getvalue().splitlines()


def piped(*scenes: Scene) -> list[str]:
    file = io.StringIO()
    shown = Plain(Console(file=file, width=200, highlight=False))
    for one in scenes:
        shown.show(one)
    return file.getvalue().splitlines()


def both(**parts: Any) -> Scene:
    together = joined([scene(), scene(OTHER, **parts)])
    assert together is not None
    return together


def test_of_no_scene_there_is_nothing_to_be_seen() -> None:
    assert joined([]) is None


def test_one_scene_is_seen_as_it_is() -> None:
    alone = scene(ended=(job(3), job(1)), running=(job(2),), waiting=(job(4),))

    assert joined([alone]) == alone


def test_several_keep_the_first_run_and_put_the_others_beside() -> None:
    assert (both().run, both().beside) == (SLIDE, (OTHER,))


def test_results_of_all_are_in_one_list_latest_first() -> None:
    early, late = job(1, ended_at=NOON), job(2, "other", ended_at=NOON + timedelta(seconds=1))
    latest = job(3, ended_at=NOON + timedelta(seconds=2))

    together = joined([scene(ended=(latest, early)), scene(OTHER, ended=(late,))])

    assert together is not None
    assert together.ended == (latest, late, early)


def test_what_runs_and_waits_is_that_of_all() -> None:
    together = joined(
        [scene(running=(job(1),)), scene(OTHER, running=(job(2),), waiting=(job(3),))]
    )

    assert together is not None
    assert [one.id for one in together.running] == [1, 2]
    assert [one.id for one in together.waiting] == [3]


def test_each_run_has_a_bar_that_names_its_matrix() -> None:
    lines = picture(both())

    assert [line.strip("━ ") for line in lines] == [
        bar(SLIDE, "slide ").plain.strip("━ "),
        bar(OTHER, "other ").plain.strip("━ "),
    ]
    assert lines[1].endswith("other run 8: 1 of 4 jobs, 1 offered by nobody yet")


def test_one_run_alone_is_not_named() -> None:
    (line,) = picture(scene())

    assert "slide" not in line


def test_results_and_work_in_hand_name_their_matrix() -> None:
    done, going = job(1, "other"), job(2, "other", state="running", status=None, attempts=())

    lines = picture(both(ended=(done,), running=(going,)))

    assert "✓ PASS  other lab/cpu:s1@x" in lines[0]
    assert "other lab/cpu:s2@x" in lines[1]


def test_a_pipe_names_the_matrix_of_each_result_and_tells_it_once() -> None:
    together = both(ended=(job(1, "other"),))

    assert piped(together, together) == ["✓ PASS  other lab/cpu:s1@x"]


def test_what_nobody_offers_is_counted_over_all() -> None:
    waiting = job(1, "other", state="queued", waiting_for="no runner offers tpu")
    rest = SLIDE.jobs - SLIDE.offered + 1

    (line,) = piped(both(waiting=(waiting,)))

    assert line == f"{rest} {'job waits' if rest == 1 else 'jobs wait'}: no runner offers tpu"
