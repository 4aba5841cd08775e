"""Pairs whose jobs feed each other: each side is built once, and its files serve all times."""

from __future__ import annotations

import pytest
from paired import Runs, start
from worlds import Hand, World, report_of, world

from matrix.comparison import Change
from matrix.status import Status
from orchestrator.store.read_pairs import comparison
from orchestrator.store.store import Store
from runners.work import Artifact, Ticket

TEXT = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  build: {command: [make], takes: [torch], produces: {wheel: "*.whl"}}
  test: {command: [run], takes: [torch], uses: {wheel: build}}
stacks: {stable: {torch: "2.13.0"}}
"""
TIMES = 3


@pytest.fixture
def fed(store: Store, clock: Hand) -> World:
    return world(store, clock, TEXT)


@pytest.fixture
def runs(fed: World) -> Runs:
    return Runs(fed, start(fed, only="lab/cpu", repetitions=TIMES))


def wheel(side: str) -> Artifact:
    return Artifact("wheel", f"{side}.whl", side[0] * 64, 10)


def named(runs: Runs, ticket: Ticket) -> str:
    suite = ticket.name.partition(":")[2].partition("@")[0]
    return f"{suite} {runs.side(ticket)}"


def carried_out(runs: Runs, failing: str = "") -> list[str]:
    """End every job as it comes, one at a time; builds leave a wheel. The order they came in."""
    order, fed = [], runs.world
    while tickets := fed.claim(1):
        order.append(named(runs, tickets[0]))
        made = (wheel(runs.side(tickets[0])),) if order[-1].startswith("build") else ()
        status = Status.FAIL if order[-1] == failing else Status.PASS
        fed.end(tickets, report_of(status, artifacts=made))
    return order


def test_each_side_is_built_once_and_then_the_tests_take_turns(runs: Runs) -> None:
    order = carried_out(runs)
    assert order[:2] == ["build base", "build head"]
    tests = ["test head", "test base", "test base", "test head", "test head", "test base"]
    assert order[2:] == tests


def test_a_test_waits_until_both_sides_are_built(runs: Runs) -> None:
    fed = runs.world
    tickets = fed.claim(8)
    assert [named(runs, ticket) for ticket in tickets] == ["build base"]
    fed.end(tickets, report_of(artifacts=(wheel("base"),)))
    assert [named(runs, ticket) for ticket in fed.claim(8)] == ["build head"]
    assert runs.states("head")[1:] == ["blocked"] * TIMES


def test_every_repetition_gets_the_files_of_its_own_side(runs: Runs) -> None:
    fed = runs.world
    for side in ("base", "head"):
        fed.end(fed.claim(), report_of(artifacts=(wheel(side),)))
    seen = set()
    while tickets := fed.claim():
        seen.add((runs.side(tickets[0]), tickets[0].inputs))
        fed.end(tickets, report_of())
    assert seen == {("base", (wheel("base"),)), ("head", (wheel("head"),))}


def test_a_head_that_does_not_build_is_worse(runs: Runs) -> None:
    order = carried_out(runs, failing="build head")
    assert order == ["build base", "build head"]
    assert runs.states("base") == ["reported", *["blocked"] * TIMES]
    assert runs.reason("head").startswith("its wheel is missing: ")
    found = comparison(runs.world.store, "small", 1)
    assert found is not None
    assert found.found.change is Change.WORSE
    assert found.found.sentence == "Worse: 1 suite broken as a whole at head"


def test_a_base_that_does_not_build_leaves_nothing_to_compare_with(runs: Runs) -> None:
    assert carried_out(runs, failing="build base") == ["build base", "build head"]
    assert runs.states("head") == ["reported", *["blocked"] * TIMES]
    found = comparison(runs.world.store, "small", 1)
    assert found is not None
    assert found.found.change is Change.UNDECIDED


def test_all_jobs_of_a_fed_comparison_are_counted(runs: Runs) -> None:
    assert len(runs.states("base")) == len(runs.states("head")) == 1 + TIMES
    carried_out(runs)
    assert set(runs.states("base") + runs.states("head")) == {"reported"}
