"""How much work is claimed and given ahead: pure rules over lanes and bays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offers import cpu, gpu
from tickets import ticket

from orchestrator.dispatch.fleet import Fleet
from orchestrator.dispatch.lane import Bay, Lane
from orchestrator.dispatch.pace import AHEAD_SECONDS, MOST, Pace
from orchestrator.dispatch.port import Held, Width
from runners.work import Key, Ticket

DURATIONS = st.floats(min_value=0, max_value=1e5, allow_nan=False)


def learned(seconds: float, times: int = 30) -> Pace:
    pace = Pace()
    for _ in range(times):
        pace.learn("s", seconds)
    return pace


def job(number: int, **changes: object) -> Ticket:
    return ticket(job=number, **changes)


def lane(index: int = 0, *jobs: Ticket, pace: Pace, now: float = 0.0) -> Lane:
    made = Lane(index, slot=f"slot-{index}")
    for one in jobs:
        made.take(one, pace, now)
    return made


def test_nothing_is_given_ahead_before_anything_is_known() -> None:
    assert Pace().depth() == 1
    assert Pace().expected("s") == AHEAD_SECONDS


@pytest.mark.parametrize(("seconds", "depth"), [(0.01, 50), (0.1, 5), (0.3, 1), (60.0, 1)])
def test_half_a_second_of_work_is_held_for_a_slot(seconds: float, depth: int) -> None:
    assert learned(seconds).depth() == pytest.approx(depth, abs=1)


def test_jobs_that_take_no_time_are_held_by_the_most() -> None:
    assert learned(0.0).depth() == MOST


@given(st.lists(DURATIONS, max_size=40))
def test_the_depth_is_always_within_its_bounds(durations: list[float]) -> None:
    pace = Pace()
    for seconds in durations:
        pace.learn("s", seconds)
    assert 1 <= pace.depth() <= MOST
    assert pace.expected("s") >= AHEAD_SECONDS / MOST


def test_one_long_job_is_believed_at_once() -> None:
    pace = learned(0.01)
    pace.learn("s", 100.0)
    assert pace.depth() == 1


def test_suites_are_learned_apart() -> None:
    pace = learned(0.01)
    pace.learn("slow", 60.0)
    assert pace.expected("s") == pytest.approx(0.01, rel=0.2)
    assert pace.expected("slow") == 60.0


def test_an_empty_slot_takes_anything_and_a_busy_one_only_short_work() -> None:
    pace = learned(0.01)
    busy = lane(0, job(1), pace=pace)
    assert lane(0, pace=pace).admits(job(2, suite="unknown"), pace)
    assert busy.admits(job(2), pace)
    assert not busy.admits(job(2, suite="unknown"), pace)


def test_a_slot_is_given_at_most_the_most() -> None:
    pace = learned(0.0)
    full = lane(0, *(job(number) for number in range(MOST)), pace=pace)
    assert not full.admits(job(99), pace)


def test_a_slot_that_is_not_made_yet_or_stale_takes_nothing() -> None:
    pace = Pace()
    assert not Lane(0).admits(job(1), pace)
    assert not Lane(0, slot="old", stale=True).admits(job(1), pace)


def test_work_for_several_devices_needs_a_slot_of_several() -> None:
    pace = Pace()
    wide = Lane(0, Width(2), "wide")
    assert wide.admits(job(1, devices=2), pace)
    assert not wide.admits(job(1, devices=1), pace)
    assert not lane(0, pace=pace).admits(job(1, devices=2), pace)


def test_an_idle_bay_claims_one_for_each_slot() -> None:
    assert Bay(cpu(3)).free(Pace(), 0.0) == 3


def test_a_bay_claims_again_once_half_of_its_work_has_gone() -> None:
    pace = learned(0.01)
    depth = pace.depth()
    most = [job(number) for number in range(depth // 2 + 2)]
    assert Bay(cpu(1), [lane(0, *most, pace=pace)]).free(pace, 0.0) == 0
    few = [job(number) for number in range(depth // 2 - 1)]
    assert Bay(cpu(1), [lane(0, *few, pace=pace)]).free(pace, 0.0) == depth - len(few)


def test_a_slot_that_is_busy_with_something_long_is_given_nothing_ahead() -> None:
    pace = learned(0.01)
    bay = Bay(cpu(1), [lane(0, job(1), pace=pace, now=0.0)])
    assert bay.free(pace, 0.1) > 0
    assert bay.free(pace, 10.0) == 0


def test_what_is_taken_back_from_behind_something_long_does_not_make_it_look_new() -> None:
    pace = learned(0.01)
    busy = lane(0, job(1), job(2), pace=pace, now=0.0)
    busy.end(Key(2, 1), 10.0)
    assert busy.is_overdue(pace, 10.0)
    busy.take(job(3), pace, 10.0)
    busy.end(Key(1, 1), 20.0)
    assert not busy.is_overdue(pace, 20.0)


def test_a_bay_claims_nothing_while_several_device_work_waits_or_runs() -> None:
    waiting = Bay(gpu(2), waiting=[job(1, devices=2)])
    running = Bay(gpu(2), [Lane(0, Width(2), "wide")])
    assert waiting.free(Pace(), 0.0) == running.free(Pace(), 0.0) == 0


def test_tickets_before_several_device_work_are_served_first() -> None:
    bay = Bay(gpu(2), waiting=[job(1), job(2), job(3, devices=2), job(4)])
    assert bay.narrow_ahead() == 2
    assert bay.next_is_wide() is None
    bay.waiting = bay.waiting[2:]
    assert bay.next_is_wide() == Width(2)


def test_an_offer_has_no_more_lanes_than_slots() -> None:
    bay = Bay(cpu(2))
    while (made := bay.new_lane()) is not None:
        bay.lanes.append(made)
    assert [one.index for one in bay.lanes] == [0, 1]


def test_a_lane_that_has_gone_is_replaced_under_its_number() -> None:
    bay = Bay(cpu(2), [Lane(1)])
    made = bay.new_lane()
    assert made is not None
    assert made.index == 0


def test_an_offer_that_has_gone_keeps_its_bay_without_places() -> None:
    fleet = Fleet()
    assert fleet.offer((cpu(2), gpu(2)))
    assert fleet.offer((cpu(2),))
    assert not fleet.offer((cpu(2),))
    assert [bay.offer.slots for bay in fleet.bays.values()] == [2, 0]
    assert [room.offer for room in fleet.rooms(Pace(), 0.0)] == [cpu(2)]


def test_a_ticket_goes_to_the_bay_that_its_cell_speaks_of() -> None:
    fleet = Fleet()
    fleet.offer((cpu(), gpu()))
    cell = (("site", "lab"), ("accelerator", "gpu"), ("dtype", "bf16"))
    fleet.place([replace(job(1), cell=cell), job(2)])
    held = {dict(bay.offer.labels)["accelerator"]: list(bay.held()) for bay in fleet.bays.values()}
    assert held == {"gpu": [Key(1, 1)], "cpu": [Key(2, 1)]}


def test_a_found_slot_holds_only_what_the_queue_calls_ours() -> None:
    fleet = Fleet()
    fleet.offer((cpu(),))
    held = Held("slot", (Key(1, 1), Key(2, 1)), cpu().labels, 1)
    _, found = fleet.adopt(held, frozenset({Key(2, 1)}), 5.0)
    assert list(found.errands) == [Key(2, 1)]
    assert fleet.lane_of(Key(2, 1)) is found
    assert fleet.keys() == (Key(2, 1),)


def test_a_found_slot_of_an_offer_that_is_gone_is_only_emptied() -> None:
    fleet = Fleet()
    _, found = fleet.adopt(Held("slot", (), (("site", "away"),)), frozenset(), 0.0)
    assert found.stale


def test_waiting_tickets_can_be_taken_back_all_or_some() -> None:
    fleet = Fleet()
    fleet.offer((cpu(),))
    fleet.place([job(1), job(2), job(3)])
    assert fleet.withdraw_waiting(frozenset({Key(2, 1), Key(9, 9)})) == (Key(2, 1),)
    assert fleet.withdraw_waiting() == (Key(1, 1), Key(3, 1))
    assert fleet.keys() == ()
