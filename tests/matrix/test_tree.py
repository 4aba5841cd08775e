"""Ways through the nodes of a document; a wrong turn leads to nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.document import Listing, Node, Table, Word, plain, read
from matrix.tree import child, items, key_of, keys, listed, pairs, without

TEXT = """\
name: x
axes:
  site: [lab, edge]
  accelerator:
    - {name: cpu, label: CPU}
empty:
"""
VALUES = st.recursive(
    st.sampled_from(["a", "b", "c"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture
def root() -> Node:
    return read(TEXT, "m.yaml").root


def test_a_child_is_what_stands_behind_its_key(root: Node) -> None:
    assert plain(child(child(root, "axes"), "site")) == ["lab", "edge"]


@pytest.mark.parametrize("path", [("gone",), ("name", "deeper"), ("axes", "site", "lab")])
def test_a_wrong_turn_leads_to_an_empty_word(root: Node, path: tuple[str, ...]) -> None:
    node = root
    for step in path:
        node = child(node, step)

    assert isinstance(node, Word)
    assert node.value is None


def test_a_key_knows_where_it_stands(root: Node) -> None:
    key = key_of(child(root, "axes"), "accelerator")

    assert (key.line, key.column) == (4, 3)


def test_a_key_that_is_not_there_is_pointed_at_by_what_should_hold_it(root: Node) -> None:
    axes = child(root, "axes")

    assert key_of(axes, "dtype") is axes


def test_only_mappings_have_pairs_and_keys(root: Node) -> None:
    axes = child(root, "axes")

    assert keys(axes) == ("site", "accelerator")
    assert [str(key.value) for key, _ in pairs(axes)] == ["site", "accelerator"]
    assert pairs(child(axes, "site")) == ()
    assert keys(child(root, "name")) == ()


def test_only_lists_have_items(root: Node) -> None:
    axes = child(root, "axes")

    assert [plain(item) for item in items(child(axes, "site"))] == ["lab", "edge"]
    assert items(axes) == ()
    assert items(child(root, "empty")) == ()


def test_a_tree_without_a_value_has_lost_its_key_too(root: Node) -> None:
    site = child(child(root, "axes"), "site")

    left = without(root, {id(site)})

    assert keys(child(left, "axes")) == ("accelerator",)
    assert keys(child(root, "axes")) == ("site", "accelerator")


def test_a_tree_without_an_item_keeps_the_others_and_their_places(root: Node) -> None:
    lab, edge = items(child(child(root, "axes"), "site"))

    left = child(child(without(root, {id(lab)}), "axes"), "site")

    assert items(left) == (edge,)
    assert (left.line, left.column) == (3, 9)


@given(VALUES)
def test_a_tree_without_nothing_is_the_same(value: object) -> None:
    node = _node(value)

    assert plain(without(node, set())) == plain(node)


@given(VALUES, st.randoms(use_true_random=False))
def test_what_is_taken_out_is_in_no_part_of_what_is_left(value: object, chance: object) -> None:
    node = _node(value)
    inner = list(_all(node))[1:]
    gone = {id(one) for one in inner if chance.random() < 0.3}  # type: ignore[attr-defined] # Hypothesis' own

    left = without(node, gone)

    kept = [one for one in _all(left) if isinstance(one, Word)]
    assert not gone & {id(one) for one in kept}


def _node(value: object) -> Node:
    if isinstance(value, list):
        return Listing(tuple(map(_node, value)), 1, 1)
    if isinstance(value, dict):
        return Table(tuple((Word(key, 1, 1), _node(each)) for key, each in value.items()), 1, 1)
    return Word(str(value), 1, 1)


def _all(node: Node) -> list[Node]:
    inner = [*items(node), *(value for _, value in pairs(node))]
    return [node, *(deep for each in inner for deep in _all(each))]


def test_a_list_may_stand_bare_or_behind_a_key() -> None:
    bare, behind = (read(text, "m").root for text in ("[a, b]", "{values: [a, b], open: true}"))
    assert [plain(item) for item in listed(bare, "values")] == ["a", "b"]
    assert [plain(item) for item in listed(behind, "values")] == ["a", "b"]
    assert listed(behind, "others") == ()
    assert listed(child(behind, "open"), "values") == ()
