"""What readers see of the playground: beside the slide, never on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playing import OPEN, join, play
from worlds import Hand, World, offer_of, report_of, world

from matrix.model import PLANNED
from matrix.status import Status
from matrix.verdict import State
from orchestrator.store import playground as store_playground
from orchestrator.store.read_commits import commit_page, commits
from orchestrator.store.read_grid import CHANGES, cell_page, grid, playground
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.views import CellPage, Grid, Playground

FREE = OPEN.replace("suites:", "  dtype: {open: true, values: [f32]}\nsuites:")
GARAGE = offer_of("garage")
FP4 = offer_of(dtype="fp4")


@pytest.fixture
def house(store: Store, clock: Hand) -> World:
    """A matrix whose sites are open, with a guest that fails everything."""
    found = world(store, clock, OPEN)
    found.carry_out(report_of(), "lab/cpu")
    play(found, join(found), report_of(Status.FAIL), GARAGE)
    return found


@pytest.fixture
def typed(store: Store, clock: Hand) -> World:
    """A matrix with an open axis beside sites, and a machine of the lab that has its own value."""
    found = world(store, clock, FREE)
    found.carry_out(report_of(), "lab/cpu")
    play(found, join(found, FP4), report_of(Status.FAIL), FP4)
    return found


def slide(world: World) -> Grid:
    found = grid(world.store, "small")
    assert found is not None
    return found


def played(world: World) -> Playground:
    found = playground(world.store, "small")
    assert found is not None
    return found


def page(world: World, site: str = "lab", accelerator: str = "cpu") -> CellPage:
    found = cell_page(world.store, "small", site, accelerator)
    assert found is not None
    return found


def test_the_slide_shows_only_what_the_file_lists(house: World) -> None:
    assert [site.name for site in slide(house).sites] == ["lab", "edge"]
    assert State.FAILING not in {face.state for face in slide(house).faces}


def test_the_slide_counts_the_cells_beside_it(house: World) -> None:
    assert slide(house).playing == 1


def test_the_playground_shows_only_what_it_does_not_list(house: World) -> None:
    (face,) = played(house).grid.faces
    assert (face.site.name, face.accelerator.name, face.state) == ("garage", "cpu", State.FAILING)
    assert played(house).values == (("site", ("garage",)),)
    assert played(house).open == ("site",)


def test_a_matrix_that_is_not_there_has_no_playground(house: World) -> None:
    assert playground(house.store, "nothing") is None


def test_changes_are_told_where_they_happened(house: World) -> None:
    assert {change.site for change in slide(house).changes} == {"lab"}
    assert {change.site for change in played(house).grid.changes} == {"garage"}


def test_what_happens_on_the_playground_does_not_push_the_slides_changes_out(house: World) -> None:
    before = len(slide(house).changes)
    for number in range(CHANGES):
        house.clock.pass_by(timedelta(minutes=1))
        status = Status.PASS if number % 2 else Status.FAIL
        play(house, join(house), report_of(status), GARAGE)
    assert len(slide(house).changes) == before


def test_a_square_of_the_playground_has_a_page(house: World) -> None:
    found = page(house, "garage")
    assert found.states == ()
    assert {state.suite for state in found.playing} == {"quick", "wide"}
    assert found.face.state is State.FAILING


def test_a_value_of_another_axis_stays_out_of_the_square(typed: World) -> None:
    assert slide(typed).faces[0].state is not State.FAILING
    assert slide(typed).playing == 1
    (face,) = played(typed).grid.faces
    assert (face.site.label, face.state) == ("Lab", State.FAILING)
    assert played(typed).values == (("dtype", ("fp4",)),)


def test_the_page_of_a_listed_square_keeps_both_apart(typed: World) -> None:
    found = page(typed)
    assert {dict(state.cell)["dtype"] for state in found.states} == {"f32"}
    assert {dict(state.cell)["dtype"] for state in found.playing} == {"fp4"}
    assert found.face == slide(typed).faces[0]


def test_a_result_of_the_playground_grows_stale_like_any(house: World) -> None:
    assert played(house).grid.faces[0].state is State.FAILING
    house.clock.pass_by(timedelta(hours=40))
    assert played(house).grid.faces[0].state is State.STALE


def at_commit(world: World, runner: int, report: str = "FAIL") -> None:
    """Everything at a version, on the slide with PASS and on the playground with a report."""
    jobs = [
        job
        for job in store_playground.jobs(world.store, world.matrix)
        if job.status == PLANNED and dict(job.cell)["accelerator"] == "cpu"
    ]
    about = Trigger(subjects=(Subject("torch", head="2.14.0"),), aside=True)
    start_run(world.store, world.matrix, jobs, about)
    while tickets := world.claim(8):
        world.end(tickets, report_of())
    guest = World(world.store, world.clock, world.matrix, world.queue, runner)
    while tickets := guest.claim(8, GARAGE):
        guest.end(tickets, report_of(Status(report)))


def test_a_commit_is_judged_by_the_slide(house: World) -> None:
    at_commit(house, join(house))
    (commit,) = commits(house.store, "small") or ()
    assert commit.status is Status.PASS


def test_a_commits_page_lists_what_was_found_on_the_playground(house: World) -> None:
    at_commit(house, join(house))
    found = commit_page(house.store, "small", "torch", "2.14.0")
    assert found is not None
    assert [site.name for site in found.grid.sites] == ["lab", "edge"]
    statuses = {one.name: one.status for one in found.verdicts}
    assert statuses["garage/cpu:quick@stable"] is Status.FAIL


def test_a_commit_that_only_guests_ran_is_judged_by_them(store: Store, clock: Hand) -> None:
    text = OPEN + 'exclude: [{site: "!garage"}]\n'
    house = world(store, clock, text)
    at_commit(house, join(house))
    (commit,) = commits(store, "small") or ()
    assert commit.status is Status.FAIL
