"""The script of the simulated suite: the same for the same question, alive over time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.script import (
    ACCELERATORS,
    DECK,
    SITES,
    Ending,
    Scene,
    Temper,
    scene,
    temper,
)

CELLS = [(site, accelerator) for site in SITES for accelerator in ACCELERATORS]
seeds = st.integers(0, 1000)
ticks = st.integers(0, 10**7)
cells = st.sampled_from([*CELLS, ("garage", "gpu"), ("lab", "npu"), ("", "")])


def cell_of(seed: int, kind: Temper) -> tuple[str, str]:
    return next(cell for cell in CELLS if temper(seed, *cell) is kind)


def story(kind: Temper, seed: int = 3, length: int = 36) -> list[Scene]:
    cell = cell_of(seed, kind)
    return [scene(seed, *cell, tick) for tick in range(length)]


def statuses(played: Scene) -> set[str]:
    return {step.status for step in played.steps}


@given(seeds, cells, ticks)
def test_a_scene_is_the_same_whenever_it_is_asked_for(
    seed: int, cell: tuple[str, str], tick: int
) -> None:
    assert scene(seed, *cell, tick) == scene(seed, *cell, tick)


@given(seeds)
def test_the_slides_cells_are_dealt_the_whole_deck(seed: int) -> None:
    assert Counter(temper(seed, *cell) for cell in CELLS) == Counter(DECK)


def test_more_than_half_of_the_deck_is_steady_and_every_temper_is_in_it() -> None:
    assert Counter(DECK)[Temper.STEADY] > len(DECK) / 2
    assert set(DECK) == set(Temper)
    assert len(DECK) == len(CELLS)


def test_another_seed_deals_otherwise() -> None:
    deals = {tuple(temper(seed, *cell) for cell in CELLS) for seed in range(5)}
    assert len(deals) == 5


@given(seeds, cells, ticks)
def test_cases_are_the_same_for_everybody_and_take_a_moment(
    seed: int, cell: tuple[str, str], tick: int
) -> None:
    played = scene(seed, *cell, tick)
    usual = [(step.id, step.dtype) for step in scene(3, "lab", "cpu", 0).steps]
    assert [(step.id, step.dtype) for step in played.steps] == usual
    assert all(0 < step.seconds < 4 for step in played.steps)
    assert 0 <= played.dies_in < len(played.steps)


@given(seeds, cells, ticks)
def test_what_fails_says_why(seed: int, cell: tuple[str, str], tick: int) -> None:
    for step in scene(seed, *cell, tick).steps:
        assert bool(step.message) == (step.status != "PASS")


def test_a_steady_cell_always_passes() -> None:
    for played in story(Temper.STEADY):
        assert (statuses(played), played.ending) == ({"PASS"}, Ending.BYE)


@pytest.mark.parametrize(("kind", "status"), [(Temper.FAILING, "FAIL"), (Temper.SICK, "MISS")])
def test_trouble_stays_for_a_while_and_is_mended(kind: Temper, status: str) -> None:
    hit = [status in statuses(played) for played in story(kind, length=24)]
    assert sum(hit) == 16
    changes = sum(a != b for a, b in pairwise(hit))
    assert changes <= 4


def test_a_flaky_cell_comes_and_goes() -> None:
    hit = ["FAIL" in statuses(played) for played in story(Temper.FLAKY)]
    assert 5 < sum(hit) < 31
    assert sum(a != b for a, b in pairwise(hit)) > 6


@pytest.mark.parametrize(
    ("kind", "ending"), [(Temper.CRASHING, Ending.ABORT), (Temper.BROKEN, Ending.VANISH)]
)
def test_some_processes_do_not_end_as_they_should(kind: Temper, ending: Ending) -> None:
    assert {played.ending for played in story(kind)} == {ending, Ending.BYE}


def test_a_crash_happens_inside_the_case_that_is_to_blame() -> None:
    crashed = next(p for p in story(Temper.CRASHING) if p.ending is Ending.ABORT)
    assert crashed.steps[crashed.dies_in].id == "kernel.attention"


@pytest.mark.parametrize(("kind", "change"), [(Temper.SLOWER, 0.72), (Temper.FASTER, 1.3)])
def test_speed_changes_after_a_fair_beginning(kind: Temper, change: float) -> None:
    played = story(kind, length=18)
    before = median(speed for one in played[:6] for speed in one.tokens_per_second)
    behind = median(speed for one in played[6:] for speed in one.tokens_per_second)
    assert behind / before == pytest.approx(change, rel=0.01)


@given(seeds, cells, ticks)
def test_replicates_lie_within_two_percent(seed: int, cell: tuple[str, str], tick: int) -> None:
    speeds = scene(seed, *cell, tick).tokens_per_second
    assert len(speeds) == 5
    assert max(speeds) / min(speeds) < 1.021


def test_some_cells_run_for_long() -> None:
    long = sum(step.seconds for step in story(Temper.SLOW_TO_END)[0].steps)
    usual = sum(step.seconds for step in story(Temper.STEADY)[0].steps)
    assert long > 4 * usual


@pytest.mark.parametrize("tick", range(0, 36, 5))
def test_most_of_the_grid_is_fine_at_any_moment(tick: int) -> None:
    fine = [scene(3, *cell, tick) for cell in CELLS]
    passing = [one for one in fine if statuses(one) == {"PASS"} and one.ending is Ending.BYE]
    assert len(passing) >= 15
