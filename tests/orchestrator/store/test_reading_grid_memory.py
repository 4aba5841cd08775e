from __future__ import annotations

from datetime import timedelta

from worlds import TEXT, Hand, World, card_of, matrix_of, offer_of, report_of, world

from matrix.status import Status
from matrix.verdict import State
from orchestrator.store.announcing import announce
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import grid
from orchestrator.store.store import Store
from orchestrator.views import Face, Grid, Label
from runners.work import CaseResult

QUICK = "lab/cpu:quick"
PAIR = TEXT.replace("stacks:", "  second: {command: [sh, second.sh]}\nstacks:")


def slide(world: World) -> Grid:
    found = grid(world.store, "small")
    assert found is not None
    return found


def square(world: World, site: str = "lab", accelerator: str = "cpu") -> Face:
    faces = {(one.site.name, one.accelerator.name): one for one in slide(world).faces}
    return faces[site, accelerator]


def second_reader(world: World) -> Grid | None:
    """The slide as another server on the same database reads it: without what ours remembers."""
    return grid(Store(world.store.url, world.store.engine, world.clock), "small")


def test_a_label_that_changes_is_read_anew(small: World) -> None:
    slide(small)
    save_matrix(small.store, matrix_of(TEXT.replace("label: Lab", "label: The lab")))
    assert slide(small).sites[0] == Label("lab", "The lab")


def test_a_revision_that_comes_back_brings_its_squares_back(small: World) -> None:
    before = slide(small)
    small.clock.pass_by(timedelta(minutes=1))
    save_matrix(small.store, matrix_of(TEXT.replace("[cpu, gpu]", "[cpu]")))
    assert len(slide(small).faces) == 2
    small.clock.pass_by(timedelta(minutes=1))
    save_matrix(small.store, small.matrix)
    assert slide(small).faces == before.faces


def test_a_stale_square_turns_fresh_with_the_next_report(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    small.clock.pass_by(timedelta(hours=40))
    assert square(small).state is State.STALE
    small.queue.renew(small.runner, [])
    small.carry_out(report_of(), QUICK)
    assert square(small).state is State.PASSING


def test_a_second_suite_that_grows_stale_earlier_is_seen_though_the_first_is_fresh(
    store: Store, clock: Hand
) -> None:
    paired = world(store, clock, PAIR)
    paired.carry_out(report_of(), QUICK)
    clock.pass_by(timedelta(hours=20))
    paired.carry_out(report_of(), "lab/cpu:second")
    assert square(paired).state is State.PASSING
    clock.pass_by(timedelta(hours=17))
    assert (square(paired).state, square(paired).done) == (State.STALE, 1)
    clock.pass_by(timedelta(hours=20))
    assert square(paired).done == 0


def test_another_server_reads_the_same_slide(small: World) -> None:
    slide(small)
    for status in (Status.PASS, Status.FAIL):
        small.carry_out(report_of(status, CaseResult("a", status)), QUICK)
        assert second_reader(small) == slide(small)
    small.start()
    assert second_reader(small) == slide(small)


def test_what_another_server_wrote_is_seen_in_the_remembered_slide(small: World) -> None:
    slide(small)
    other = Store(small.store.url, small.store.engine, small.clock)
    announce(other, card_of("bench", offer_of(), offer_of("lab", "gpu")))
    assert square(small, "lab", "gpu").state is State.NEW


def test_two_matrices_are_remembered_apart(small: World) -> None:
    save_matrix(small.store, matrix_of(TEXT.replace("name: small", "name: other")))
    small.carry_out(report_of(Status.FAIL), QUICK)
    other = grid(small.store, "other")
    assert other is not None
    assert {face.state for face in other.faces} == {State.NEW, State.NOT_OFFERED}
    assert square(small).state is State.FAILING
    assert other.run is None


def test_a_change_in_one_matrix_leaves_the_others_version(small: World) -> None:
    save_matrix(small.store, matrix_of(TEXT.replace("name: small", "name: other")))
    before = grid(small.store, "other")
    small.carry_out(report_of(), QUICK)
    assert grid(small.store, "other") is before is not None
