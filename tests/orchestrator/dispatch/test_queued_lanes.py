"""Lanes of a batch system's queue: one ticket each, of any width, none of them in another's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from dispatching import dispatching
from memory_queue import MemoryQueue
from offers import card, cpu, gpu
from scripted import Script
from tickets import ticket

from orchestrator.dispatch.lane import Bay, Lane
from orchestrator.dispatch.pace import Pace
from orchestrator.dispatch.port import ANY, Held, Width
from runners.work import Offer, Ticket


def queued(slots: int = 4) -> Offer:
    return replace(gpu(8), slots=slots, node_devices=(8, 8), queued=True)


def quick() -> Pace:
    """So quick that an ordinary slot would be given dozens ahead."""
    pace = Pace()
    pace.learn("s", 0.0)
    return pace


@pytest.mark.parametrize("one", [ticket(), ticket(devices=8), ticket(devices=2, nodes=2)])
def test_a_lane_takes_one_ticket_of_any_width(one: Ticket) -> None:
    lane = Lane(0, ANY, "slot")
    assert lane.admits(one, quick())
    lane.take(one, quick(), 0.0)
    assert not lane.admits(ticket(job=2), quick())


def test_any_width_is_no_wide_one() -> None:
    assert not ANY.is_wide
    assert Width(2).is_wide
    assert Width(1, 2).is_wide


def test_a_bay_makes_lanes_for_any_width() -> None:
    lane = Bay(queued()).new_lane()
    assert lane is not None
    assert lane.width == ANY


def test_a_bay_claims_a_ticket_for_each_place_and_none_ahead() -> None:
    bay = Bay(queued(4))
    assert bay.free(quick(), 0.0) == 4
    lane = Lane(0, ANY, "slot")
    lane.take(ticket(devices=4, nodes=2), quick(), 0.0)
    bay.lanes.append(lane)
    assert bay.free(quick(), 1e6) == 3  # though it has been at it for long
    bay.waiting.append(ticket(job=2, devices=8))
    assert bay.free(quick(), 0.0) == 2


def test_a_wide_ticket_holds_nothing_up() -> None:
    bay = Bay(queued(), waiting=[ticket(job=1, nodes=2), ticket(job=2)])
    assert bay.next_is_wide() is None
    assert bay.narrow_ahead() == 2
    assert not bay.is_wide()


def test_an_ordinary_bay_is_as_before() -> None:
    bay = Bay(cpu(), waiting=[ticket(job=1, nodes=2)])
    assert bay.next_is_wide() == Width(1, 2)
    assert bay.free(quick(), 0.0) == 0


def test_a_found_lane_may_take_any_width_afterwards() -> None:
    lane = Lane.found(Held("slot", (), queued().labels, 0, ANY.devices, nodes=ANY.nodes))
    assert lane.admits(ticket(devices=4), quick())


def test_jobs_of_all_widths_are_handed_over_side_by_side() -> None:
    jobs = [ticket(job=1), ticket(job=2, devices=8), ticket(job=3, nodes=2), ticket(job=4)]
    cells = [replace(one, cell=queued().labels) for one in jobs]

    async def scene() -> list[int]:
        queue, executor = MemoryQueue(*cells), Script()
        executor.offered = (queued(),)
        async with dispatching(queue, executor, card(queued())) as at:
            await at.until(lambda: len(executor.assigned) == 4)
            assert all(name.endswith("x0") for name in executor.made)
            return sorted(key.job for key in executor.assigned)

    assert asyncio.run(scene()) == [1, 2, 3, 4]
