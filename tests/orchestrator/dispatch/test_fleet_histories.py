"""A fleet over random histories: no attempt is lost, held twice, or held by a slot that is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handing import artifact
from hypothesis import given
from hypothesis import strategies as st
from offers import cpu, gpu
from tickets import ticket

from matrix.status import Layer, Status
from orchestrator.dispatch.fleet import Fleet
from orchestrator.dispatch.lane import Lane
from orchestrator.dispatch.losses import lost, unrecordable
from orchestrator.dispatch.pace import Pace
from orchestrator.dispatch.port import Held
from runners.work import CaseResult, Ended, Key, Offer, Report, Ticket

PLACES = [(site, accelerator) for site in ("lab", "edge") for accelerator in ("cpu", "gpu")]


def at(site: str, accelerator: str, slots: int = 2) -> Offer:
    made = cpu(slots) if accelerator == "cpu" else gpu(slots)
    return replace(made, labels=(("site", site), ("accelerator", accelerator)))


def job(number: int, site: str = "lab", accelerator: str = "cpu") -> Ticket:
    return ticket(job=number, cell=(("site", site), ("accelerator", accelerator)))


def fleet_of(*offers: Offer) -> Fleet:
    fleet = Fleet()
    fleet.offer(offers)
    return fleet


@given(st.lists(st.sampled_from(PLACES), max_size=20))
def test_each_ticket_waits_in_the_bay_of_its_own_place(places: list[tuple[str, str]]) -> None:
    fleet = fleet_of(*(at(*place) for place in PLACES))
    fleet.place([job(number, *place) for number, place in enumerate(places)])
    for bay in fleet.bays.values():
        assert all(one.cell == bay.offer.labels for one in bay.waiting)
    assert sorted(fleet.keys()) == [Key(number, 1) for number in range(len(places))]


@given(st.lists(st.sets(st.sampled_from(PLACES)), max_size=8))
def test_a_fleet_offers_exactly_what_was_offered_last(offered: list[set[tuple[str, str]]]) -> None:
    fleet, before = Fleet(), frozenset[Offer]()
    for places in offered:
        now = frozenset(at(*place) for place in places)
        assert fleet.offer(now) == (now != before)
        assert {room.offer for room in fleet.rooms(Pace(), 0.0)} == now
        before = now


@given(
    st.lists(st.sampled_from(PLACES), min_size=1, max_size=10),
    st.sets(st.sampled_from(PLACES)),
)
def test_an_offer_that_goes_takes_no_attempt_with_it(
    places: list[tuple[str, str]], left: set[tuple[str, str]]
) -> None:
    fleet = fleet_of(*(at(*place) for place in PLACES))
    fleet.place([job(number, *place) for number, place in enumerate(places)])
    held = fleet.keys()
    fleet.offer(at(*place) for place in left)
    assert fleet.keys() == held


@given(st.lists(st.integers(0, 9), unique=True), st.frozensets(st.integers(0, 12)))
def test_what_is_withdrawn_and_what_stays_are_all_there_was(
    numbers: list[int], wanted: frozenset[int]
) -> None:
    fleet = fleet_of(at("lab", "cpu"))
    fleet.place([job(number) for number in numbers])
    taken = fleet.withdraw_waiting(frozenset(Key(number, 1) for number in wanted))
    assert {key.job for key in taken} == wanted & set(numbers)
    assert fleet.keys() == tuple(Key(one, 1) for one in numbers if one not in wanted)


def test_what_runs_in_a_slot_is_not_withdrawn_with_what_waits() -> None:
    fleet = fleet_of(at("lab", "cpu"))
    (bay,) = fleet.bays.values()
    lane = Lane(0, slot="slot")
    lane.take(job(1), Pace(), 0.0)
    bay.lanes.append(lane)
    fleet.place([job(2)])
    assert fleet.withdraw_waiting() == (Key(2, 1),)
    assert fleet.keys() == (Key(1, 1),)


def test_what_is_on_its_way_to_a_slot_is_withdrawn_with_what_waits() -> None:
    fleet = fleet_of(at("lab", "cpu"))
    (bay,) = fleet.bays.values()
    lane = Lane(0, slot="slot")
    for number in (1, 2):
        lane.take(replace(job(number), inputs=(artifact(),)), Pace(), 0.0)
    lane.arrive(Key(1, 1))
    bay.lanes.append(lane)
    fleet.place([job(3)])
    assert fleet.withdraw_waiting(frozenset({Key(2, 1)})) == (Key(2, 1),)
    assert fleet.withdraw_waiting() == (Key(3, 1),)
    assert fleet.keys() == (Key(1, 1),)


def test_an_offer_that_grows_offers_its_new_places() -> None:
    fleet = fleet_of(at("lab", "cpu", 1))
    assert fleet.offer([at("lab", "cpu", 4)])
    (room,) = fleet.rooms(Pace(), 0.0)
    assert room.free == 4


def test_an_offer_that_comes_back_finds_its_bay_and_what_is_in_it() -> None:
    fleet = fleet_of(at("lab", "cpu"))
    fleet.place([job(1)])
    fleet.offer(())
    assert fleet.rooms(Pace(), 0.0) == ()
    assert fleet.offer([at("lab", "cpu")])
    assert fleet.keys() == (Key(1, 1),)


@pytest.mark.parametrize(
    ("labels", "chosen"),
    [
        ((("site", "lab"), ("accelerator", "gpu")), "gpu"),
        ((("site", "lab"), ("accelerator", "cpu"), ("dtype", "bf16")), "cpu"),
        ((("accelerator", "gpu"), ("site", "lab")), "gpu"),
    ],
)
def test_a_ticket_goes_where_most_of_its_cell_is_offered(
    labels: tuple[tuple[str, str], ...], chosen: str
) -> None:
    fleet = fleet_of(at("lab", "cpu"), at("lab", "gpu"))
    assert dict(fleet.bay_of(ticket(cell=labels)).offer.labels)["accelerator"] == chosen


def test_a_ticket_whose_offer_has_just_gone_is_kept_all_the_same() -> None:
    fleet = fleet_of(at("lab", "cpu"))
    fleet.offer(())
    fleet.place([job(1)])
    assert fleet.keys() == (Key(1, 1),)


@pytest.mark.parametrize("is_offered", [True, False])
@pytest.mark.parametrize("is_stale", [True, False])
def test_a_found_slot_is_filled_again_only_where_offer_and_version_are_ours(
    is_offered: bool, is_stale: bool
) -> None:
    fleet = fleet_of(*([at("lab", "cpu")] if is_offered else []))
    held = Held("slot", (), at("lab", "cpu").labels, 0, 1, "node", stale=is_stale)
    _, lane = fleet.adopt(held, frozenset(), 3.0)
    assert lane.admits(job(1), Pace()) == (is_offered and not is_stale)
    assert lane.since == 3.0


@given(st.frozensets(st.integers(0, 6)), st.frozensets(st.integers(0, 6)))
def test_a_found_slot_holds_what_both_it_and_the_queue_know(
    there: frozenset[int], known: frozenset[int]
) -> None:
    fleet = fleet_of(at("lab", "cpu"))
    keys = tuple(Key(number, 1) for number in sorted(there))
    held = Held("slot", keys, at("lab", "cpu").labels)
    fleet.adopt(held, frozenset(Key(number, 1) for number in known), 0.0)
    assert fleet.keys() == tuple(Key(number, 1) for number in sorted(there & known))
    for number in range(7):
        assert (fleet.lane_of(Key(number, 1)) is not None) == (number in there & known)


def test_a_lost_attempt_is_infrastructure_and_may_be_tried_again() -> None:
    ended = lost(Key(3, 2), "node-7 went away", "node-7")
    assert ended.key == Key(3, 2)
    assert (ended.report.status, ended.report.layer) == (Status.MISS, Layer.INFRA)
    assert (ended.report.retry, ended.report.reason) == (True, "node-7 went away")
    assert ended.report.node == "node-7"


def test_what_could_not_be_stored_keeps_how_it_ended_and_nothing_else() -> None:
    report = Report(
        Status.FAIL,
        Layer.CODE,
        "1 of 1 case failed",
        cases=(CaseResult("a", Status.FAIL),),
        exit_code=3,
        signal=None,
        cancelled=True,
        retry=True,
        node="n",
    )
    ended = unrecordable(Ended(Key(1, 1), report), "too large")
    assert ended == Ended(
        Key(1, 1),
        Report(
            Status.ERROR,
            Layer.TEST,
            "the report could not be stored: too large",
            exit_code=3,
            cancelled=True,
            node="n",
        ),
    )
