"""Cells that runners make an open matrix have: planned with them, moved when they are listed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playing import LISTED, OPEN, join, play
from worlds import TEXT, Hand, World, card_of, matrix_of, offer_of, report_of, world

from matrix.model import PLANNED
from matrix.status import Status
from orchestrator.store import freshness, playground
from orchestrator.store.announcing import dismiss_all
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import grid
from orchestrator.store.read_grid import playground as played
from orchestrator.store.store import Store

GARAGE = offer_of("garage")


@pytest.fixture
def house(store: Store, clock: Hand) -> World:
    """A matrix whose sites are open, and a runner of the lab."""
    return world(store, clock, OPEN)


def cells(world: World) -> set[str]:
    found = played(world.store, world.matrix.name)
    assert found is not None
    return {f"{one.site.name}/{one.accelerator.name}" for one in found.grid.faces if one.planned}


def test_without_guests_the_playground_is_empty(house: World) -> None:
    assert cells(house) == set()


def test_a_guest_makes_its_cell(house: World) -> None:
    join(house)
    assert cells(house) == {"garage/cpu"}


def test_a_closed_matrix_has_none_whoever_comes(small: World) -> None:
    join(small)
    assert cells(small) == set()


def test_a_run_takes_what_is_offered_now(house: World) -> None:
    join(house)
    ids = {job.id for job in playground.jobs(house.store, house.matrix) if job.status == PLANNED}
    assert "garage/cpu:quick@stable" in ids
    dismiss_all(house.store)
    ids = {job.id for job in playground.jobs(house.store, house.matrix)}
    assert "garage/cpu:quick@stable" not in ids


def test_a_guest_that_has_gone_stays_on_the_page_for_a_month(house: World) -> None:
    join(house)
    dismiss_all(house.store)
    house.clock.pass_by(playground.REMEMBERED - timedelta(hours=1))
    save_matrix(house.store, house.matrix)
    assert cells(house) == {"garage/cpu"}
    house.clock.pass_by(timedelta(hours=2))
    save_matrix(house.store, house.matrix)
    assert cells(house) == set()


def test_a_guest_that_comes_back_brings_its_history(house: World) -> None:
    play(house, join(house), report_of(Status.FAIL), GARAGE)
    dismiss_all(house.store)
    house.clock.pass_by(playground.REMEMBERED * 2)
    save_matrix(house.store, house.matrix)
    join(house)
    found = played(house.store, "small")
    assert found is not None
    assert found.grid.faces[0].history.endswith("F")


def test_a_guest_that_offers_something_else_takes_its_old_cell_along(house: World) -> None:
    join(house)
    join(house, offer_of("shed"))
    assert cells(house) == {"shed/cpu"}


def test_saving_again_changes_nothing_while_the_guests_stay(house: World) -> None:
    join(house)
    before = played(house.store, "small")
    save_matrix(house.store, house.matrix)
    assert played(house.store, "small") == before


def test_a_value_that_is_listed_moves_to_the_slide_with_its_history(house: World) -> None:
    play(house, join(house), report_of(Status.FAIL), GARAGE)
    house.clock.pass_by(timedelta(minutes=1))

    save_matrix(house.store, matrix_of(LISTED))

    slide = grid(house.store, "small")
    assert slide is not None
    face = next(
        one for one in slide.faces if (one.site.name, one.accelerator.name) == ("garage", "cpu")
    )
    assert (face.site.label, face.history) == ("The garage", "F")
    assert cells(house) == set()


def test_a_value_that_is_struck_off_goes_back_to_the_playground(store: Store, clock: Hand) -> None:
    house = world(store, clock, LISTED)
    play(house, join(house), report_of(), GARAGE)
    clock.pass_by(timedelta(minutes=1))

    save_matrix(store, matrix_of(OPEN))

    slide = grid(store, "small")
    assert slide is not None
    assert "garage" not in {site.name for site in slide.sites}
    assert cells(house) == {"garage/cpu"}


def test_an_axis_that_is_closed_again_ends_the_play(house: World) -> None:
    join(house)
    house.clock.pass_by(timedelta(minutes=1))
    save_matrix(house.store, matrix_of(TEXT))
    assert cells(house) == set()


def test_results_of_the_playground_are_fresh_like_any(house: World) -> None:
    play(house, join(house), report_of(), GARAGE)
    assert "garage/cpu:quick@stable" in freshness.fresh(house.store, house.matrix)


def test_jobs_of_a_guest_that_has_gone_are_not_outdated(house: World) -> None:
    runner = join(house)
    house.start("lab/cpu")
    play(house, runner, report_of(), offer_of("garage", slots=0))
    dismiss_all(house.store)
    assert freshness.pending(house.store, house.matrix).outdated == ()


def test_an_exclude_keeps_a_guest_out(store: Store, clock: Hand) -> None:
    house = world(store, clock, OPEN + "exclude: [{site: garage}]\n")
    join(house)
    assert cells(house) == set()


def test_guests_that_are_there_come_before_those_that_have_gone(house: World) -> None:
    join(house, name="first")
    dismiss_all(house.store)
    join(house, offer_of("shed"), name="second")
    house.queue.announce(card_of())
    ids = [job.id for job in playground.remembered_jobs(house.store, house.matrix)]
    assert ids.index("shed/cpu:quick@stable") < ids.index("garage/cpu:quick@stable")


def test_the_page_of_another_server_shows_the_same(house: World) -> None:
    join(house)
    other = Store(house.store.url, house.store.engine, house.clock)
    assert played(other, "small") == played(house.store, "small")


def test_a_page_that_was_read_is_read_anew_once_something_changed(house: World) -> None:
    runner = join(house)
    assert cells(house) == {"garage/cpu"}
    play(house, runner, report_of(Status.FAIL), GARAGE)
    found = played(house.store, "small")
    assert found is not None
    assert found.grid.faces[0].counts.total == 0
    assert found.grid.faces[0].history == "F"
