"""With what a commit is compared: what was asked for, else an older one, never a later one."""

from __future__ import annotations

from at_commits import HEADS, QUICK, REPOSITORY, at, made, ran, start
from worlds import World

from matrix.expand import expand
from matrix.model import PLANNED
from matrix.status import Status
from orchestrator.commit_views import CommitPage, Shift
from orchestrator.store.comparing import Side
from orchestrator.store.read_commits import commit_page
from orchestrator.store.runs import Subject, Trigger
from orchestrator.store.triggered import start_pairs


def page_of(here: World, head: str) -> CommitPage:
    page = commit_page(here.store, "small", "torch", head)
    assert page is not None
    return page


def beside(here: World, head: str) -> str | None:
    """What a commit is compared with by itself."""
    other = page_of(here, head).against
    return other.head if other else None


def test_a_commit_is_compared_with_the_one_that_was_run_before(small: World) -> None:
    ran(small, HEADS[0], Status.PASS)
    ran(small, HEADS[1], Status.FAIL, only="lab/cpu:")

    page = commit_page(small.store, "small", "torch", HEADS[1])

    assert page is not None
    assert page.against is not None
    assert page.against.head == HEADS[0]
    assert page.shifts == (
        Shift(QUICK, Status.PASS, Status.FAIL),
        Shift("lab/cpu:wide@stable", None, Status.FAIL),
    )


def test_what_the_stack_stands_at_is_no_reason_to_compare_with_a_later_one(small: World) -> None:
    tip, old = made(HEADS[2], 3), made(HEADS[0], 1)._replace(base=HEADS[2])
    ran(small, HEADS[2], said=tip)
    ran(small, HEADS[0], said=old)

    assert beside(small, HEADS[0]) is None
    ran(small, HEADS[1], said=made(HEADS[1], 2)._replace(base=HEADS[2]))
    assert [beside(small, head) for head in HEADS[:3]] == [None, HEADS[0], HEADS[1]]


def test_one_without_results_is_passed_over(small: World) -> None:
    ran(small, HEADS[0], said=made(HEADS[0], 1))
    ran(small, HEADS[2], said=made(HEADS[2], 3))
    start(small, HEADS[1], said=made(HEADS[1], 2))
    assert beside(small, HEADS[2]) == HEADS[0]


def test_whether_a_version_is_older_than_a_commit_nobody_knows(small: World) -> None:
    ran(small, "2.12.0")
    ran(small, "2.13.0")
    ran(small, HEADS[0], said=made(HEADS[0], 30))
    assert beside(small, HEADS[0]) is None
    assert beside(small, "2.13.0") == "2.12.0"


def test_one_that_was_compared_by_pairs_stands_beside_its_base(small: World) -> None:
    for number in (0, 1, 2):
        ran(small, HEADS[number], said=made(HEADS[number], number + 1))
    pair(small, HEADS[2], HEADS[0])

    assert beside(small, HEADS[2]) == HEADS[0]
    ran(small, HEADS[2], said=made(HEADS[2], 3))  # alone, later
    assert beside(small, HEADS[2]) == HEADS[0]
    assert beside(small, HEADS[0]) is None


def pair(here: World, head: str, base: str) -> None:
    sides = []
    for name, was in ((base, ""), (head, base)):
        there = at(here.matrix, name)
        jobs = tuple(one for one in expand(there) if one.status == PLANNED and QUICK in one.id)
        sides.append(Side(there, jobs, (Subject("torch", REPOSITORY, was, name),)))
    start_pairs(here.store, sides[0], sides[1], 1, Trigger())
