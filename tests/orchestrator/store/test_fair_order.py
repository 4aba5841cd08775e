"""Whose turn it is where there are more owners than slots."""

from __future__ import annotations

from dataclasses import replace

from worlds import World, report_of

from matrix.policies import Policies
from orchestrator.store.open import open_store
from orchestrator.store.store_queue import StoreQueue


def served_one_by_one(world: World, jobs: int) -> list[int]:
    """Jobs in the order in which a single slot is given them, each ended before the next."""
    found = []
    for _ in range(jobs):
        (ticket,) = world.claim()
        world.end([ticket], report_of())
        found.append(ticket.key.job)
    return found


def test_more_owners_than_slots_take_turns_as_well(small: World) -> None:
    for owner in ("ann", "bob", "cid"):
        small.start("lab/cpu:wide", owner=owner)
    assert served_one_by_one(small, 9) == [1, 4, 7, 2, 5, 8, 3, 6, 9]


def test_who_comes_new_is_served_before_who_was_served_already(small: World) -> None:
    small.start("lab/cpu:wide", owner="ann")
    served_one_by_one(small, 1)
    small.start("lab/cpu:wide", owner="bob")
    assert served_one_by_one(small, 3) == [4, 2, 5]


def test_turns_outlive_the_server(small: World) -> None:
    small.start("lab/cpu:wide", owner="ann")
    small.start("lab/cpu:wide", owner="bob")
    served_one_by_one(small, 1)
    store = open_store(small.store.url, small.clock)
    assert served_one_by_one(replace(small, store=store, queue=StoreQueue(store)), 3) == [4, 2, 5]
    store.close()


def test_a_turn_that_a_runner_gives_back_counts(small: World) -> None:
    small.start("lab/cpu:wide", owner="ann")
    small.start("lab/cpu:wide", owner="bob")
    (given,) = small.claim()
    small.queue.release(small.runner, [given.key])
    assert served_one_by_one(small, 4) == [4, 1, 5, 2]


def test_priority_goes_before_turns(small: World) -> None:
    urgent = replace(small, matrix=replace(small.matrix, policies=Policies(priority=5)))
    small.start("lab/cpu:wide", owner="bob")
    urgent.start("lab/cpu:wide", owner="ann")
    assert served_one_by_one(small, 4) == [4, 5, 6, 1]
