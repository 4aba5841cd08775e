"""Work for several nodes among bays and lanes: what is stranded, and what a lost node leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from dispatching import dispatching
from memory_queue import MemoryQueue
from offers import card, cpu
from scripted import Script
from tickets import ticket

from matrix.status import Layer, Status
from orchestrator.dispatch.fleet import Fleet
from orchestrator.dispatch.names import rank_name, slot_name
from orchestrator.dispatch.port import Batch, SlotLost, Width
from orchestrator.dispatch.process import ProcessExecutor
from runners.work import Ended, Key, Report

PAIR = replace(cpu(), node_devices=(0, 0))


def test_a_ticket_for_more_nodes_than_are_left_is_taken_out() -> None:
    fleet = Fleet()
    fleet.offer([PAIR])
    fleet.place([ticket(job=1, nodes=2), ticket(job=2), ticket(job=3, nodes=2)])
    assert fleet.withdraw_stranded() == ()
    fleet.offer([cpu()])
    assert fleet.withdraw_stranded() == (Key(1, 1), Key(3, 1))
    assert fleet.keys() == (Key(2, 1),)


@pytest.mark.parametrize(
    ("devices", "nodes", "is_wide"), [(0, 1, False), (1, 1, False), (2, 1, True), (0, 2, True)]
)
def test_several_devices_or_nodes_are_wide(devices: int, nodes: int, *, is_wide: bool) -> None:
    width = Width.of(ticket(devices=devices, nodes=nodes))
    assert width.is_wide is is_wide
    assert width == Width(max(1, devices), nodes)


@pytest.mark.parametrize(
    ("status", "slots"), [(Status.MISS, 2), (Status.FAIL, 1)], ids=["a lost node", "a failure"]
)
def test_a_slot_of_several_nodes_is_made_anew_after_an_infrastructure_failure(
    status: Status, slots: int
) -> None:
    layer = Layer.INFRA if status is Status.MISS else Layer.CODE
    first = Ended(Key(1, 1), Report(status, layer, "Rank 1 was lost.", retry=False))
    then = Ended(Key(2, 1), Report(Status.PASS, Layer.NONE, ""))
    script = Script(Batch(1, (first,)), Batch(2, (then,)))
    script.offered = (PAIR,)
    queue = MemoryQueue(ticket(job=1, nodes=2), ticket(job=2, nodes=2))

    async def scene() -> int:
        async with dispatching(queue, script, card(PAIR)) as at_work:
            await at_work.until(lambda: queue.ended == 2)
            return len(script.made)

    assert asyncio.run(scene()) == slots


def test_the_slots_of_ranks_have_names_of_their_own() -> None:
    whole = slot_name("r", PAIR, 0, 2, 3)
    assert whole == "coevo-slot-r/lab-cpu-0x2n3"
    names = [rank_name(whole, rank) for rank in range(3)]
    assert names[0] == whole
    assert len(set(names)) == 3
    assert not any(name.startswith("coevo-slot-") for name in names[1:])


def test_plain_processes_are_one_node(tmp_path_factory: pytest.TempPathFactory) -> None:
    executor = ProcessExecutor("r", (PAIR,), tmp_path_factory.mktemp("home"))
    with pytest.raises(SlotLost, match="several nodes need a Ray cluster"):
        asyncio.run(executor.slot_for(PAIR, 0, 1, 2))
