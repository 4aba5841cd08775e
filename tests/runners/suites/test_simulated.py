"""The simulated suite as a program: it says what the script says, and that it is simulated."""

from __future__ import annotations

import json
from itertools import count

import pytest
from suites_by_hand import Play

from matrix.status import Status
from runners.suites.script import ACCELERATORS, SITES, Ending, Temper, scene, temper
from runners.suites.simulated import scene_of

SEED = 3


def cell_of(kind: Temper) -> dict[str, str]:
    return next(
        {"site": site, "accelerator": accelerator}
        for site in SITES
        for accelerator in ACCELERATORS
        if temper(SEED, site, accelerator) is kind
    )


def tick_of(kind: Temper, ending: Ending) -> int:
    cell = cell_of(kind)
    return next(t for t in count() if scene(SEED, *cell.values(), t).ending is ending)


def arguments(tick: int) -> list[str]:
    return [f"seed={SEED}", f"tick={tick}", "pace=0"]


def test_the_first_line_says_that_it_is_simulated(play: Play) -> None:
    said = play("simulated", *arguments(0), cell=cell_of(Temper.STEADY))
    assert said.hello.simulated
    assert said.is_complete
    assert said.facts["simulated"].value == "a seeded script; no hardware was used"


def test_what_is_said_is_the_scene(play: Play) -> None:
    cell = cell_of(Temper.FAILING)
    tick = next(t for t in count() if any(s.message for s in scene(SEED, *cell.values(), t).steps))
    said = play("simulated", *arguments(tick), cell=cell)
    played = scene(SEED, *cell.values(), tick)
    told = [(c.id, c.dtype, c.status.value, c.message) for c in said.cases.values()]
    assert told == [step[:4] for step in played.steps]
    assert said.hello.total == len(told)
    (speed,) = said.metrics
    assert (speed.unit, speed.better) == ("tokens/s", "higher")
    assert speed.values == played.tokens_per_second


def test_the_log_is_coloured(play: Play) -> None:
    said = play("simulated", *arguments(0), cell=cell_of(Temper.STEADY))
    assert "\x1b[32mPASS\x1b[0m kernel.rms_norm float32" in said.log


def test_a_crash_leaves_its_case_open_and_the_rest_is_played_behind_it(play: Play) -> None:
    cell, tick = cell_of(Temper.CRASHING), tick_of(Temper.CRASHING, Ending.ABORT)
    said = play("simulated", *arguments(tick), cell=cell)
    assert said.code == -6
    (crashed,) = said.open
    assert crashed.id == "kernel.attention"
    done = [*said.cases, (crashed.id, crashed.dtype)]
    rest = play("simulated", *arguments(tick), cell=cell, done=done)
    assert rest.is_complete
    assert not rest.cases.keys() & set(done)
    assert len(done) + len(rest.cases) == rest.hello.total


def test_a_broken_suite_leaves_without_bye(play: Play) -> None:
    tick = tick_of(Temper.BROKEN, Ending.VANISH)
    said = play("simulated", *arguments(tick), cell=cell_of(Temper.BROKEN))
    assert said.code == 1
    assert not said.is_complete
    assert not said.open
    assert "ImportError" in said.log


def test_a_sick_machine_misses(play: Play) -> None:
    cell = cell_of(Temper.SICK)
    tick = next(t for t in count() if any(s.message for s in scene(SEED, *cell.values(), t).steps))
    said = play("simulated", *arguments(tick), cell=cell)
    assert Status.MISS in {case.status for case in said.cases.values()}


@pytest.mark.parametrize(("now", "tick"), [(0.0, 0), (59.9, 0), (60.0, 1), (6000.0, 100)])
def test_without_a_tick_the_minutes_of_the_clock_are_taken(now: float, tick: int) -> None:
    cell = {"site": "lab", "accelerator": "cpu"}
    assert scene_of(cell, {"seed": "5"}, now) == scene(5, "lab", "cpu", tick)


def test_axes_beside_site_and_accelerator_change_nothing() -> None:
    cell = {"site": "lab", "accelerator": "cpu"}
    more = json.loads('{"site": "lab", "accelerator": "cpu", "dtype": "bf16"}')
    assert scene_of(cell, {"tick": "4"}, 0.0) == scene_of(more, {"tick": "4"}, 0.0)
