"""What a lane takes and a bay claims, held against a naive simulation of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from handing import artifact
from hypothesis import given
from hypothesis import strategies as st
from offers import cpu, gpu
from tickets import ticket

from orchestrator.dispatch.lane import Bay, Lane
from orchestrator.dispatch.pace import AHEAD_SECONDS, MOST, Pace
from orchestrator.dispatch.port import Held, Width
from runners.work import Key, Ticket

SUITES = {"instant": 0.0, "short": 0.05, "half": 0.5, "long": 60.0}


def paced() -> Pace:
    pace = Pace()
    for suite, seconds in SUITES.items():
        pace.learn(suite, seconds)
    return pace


def job(number: int, suite: str = "short", devices: int = 0) -> Ticket:
    return ticket(job=number, suite=suite, devices=devices)


@dataclass
class NaiveLane:
    """Knows the seconds of what it holds and nothing else."""

    held: list[tuple[Key, float]] = field(default_factory=list)
    began: float = 0.0

    def admits(self, seconds: float) -> bool:
        if not self.held:
            return True
        total = sum(one for _, one in self.held) + seconds
        return total <= AHEAD_SECONDS and len(self.held) < MOST

    def take(self, key: Key, seconds: float, now: float) -> None:
        if not self.held:
            self.began = now
        self.held.append((key, seconds))

    def end(self, key: Key, now: float) -> None:
        is_first = not self.held or self.held[0][0] == key
        self.held = [one for one in self.held if one[0] != key]
        if is_first:
            self.began = now

    def is_overdue(self, now: float) -> bool:
        return bool(self.held) and now - self.began > AHEAD_SECONDS


MOVES = st.lists(
    st.tuples(st.sampled_from(["take", "end", "wait"]), st.sampled_from([*SUITES]), st.integers(0)),
    max_size=60,
)


@given(MOVES)
def test_a_lane_does_what_a_naive_one_does(moves: list[tuple[str, str, int]]) -> None:
    pace, lane, naive, now = paced(), Lane(0, slot="slot"), NaiveLane(), 0.0
    for number, (move, suite, pick) in enumerate(moves):
        seconds = max(SUITES[suite], AHEAD_SECONDS / MOST)
        if move == "wait":
            now += seconds
        elif move == "take":
            one = job(number, suite)
            assert lane.admits(one, pace) == naive.admits(seconds)
            if naive.admits(seconds):
                lane.take(one, pace, now)
                naive.take(one.key, seconds, now)
        elif naive.held:
            key, _ = naive.held[pick % len(naive.held)]
            assert lane.end(key, now) is not None
            naive.end(key, now)
        assert list(lane.errands) == [key for key, _ in naive.held]
        assert lane.is_overdue(pace, now) == naive.is_overdue(now)


@given(st.lists(st.sampled_from([*SUITES]), max_size=100))
def test_a_lane_never_holds_more_than_it_can_start_soon(suites: list[str]) -> None:
    pace, lane = paced(), Lane(0, slot="slot")
    for number, suite in enumerate(suites):
        one = job(number, suite)
        if lane.admits(one, pace):
            lane.take(one, pace, 0.0)
    seconds = [errand.seconds for errand in lane.errands.values()]
    assert len(seconds) <= MOST
    assert len(seconds) <= 1 or sum(seconds) <= AHEAD_SECONDS + 1e-9


@pytest.mark.parametrize(
    ("suite", "room"), [("instant", MOST), ("short", 10), ("half", 1), ("long", 1), ("unseen", 1)]
)
def test_how_many_of_a_suite_are_given_to_a_slot_at_once(suite: str, room: int) -> None:
    pace, lane = paced(), Lane(0, slot="slot")
    for number in range(2 * MOST):
        if lane.admits(job(number, suite), pace):
            lane.take(job(number, suite), pace, 0.0)
    assert len(lane.errands) == pytest.approx(room, abs=1 if suite == "short" else 0)


@pytest.mark.parametrize("own", [1, 2, 4])
@pytest.mark.parametrize("asked", [0, 1, 2, 4])
def test_a_slot_takes_what_wants_as_many_devices_as_it_has(own: int, asked: int) -> None:
    lane = Lane(0, Width(own), "slot")
    assert lane.admits(job(1, devices=asked), paced()) == (own == max(1, asked))


def test_the_end_of_something_unknown_changes_nothing_that_runs() -> None:
    pace, lane = paced(), Lane(0, slot="slot")
    lane.take(job(1), pace, 3.0)
    assert lane.end(Key(9, 9), 50.0) is None
    assert lane.since == 3.0
    assert list(lane.errands) == [Key(1, 1)]


def test_another_fence_is_another_attempt() -> None:
    pace, lane = paced(), Lane(0, slot="slot")
    lane.take(job(1), pace, 0.0)
    assert lane.end(Key(1, 2), 1.0) is None
    assert lane.end(Key(1, 1), 1.0) is not None


def test_an_empty_lane_is_never_overdue() -> None:
    lane = Lane(0, slot="slot")
    assert not lane.is_overdue(paced(), 1e9)
    lane.take(job(1), paced(), 5.0)
    lane.end(Key(1, 1), 6.0)
    assert not lane.is_overdue(paced(), 1e9)


@pytest.mark.parametrize(("after", "overdue"), [(0.0, False), (0.5, False), (0.51, True)])
def test_a_lane_is_overdue_once_it_works_longer_than_is_given_ahead(
    after: float, overdue: bool
) -> None:
    lane = Lane(0, slot="slot")
    lane.take(job(1), paced(), 10.0)
    assert lane.is_overdue(paced(), 10.0 + after) == overdue


def test_a_found_lane_takes_over_everything_that_the_slot_says() -> None:
    keys = (Key(3, 1), Key(1, 2))
    found = Lane.found(Held("name", keys, cpu().labels, 4, 2, "node-7", stale=True))
    assert (found.index, found.width, found.slot) == (4, Width(2), "name")
    assert (found.node, found.stale, tuple(found.errands)) == ("node-7", True, keys)


def lanes(*sizes: int, pace: Pace, now: float = 0.0) -> list[Lane]:
    made = []
    for index, size in enumerate(sizes):
        lane = Lane(index, slot=f"slot-{index}")
        for number in range(size):
            lane.take(job(100 * index + number, "instant"), pace, now)
        made.append(lane)
    return made


def naive_free(slots: int, sizes: list[int], waiting: int, depth: int) -> int:
    """What a bay claims while nothing is overdue, by the words of its docstring."""
    held = sum(sizes) + waiting
    idle = slots - sum(1 for size in sizes if size)
    half_has_gone = 2 * held <= slots * depth
    if idle > waiting or half_has_gone:
        return max(0, slots * depth - held)
    return 0


@given(
    st.integers(1, 6).flatmap(
        lambda slots: st.tuples(
            st.just(slots), st.lists(st.integers(0, 40), max_size=slots), st.integers(0, 30)
        )
    ),
    st.sampled_from([0.0, 0.02, 0.1, 60.0]),
)
def test_a_bay_claims_what_the_naive_rule_claims(
    shape: tuple[int, list[int], int], seconds: float
) -> None:
    slots, sizes, waiting = shape
    pace = Pace()
    pace.learn("instant", seconds)
    tickets = [job(9000 + number, "instant") for number in range(waiting)]
    bay = Bay(cpu(slots), lanes(*sizes, pace=pace), tickets)
    assert bay.free(pace, 0.0) == naive_free(slots, sizes, waiting, pace.depth())


@given(st.integers(1, 8), st.lists(st.integers(0, 3), max_size=8), st.floats(0, 100))
def test_a_bay_never_claims_beyond_what_its_slots_can_hold(
    slots: int, sizes: list[int], now: float
) -> None:
    pace = paced()
    bay = Bay(cpu(slots), lanes(*sizes[:slots], pace=pace))
    assert 0 <= bay.free(pace, now) <= slots * pace.depth()


@pytest.mark.parametrize("busy", range(4))
def test_long_work_is_claimed_one_for_each_idle_slot(busy: int) -> None:
    pace = Pace()
    pace.learn("long", 60.0)
    held = [Lane(index, slot=f"slot-{index}") for index in range(busy)]
    for index, lane in enumerate(held):
        lane.take(job(index, "long"), pace, 0.0)
    assert Bay(cpu(3), held[:3]).free(pace, 30.0) == max(0, 3 - busy)


def test_an_offer_without_places_claims_nothing() -> None:
    assert Bay(cpu(0)).free(Pace(), 0.0) == 0
    assert Bay(cpu(0)).new_lane() is None


def test_everything_that_a_bay_holds_is_named_once() -> None:
    pace = paced()
    bay = Bay(cpu(2), lanes(2, 3, pace=pace), [job(500), job(501)])
    held = list(bay.held())
    assert held[:2] == [Key(500, 1), Key(501, 1)]
    assert len(held) == len(set(held)) == 7


@given(st.lists(st.sampled_from([0, 1, 2, 4]), max_size=8))
def test_tickets_are_served_in_their_order_whatever_they_want(devices: list[int]) -> None:
    bay = Bay(gpu(4), waiting=[job(i, devices=count) for i, count in enumerate(devices)])
    first_wide = next((i for i, count in enumerate(devices) if count > 1), len(devices))
    assert bay.narrow_ahead() == first_wide
    wants_several = bool(devices) and devices[0] > 1
    assert bay.next_is_wide() == (Width(devices[0]) if wants_several else None)


def test_devices_of_one_slot_of_several_are_nobody_elses() -> None:
    bay = Bay(gpu(4), [Lane(0, Width(2), "wide")])
    assert bay.is_wide()
    assert bay.new_lane() is None
    assert bay.free(Pace(), 0.0) == 0


@given(st.integers(1, 6), st.sets(st.integers(0, 8)))
def test_a_new_lane_has_the_lowest_number_that_is_free(slots: int, taken: set[int]) -> None:
    bay = Bay(cpu(slots), [Lane(index) for index in taken])
    made = bay.new_lane()
    free = sorted(set(range(slots)) - taken)
    assert (made.index if made else None) == (free[0] if free else None)


def test_a_slot_of_several_nodes_takes_one_at_a_time_and_nothing_else() -> None:
    pace, lane = paced(), Lane(0, Width(1, 2), "slot")
    two = replace(job(1), nodes=2)
    assert not lane.admits(job(2), pace)
    assert not lane.admits(replace(job(3), nodes=3), pace)
    assert lane.admits(two, pace)
    lane.take(two, pace, 0.0)
    assert not lane.admits(replace(job(4), nodes=2), pace)


def needy(number: int) -> Ticket:
    return replace(job(number), inputs=(artifact(),))


def test_what_is_given_nothing_is_in_the_slot_at_once() -> None:
    lane = Lane(0, slot="slot")
    lane.take(job(1), paced(), 0.0)
    assert lane.withdraw_coming() == ()
    assert lane.arrive(Key(1, 1))


def test_what_is_given_files_is_on_its_way_with_all_that_waits_behind_it() -> None:
    lane = Lane(0, slot="slot")
    for ticket_ in (job(1), needy(2), job(3)):
        lane.take(ticket_, paced(), 0.0)
    assert [errand.coming for errand in lane.errands.values()] == [False, True, True]
    assert lane.arrive(Key(2, 1))
    assert lane.arrive(Key(3, 1))
    assert lane.withdraw_coming() == ()


@given(st.frozensets(st.integers(1, 5)), st.integers(0, 5))
def test_only_what_is_on_its_way_is_taken_out_and_then_it_does_not_arrive(
    wanted: frozenset[int], arrived: int
) -> None:
    lane = Lane(0, slot="slot")
    for number in range(1, 6):
        lane.take(needy(number), paced(), 0.0)
    for number in range(1, arrived + 1):
        assert lane.arrive(Key(number, 1))
    out = lane.withdraw_coming(frozenset(Key(number, 1) for number in wanted))
    assert {key.job for key in out} == {number for number in wanted if number > arrived}
    for number in range(1, 6):
        assert lane.arrive(Key(number, 1)) == (Key(number, 1) not in out)
