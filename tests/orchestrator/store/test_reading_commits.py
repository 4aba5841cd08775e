"""Runs about commits: what they say of their subject, and that the grid keeps what it showed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from at_commits import HEADS, QUICK, REPOSITORY, made, ran, start
from sqlalchemy import update
from worlds import Hand, World, report_of, world

from matrix.status import Status
from matrix.verdict import State
from orchestrator.store.read_commits import TRUNK, commit_page, commits
from orchestrator.store.read_grid import grid
from orchestrator.store.runs import Subject
from orchestrator.store.shapes import UNLOCKED
from orchestrator.store.store import Store
from orchestrator.store.work import Shape


def shown(here: World) -> State:
    view = grid(here.store, "small")
    assert view is not None
    return next(
        face.state
        for face in view.faces
        if (face.site.name, face.accelerator.name) == ("lab", "cpu")
    )


def test_nothing_was_about_a_commit_at_first(small: World) -> None:
    assert commits(small.store, "small") == ()
    assert commits(small.store, "nothing") is None
    assert commit_page(small.store, "small", "torch", HEADS[0]) is None
    assert commit_page(small.store, "nothing", "torch", HEADS[0]) is None


def test_the_commit_that_was_run_last_is_the_first(small: World) -> None:
    statuses = (Status.PASS, Status.FAIL, Status.PASS)
    runs = [ran(small, head, status) for head, status in zip(HEADS, statuses, strict=False)]

    found = commits(small.store, "small", "torch") or ()

    assert [one.head for one in found] == [HEADS[2], HEADS[1], HEADS[0]]
    assert [one.run for one in found] == runs[::-1]
    assert [one.status for one in found] == list(statuses[::-1])
    assert found[1].counts.fail == 1
    assert {(one.verdicts, one.ended) for one in found} == {(1, 1)}
    assert found == commits(small.store, "small")


def test_commits_stand_in_the_order_of_their_history(small: World) -> None:
    for number, day in ((2, 3), (0, 1), (1, 2)):
        ran(small, HEADS[number], said=made(HEADS[number], day, f"Change {day}"))
    ran(small, "2.13.0")  # a version has the time of its run

    found = commits(small.store, "small", "torch") or ()
    assert [one.head for one in found] == ["2.13.0", HEADS[2], HEADS[1], HEADS[0]]
    assert [one.title for one in found] == ["", "Change 3", "Change 2", "Change 1"]
    middle = commit_page(small.store, "small", "torch", HEADS[1])
    assert middle is not None
    assert middle.against is not None
    assert middle.against.head == HEADS[0]  # though it was run after
    first = commit_page(small.store, "small", "torch", HEADS[0])
    assert first is not None
    assert first.against is None


def test_what_a_commit_once_said_stays_known(small: World) -> None:
    ran(small, HEADS[0], said=made(HEADS[0], 1, "Mend it"))
    ran(small, HEADS[0])  # its repository did not answer this time
    (found,) = commits(small.store, "small") or ()
    assert (found.title, found.committed_at) == ("Mend it", datetime(2026, 11, 1, tzinfo=UTC))


def test_what_goes_on_is_not_known_yet(small: World) -> None:
    start(small, HEADS[0])
    (found,) = commits(small.store, "small") or ()
    assert (found.status, found.verdicts, found.ended) == (None, 1, 0)


def test_where_each_verdict_stands_before_it_is_known(small: World) -> None:
    start(small, HEADS[0], only=":quick@stable")
    (ticket,) = small.claim()

    page = commit_page(small.store, "small", "torch", HEADS[0])

    assert page is not None
    assert ticket.name == QUICK
    assert {(one.name, one.running, one.unmet) for one in page.verdicts} == {
        (QUICK, True, ""),
        ("lab/gpu:quick@stable", False, "no runner at lab offers accelerator=gpu"),
        ("edge/cpu:quick@stable", False, "no runner offers site=edge"),
        ("edge/gpu:quick@stable", False, "no runner offers site=edge"),
    }
    assert (page.commit.verdicts, page.commit.ended, page.commit.unoffered) == (4, 0, 3)
    states = {(one.site.name, one.accelerator.name): one.state for one in page.grid.faces}
    assert states.pop(("lab", "cpu")) is State.RUNNING
    assert set(states.values()) == {State.NOT_OFFERED}


def test_what_waits_for_a_place_or_its_environment_is_queued(small: World) -> None:
    start(small, HEADS[0])
    page = commit_page(small.store, "small", "torch", HEADS[0])
    assert page is not None
    assert [(one.running, one.unmet) for one in page.verdicts] == [(False, "")]
    shape = update(Shape).values(unmet=UNLOCKED)
    with small.store.write() as connection:
        connection.execute(shape)
    again = commit_page(small.store, "small", "torch", HEADS[0])
    assert again is not None
    assert again.verdicts == page.verdicts


def test_a_second_run_at_a_commit_says_more_of_it(small: World) -> None:
    ran(small, HEADS[0], Status.FAIL)
    second = ran(small, HEADS[0], Status.PASS, only="lab/cpu:")

    (found,) = commits(small.store, "small") or ()

    assert (found.run, found.status, found.verdicts) == (second, Status.PASS, 2)


def test_each_component_has_its_own_commits(small: World) -> None:
    ran(small, HEADS[0], more=(Subject("vllm", "", "", HEADS[0]), Subject("vllm", "", "", "0.11")))

    found = commits(small.store, "small") or ()

    assert {(one.component, one.head) for one in found} == {
        ("torch", HEADS[0]),
        ("vllm", HEADS[0]),
        ("vllm", "0.11"),
    }
    assert {one.head for one in commits(small.store, "small", "vllm") or ()} == {HEADS[0], "0.11"}


def test_a_run_aside_leaves_the_grid_as_it_was(small: World) -> None:
    small.carry_out(report_of(Status.PASS), QUICK)
    before = shown(small)

    ran(small, HEADS[0], Status.FAIL)

    assert before is shown(small) is State.PASSING
    page = commit_page(small.store, "small", "torch", HEADS[0])
    assert page is not None
    assert page.verdicts[0].status is Status.FAIL


def test_a_run_of_what_a_stack_follows_is_the_grids_too(small: World) -> None:
    ran(small, HEADS[0], Status.FAIL, aside=False)

    assert shown(small) is State.FAILING
    assert [one.head for one in commits(small.store, "small") or ()] == [HEADS[0]]


def test_a_page_has_all_cells_of_its_commit_and_no_others(small: World) -> None:
    small.carry_out(report_of(Status.PASS), "lab/cpu")
    ran(small, HEADS[0], Status.FAIL)

    page = commit_page(small.store, "small", "torch", HEADS[0])

    assert page is not None
    states = {(f.site.name, f.accelerator.name): f.state for f in page.grid.faces}
    assert len(states) == 4
    assert states.pop(("lab", "cpu")) is State.FAILING
    assert set(states.values()) == {State.EXCLUDED}
    assert [(one.name, one.status) for one in page.verdicts] == [(QUICK, Status.FAIL)]
    assert page.commit.repository == REPOSITORY
    assert (page.against, page.shifts) == (None, ())


def test_what_was_found_at_a_commit_does_not_grow_old(small: World) -> None:
    ran(small, HEADS[0])
    small.clock.pass_by(small.matrix.policies.freshness * 100)
    page = commit_page(small.store, "small", "torch", HEADS[0])
    assert page is not None
    assert State.PASSING in {face.state for face in page.grid.faces}


def test_another_one_may_be_asked_for_by_its_first_digits(small: World) -> None:
    for number in range(3):
        ran(small, HEADS[number])

    page = commit_page(small.store, "small", "torch", HEADS[2][:7], HEADS[0][:8])

    assert page is not None
    assert page.against is not None
    assert (page.commit.head, page.against.head) == (HEADS[2], HEADS[0])
    assert commit_page(small.store, "small", "torch", HEADS[2][:6]) is None
    strange = commit_page(small.store, "small", "torch", HEADS[2], HEADS[5])
    assert strange is not None
    assert strange.against is None


@pytest.mark.parametrize("head", ["%", "_" * 40, "a_aaaaaaa", "", "'"])
def test_signs_that_databases_know_are_no_commits(small: World, head: str) -> None:
    ran(small, HEADS[0])
    assert commit_page(small.store, "small", "torch", head) is None


def test_the_strip_has_an_end_and_older_commits_keep_their_pages(store: Store, clock: Hand) -> None:
    here = world(store, clock)
    heads = [f"{number:040x}" for number in range(TRUNK + 2)]
    for head in heads:
        start(here, head)

    found = commits(store, "small") or ()
    oldest = commit_page(store, "small", "torch", heads[0])

    assert [one.head for one in found] == heads[:1:-1]
    assert oldest is not None
    assert oldest.commit.head == heads[0]
    assert len(oldest.verdicts) == 1
    beside = commit_page(store, "small", "torch", heads[-1], heads[0])
    assert beside is not None
    assert beside.against == oldest.commit


def test_a_run_aside_changes_nothing_of_what_a_cell_asks_for(small: World) -> None:
    """The next job of the grid is of the stack, and needs what the stack needs."""
    ran(small, HEADS[0])
    small.start(QUICK)
    (ticket,) = small.claim()
    assert ticket.stack == "stable"
    small.end([ticket], report_of(Status.PASS))
    assert shown(small) is State.PASSING
