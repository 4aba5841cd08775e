"""Commits in their order: by time, within one second by what came from what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from matrix.status import Status
from matrix.verdict import Counts
from orchestrator.commit_views import Commit
from orchestrator.trunk import before, newest_first

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT, MIDDLE, TIP = ("a" * 40, "b" * 40, "c" * 40)


def commit(head: str, run: int, parent: str = "", at: datetime | None = NOON) -> Commit:
    done = (Status.PASS, Counts(passed=1), 1, 1)
    one = Commit("toy", "https://example.org/toy", "", head, run, NOON, *done)
    return replace(one, committed_at=at, parent=parent)


@pytest.mark.parametrize("runs", list(permutations((1, 2, 3))))
def test_children_stand_before_parents_of_the_same_second(runs: tuple[int, int, int]) -> None:
    made = zip((ROOT, MIDDLE, TIP), runs, ("", ROOT, MIDDLE), strict=True)
    trunk = newest_first(commit(*one) for one in made)
    assert [one.head for one in trunk] == [TIP, MIDDLE, ROOT]
    assert [before(trunk, one) for one in trunk] == [trunk[1], trunk[2], None]


def test_a_later_second_goes_before_whatever_came_from_what() -> None:
    late = commit(ROOT, 1, MIDDLE, NOON + timedelta(seconds=1))
    assert newest_first([commit(MIDDLE, 2), late])[0] == late


def test_where_nothing_is_known_the_later_run_goes_first() -> None:
    assert [one.run for one in newest_first([commit(ROOT, 1), commit(TIP, 2)])] == [2, 1]


def test_heads_of_requests_are_no_part_of_the_trunk() -> None:
    asked = replace(commit(MIDDLE, 2, ROOT), request="#7")
    trunk = newest_first([commit(ROOT, 1), asked, commit(TIP, 3, MIDDLE)])
    assert before(trunk, trunk[0]) == commit(ROOT, 1)
    assert before(trunk, asked) == commit(ROOT, 1)


def test_one_that_a_trunk_no_longer_shows_is_held_against_what_is_older() -> None:
    old = commit(ROOT, 1, at=NOON - timedelta(days=1))
    assert before((commit(TIP, 3), old), commit(MIDDLE, 2, at=NOON - timedelta(hours=1))) == old


def test_of_one_second_only_what_it_came_from_is_older() -> None:
    tip, old = commit(TIP, 1, "d" * 40), commit(MIDDLE, 2, ROOT)  # what lies between was not run
    trunk = newest_first([tip, old])
    assert [before(trunk, one) for one in trunk] == [None, None]
    trunk = newest_first([tip, old, commit(ROOT, 3)])
    assert before(trunk, old) == commit(ROOT, 3)
    assert before(trunk, tip) is None
