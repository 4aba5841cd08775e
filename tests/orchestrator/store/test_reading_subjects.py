"""What a run is about, as its page asks for it."""

from __future__ import annotations

import pytest
from worlds import Hand, World, world

from orchestrator.store.read_commits import about
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.store.store import Store

HEAD = "a" * 40
OTHER = "b" * 40


@pytest.fixture
def small(store: Store, clock: Hand) -> World:
    return world(store, clock)


def started(small: World, *subjects: Subject) -> int:
    """A run of nothing that is about these."""
    return start_run(small.store, small.matrix, (), Trigger(subjects=subjects, aside=True))


def test_a_run_tells_the_commit_and_what_it_says_of_itself(small: World) -> None:
    run = started(small, Subject("torch", "https://example.org/t", "", HEAD, None, "Make it fast"))
    assert about(small.store, "small", run) == (("torch", HEAD, "Make it fast"),)


def test_components_come_by_name(small: World) -> None:
    run = started(small, Subject("vllm", head=OTHER), Subject("torch", head=HEAD))
    assert [one.component for one in about(small.store, "small", run)] == ["torch", "vllm"]


def test_one_component_may_be_at_several_heads(small: World) -> None:
    run = started(small, Subject("torch", head=OTHER), Subject("torch", head=HEAD))
    assert [one.head for one in about(small.store, "small", run)] == [HEAD, OTHER]


def test_an_ordinary_run_is_about_what_its_stacks_say(small: World) -> None:
    assert about(small.store, "small", small.start("quick")) == ()


@pytest.mark.parametrize(("matrix", "more"), [("another", 0), ("small", 1)])
def test_of_what_is_not_there_nothing_is_told(small: World, matrix: str, more: int) -> None:
    run = started(small, Subject("torch", head=HEAD))
    assert about(small.store, matrix, run + more) == ()
