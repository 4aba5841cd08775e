"""The playground: which cells runners make an open matrix have, and which stay out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_matrices import HEAD, matrix
from worlds import offer_of

from matrix import playground
from matrix.model import Condition, Matrix
from matrix.names import NAME_PATTERN
from matrix.playground import (
    MOST_CELLS,
    MOST_VALUES,
    cells,
    is_on_slide,
    left_out,
    listed,
    may_play,
    unlisted,
    values_of,
)

OPEN = HEAD.replace("site: [lab, edge]", "site: {open: true, values: [lab, edge]}")
BOTH = OPEN.replace("[cpu, gpu]", "{open: true, values: [cpu, gpu]}")
FREE = OPEN.replace("suites:", "  dtype: {open: true, values: [f32, bf16]}\nsuites:")
CLOSED_FREE = OPEN.replace("suites:", "  dtype: [f32, bf16]\nsuites:")
NAMES = st.from_regex(NAME_PATTERN, fullmatch=True)


def named(found: Matrix, *offers: object) -> list[str]:
    return ["/".join(value for _, value in cell) for cell in cells(found, offers)]  # type: ignore[arg-type] # what offer_of makes


def test_a_closed_matrix_has_no_playground() -> None:
    assert cells(matrix(), [offer_of("garage")]) == ()


def test_an_offer_with_an_unlisted_site_makes_its_own_cell() -> None:
    assert named(matrix(head=OPEN), offer_of("garage", "gpu")) == ["garage/gpu"]


def test_what_the_file_lists_is_no_playground() -> None:
    assert named(matrix(head=OPEN), offer_of("lab"), offer_of("edge", "gpu")) == []


def test_a_closed_axis_admits_no_value_of_its_own() -> None:
    assert named(matrix(head=OPEN), offer_of("garage", "npu"), offer_of("lab", "npu")) == []


def test_two_open_axes_may_both_have_new_values() -> None:
    found = matrix(head=BOTH)
    assert named(found, offer_of("lab", "npu"), offer_of("garage", "npu")) == [
        "lab/npu",
        "garage/npu",
    ]


def test_new_values_do_not_meet_where_nobody_offers_both() -> None:
    found = matrix(head=BOTH)
    assert "garage/npu" not in named(found, offer_of("lab", "npu"), offer_of("garage", "cpu"))


def test_an_offer_without_a_label_stands_at_all_values_that_the_axis_lists() -> None:
    assert named(matrix(head=FREE), offer_of("garage")) == ["garage/cpu/f32", "garage/cpu/bf16"]


def test_a_label_fixes_the_value_of_its_axis() -> None:
    assert named(matrix(head=FREE), offer_of("garage", dtype="bf16")) == ["garage/cpu/bf16"]


def test_a_free_axis_may_be_open_too() -> None:
    assert named(matrix(head=FREE), offer_of("lab", dtype="fp4")) == ["lab/cpu/fp4"]


def test_a_label_that_a_closed_axis_does_not_list_makes_no_cell() -> None:
    assert named(matrix(head=CLOSED_FREE), offer_of("garage", dtype="fp4")) == []


def test_labels_that_are_no_axis_do_not_matter() -> None:
    assert named(matrix(head=OPEN), offer_of("garage", rack="7")) == ["garage/cpu"]


def test_two_offers_of_one_cell_make_it_once() -> None:
    assert named(matrix(head=OPEN), offer_of("garage"), offer_of("garage", slots=9)) == [
        "garage/cpu"
    ]


@pytest.mark.parametrize("site", ["Garage", "a b", "", "../etc", "x" * 64, "ä"])
def test_what_is_no_name_is_no_value(site: str) -> None:
    assert named(matrix(head=OPEN), offer_of(site)) == []


def test_a_value_that_an_include_brings_is_the_files_own() -> None:
    found = matrix("include: [{site: roof, accelerator: cpu, suite: a}]", OPEN)
    assert named(found, offer_of("roof", "gpu"), offer_of("roof")) == []


def test_a_value_that_an_include_brings_can_meet_one_that_nobody_listed() -> None:
    found = matrix("include: [{site: lab, accelerator: npu, suite: a}]", OPEN)
    assert named(found, offer_of("garage", "npu")) == ["garage/npu"]


def test_an_axis_takes_so_many_values_and_the_first_come_first() -> None:
    offers = [offer_of(f"s{number}") for number in range(MOST_VALUES + 2)]
    found = matrix(head=OPEN)

    assert len(cells(found, offers)) == MOST_VALUES
    assert unlisted(found, offers)["site"][:2] == ("s0", "s1")
    assert left_out(found, offers) == {"site": (f"s{MOST_VALUES}", f"s{MOST_VALUES + 1}")}


def test_nothing_is_left_out_where_there_is_room() -> None:
    assert left_out(matrix(head=OPEN), [offer_of("garage")]) == {}


def test_a_playground_has_a_last_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_CELLS >= MOST_VALUES
    monkeypatch.setattr(playground, "MOST_CELLS", 3)
    assert len(cells(matrix(head=OPEN), [offer_of(f"s{number}") for number in range(9)])) == 3


def test_a_cell_is_on_the_slide_where_the_file_names_all_its_open_values() -> None:
    known = listed(matrix(head=FREE))
    assert set(known) == {"site", "dtype"}
    assert is_on_slide(known, (("site", "lab"), ("accelerator", "npu"), ("dtype", "f32")))
    assert not is_on_slide(known, (("site", "lab"), ("accelerator", "cpu"), ("dtype", "fp4")))


def test_an_older_cell_without_the_axis_is_on_the_slide() -> None:
    known = listed(matrix(head=FREE))
    assert is_on_slide(known, (("site", "lab"), ("accelerator", "cpu")))


@pytest.mark.parametrize(
    ("condition", "plays"),
    [
        (Condition("site", frozenset({"garage"})), True),
        (Condition("site", frozenset({"lab"})), False),
        (Condition("site", frozenset({"lab"}), negated=True), True),
        (Condition("accelerator", frozenset({"npu"})), False),
        (Condition("suite", frozenset({"a"}), negated=True), False),
    ],
)
def test_a_selector_plays_where_it_admits_what_nobody_listed(
    condition: Condition, *, plays: bool
) -> None:
    assert may_play(matrix(head=OPEN), [condition]) is plays


def test_the_values_of_cells_come_by_axis_each_once() -> None:
    found = [(("site", "a"), ("accelerator", "x")), (("site", "b"), ("accelerator", "x"))]
    assert values_of(found) == {"site": ["a", "b"], "accelerator": ["x"]}


@given(st.lists(st.tuples(NAMES, NAMES), max_size=12))
def test_each_cell_is_one_that_somebody_offers_and_nobody_listed(
    places: list[tuple[str, str]],
) -> None:
    found = matrix(head=BOTH)
    offers = [offer_of(site, kind) for site, kind in places]

    made = cells(found, offers)

    assert {tuple(value for _, value in cell) for cell in made} == {
        place
        for place in places
        if place[0] not in {"lab", "edge"} or place[1] not in {"cpu", "gpu"}
    }
    assert len(set(made)) == len(made)
