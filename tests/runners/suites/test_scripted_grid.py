"""The whole simulated slide over many ticks: what people see of each kind of cell."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import Status, rolled_up
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

GRID = [(site, accelerator) for site in SITES for accelerator in ACCELERATORS]
SEEDS = st.integers(0, 10**6)
TICKS = st.integers(0, 10**6)
CELLS = st.sampled_from([*GRID, ("garage", "gpu"), ("lab", "npu")])
YEAR = range(400)


def cells_of(kind: Temper, seed: int) -> list[tuple[str, str]]:
    return [cell for cell in GRID if temper(seed, *cell) is kind]


def lives(kind: Temper, seed: int = 11) -> list[Scene]:
    cell = cells_of(kind, seed)[0]
    return [scene(seed, *cell, tick) for tick in YEAR]


def worst(played: Scene) -> Status:
    return rolled_up(Status(step.status) for step in played.steps)


@given(SEEDS)
def test_every_kind_of_cell_is_dealt_as_often_as_the_deck_has_it(seed: int) -> None:
    assert Counter(temper(seed, *cell) for cell in GRID) == Counter(DECK)


@given(SEEDS, CELLS, TICKS)
def test_every_status_is_one_of_the_protocols(seed: int, cell: tuple[str, str], tick: int) -> None:
    assert {step.status for step in scene(seed, *cell, tick).steps} <= set(Status)


@given(SEEDS, CELLS, TICKS)
def test_a_case_says_why_exactly_where_it_is_not_fine(
    seed: int, cell: tuple[str, str], tick: int
) -> None:
    for step in scene(seed, *cell, tick).steps:
        assert bool(step.message) == (step.status != "PASS")


@given(SEEDS, CELLS, TICKS)
def test_at_most_one_case_of_a_scene_is_in_trouble(
    seed: int, cell: tuple[str, str], tick: int
) -> None:
    bad = [step for step in scene(seed, *cell, tick).steps if step.status != "PASS"]
    assert len(bad) <= 1


@given(SEEDS, CELLS, TICKS)
def test_a_case_is_told_apart_by_its_name(seed: int, cell: tuple[str, str], tick: int) -> None:
    played = scene(seed, *cell, tick)
    assert len({step.id for step in played.steps}) == len(played.steps)
    assert 0 <= played.dies_in < len(played.steps)


@given(SEEDS, CELLS, TICKS)
def test_a_scene_is_over_in_a_minute(seed: int, cell: tuple[str, str], tick: int) -> None:
    played = scene(seed, *cell, tick)
    slow = 6 if played.temper is Temper.SLOW_TO_END else 1
    assert 0 < sum(step.seconds for step in played.steps) <= 0.6 * slow * len(played.steps)


@given(SEEDS, CELLS, TICKS)
def test_a_cell_keeps_its_temper_for_ever(seed: int, cell: tuple[str, str], tick: int) -> None:
    assert scene(seed, *cell, tick).temper is temper(seed, *cell)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Temper.STEADY, None),
        (Temper.SLOWER, None),
        (Temper.FASTER, None),
        (Temper.SLOW_TO_END, None),
        (Temper.BROKEN, None),
        (Temper.FAILING, Status.FAIL),
        (Temper.FLAKY, Status.FAIL),
        (Temper.CRASHING, Status.FAIL),
        (Temper.SICK, Status.MISS),
    ],
)
def test_each_temper_has_its_own_worst_day(kind: Temper, status: Status | None) -> None:
    seen = {worst(played) for played in lives(kind)}
    assert seen == ({Status.PASS} if status is None else {Status.PASS, status})


@pytest.mark.parametrize("kind", list(Temper))
def test_a_process_ends_badly_only_where_its_temper_says_so(kind: Temper) -> None:
    odd = {Temper.BROKEN: Ending.VANISH, Temper.CRASHING: Ending.ABORT}
    seen = {played.ending for played in lives(kind)}
    assert seen == ({Ending.BYE, odd[kind]} if kind in odd else {Ending.BYE})


@pytest.mark.parametrize("kind", [Temper.FAILING, Temper.SICK, Temper.BROKEN, Temper.CRASHING])
def test_trouble_lasts_two_thirds_of_the_time(kind: Temper) -> None:
    played = lives(kind)
    bad = sum(worst(one) is not Status.PASS or one.ending is not Ending.BYE for one in played)
    assert bad / len(played) == pytest.approx(2 / 3, abs=0.02)


def test_a_flaky_cell_fails_less_often_than_it_passes() -> None:
    played = lives(Temper.FLAKY)
    bad = sum(worst(one) is Status.FAIL for one in played)
    assert bad / len(played) == pytest.approx(0.4, abs=0.08)


def test_a_flaky_cell_does_not_stay_in_one_mood() -> None:
    moods = [worst(one) for one in lives(Temper.FLAKY)]
    changes = sum(one is not other for one, other in pairwise(moods))
    assert changes > len(moods) / 4


@pytest.mark.parametrize(("kind", "share"), [(Temper.SLOWER, 0.72), (Temper.FASTER, 1.3)])
def test_a_cell_that_changes_its_speed_does_so_after_six_fair_ticks(
    kind: Temper, share: float
) -> None:
    speeds = [median(one.tokens_per_second) for one in lives(kind)]
    fair, changed = median(speeds[:6]), median(speeds[6:18])
    assert changed / fair == pytest.approx(share, rel=0.02)
    assert median(speeds[18:24]) == pytest.approx(fair, rel=0.02)


@given(SEEDS, TICKS)
def test_a_gpu_is_faster_than_a_cpu_at_every_site(seed: int, tick: int) -> None:
    for site in SITES:
        gpu = median(scene(seed, site, "gpu", tick).tokens_per_second)
        cpu = median(scene(seed, site, "cpu", tick).tokens_per_second)
        assert gpu > 20 * cpu


@given(SEEDS, TICKS)
def test_two_cells_alike_do_not_say_the_same_numbers(seed: int, tick: int) -> None:
    told = [scene(seed, *cell, tick).tokens_per_second for cell in GRID]
    assert len(set(told)) == len(GRID)
