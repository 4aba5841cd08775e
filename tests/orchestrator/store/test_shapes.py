"""Shapes are judged against the offers at their square, as against all offers there are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from worlds import offer_of

from matrix.model import Needs
from matrix.needs import first_unmet, meets
from orchestrator.store.shapes import UNLOCKED, Asked, Offers, by_square, place_of
from runners.work import Offer

OFFERS = st.builds(
    lambda labels, devices: replace(offer_of(*labels[:2], zone=labels[2]), devices=devices),
    st.tuples(*(st.sampled_from(names) for names in ("ab", "xy", "uv"))),
    st.integers(0, 2),
)
ASKED = st.builds(
    lambda names, devices: Asked(
        tuple(zip(("site", "accelerator", "zone"), names, strict=False)), Needs(devices=devices), ""
    ),
    st.lists(st.sampled_from("abxyuv"), min_size=2, max_size=3),
    st.integers(0, 3),
)


def offered(*offers: Offer, locks: tuple[tuple[str, str], ...] = ()) -> Offers:
    rows = tuple(enumerate(offers))
    return Offers(
        by_square(rows), frozenset(locks), {n: place_of("bench", str(n)) for n, _ in rows}
    )


@given(st.lists(OFFERS, max_size=6), ASKED)
def test_what_lies_elsewhere_changes_nothing(offers: list[Offer], asked: Asked) -> None:
    there = offered(*offers)
    assert there.unmet(asked) == first_unmet(asked.cell, asked.needs, offers)
    fitting = [n for n, offer in enumerate(offers) if meets(asked.cell, asked.needs, offer)]
    assert list(there.fitting(asked)) == fitting


CELL = (("site", "lab"), ("accelerator", "cpu"))


def test_what_is_bound_is_met_in_its_place_alone() -> None:
    there = offered(offer_of(), offer_of())
    bound = Asked(CELL, Needs(), "", bound="bench 1")
    assert (there.fitting(bound), there.unmet(bound)) == ((1,), "")
    gone = replace(bound, bound="bench 2")
    assert there.fitting(gone) == ()
    assert there.unmet(gone) == "its pair began on bench, which does not offer that place now"


def test_what_waits_for_its_lock_alone_says_so() -> None:
    asked = Asked(CELL, Needs(), "abc")
    assert offered(offer_of()).unmet(asked) == UNLOCKED
    locked = offered(offer_of(), locks=(("abc", offer_of().platform),))
    assert (locked.fitting(asked), locked.unmet(asked)) == ((0,), "")
