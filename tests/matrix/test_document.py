"""Safe YAML: what is read, where it stands, and what is refused on the way."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from matrix.document import MAX_DEPTH, MAX_NODES, Listing, Node, Table, Word, plain, read
from matrix.errors import CoevoError, Mistake, Place
from matrix.source import MAX_BYTES, Source, decoded, limited
from matrix.tree import child, items, key_of, keys, pairs, without

# --- What is read. -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: b c", {"a": "b c"}),
        ("a: 'true'", {"a": "true"}),
        ('a: "3.10"', {"a": "3.10"}),
        ("a: true", {"a": True}),
        ("a:", {"a": None}),
        ("a: ~", {"a": None}),
        ("a: [1, x, [y]]", {"a": [1, "x", ["y"]]}),
        ("a:\n- b\n- c: d", {"a": ["b", {"c": "d"}]}),
        ("a: {b: c, d: {e: f}}", {"a": {"b": "c", "d": {"e": "f"}}}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: >\n  one\n  two\n", {"a": "one two\n"}),
        ("3: a", {"3": "a"}),
        ('"on": a', {"on": "a"}),
        ("a: 2.13.0", {"a": "2.13.0"}),
        ("a: http://x:3/y # c", {"a": "http://x:3/y"}),
        ("--- # start\na: b\n...\n", {"a": "b"}),
        ("é: 日本", {"é": "日本"}),
        ("- a", ["a"]),
        ("a", "a"),
    ],
)
def test_a_document_is_its_values(text: str, value: object) -> None:
    document = read(text, "m.yaml")

    assert plain(document.root) == value
    assert document.mistakes == ()


def test_every_node_knows_its_place() -> None:
    root = read("a: b\nlist:\n  - x\n  - {y: z}\n", "m.yaml").root

    listing = child(root, "list")
    assert (root.line, root.column) == (1, 1)
    assert places(pairs(root)[0]) == [(1, 1), (1, 4)]
    assert [(item.line, item.column) for item in items(listing)] == [(3, 5), (4, 5)]
    assert places(pairs(items(listing)[1])[0]) == [(4, 6), (4, 9)]


def places(pair: tuple[Node, ...]) -> list[tuple[int, int]]:
    return [(node.line, node.column) for node in pair]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_json_is_read_as_it_is(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    if text in ("null", '""'):
        return

    assert plain(read(text, "m.yaml").root) == value


@given(
    st.dictionaries(st.from_regex(r"[b-m]{1,6}", fullmatch=True), VALUES, min_size=1, max_size=4)
)
def test_what_pyyaml_writes_is_read_back(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(value, allow_unicode=False)
    document = read(text, "m.yaml")

    # PyYAML shares equal lists by anchors, which are refused; all else reads back.
    assert document.mistakes or plain(document.root) == value


# --- What is refused. --------------------------------------------------------------------------


def test_a_nesting_at_the_limit_is_read_and_one_deeper_is_not() -> None:
    deep = MAX_DEPTH - 3  # the stream itself and the key take their part

    assert read("a: " + "[" * deep + "]" * deep, "m.yaml")
    with pytest.raises(CoevoError, match="nested more than 32 levels deep"):
        read("a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "m.yaml")


def test_a_deep_file_is_refused_without_recursion() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        with pytest.raises(CoevoError, match="nested more than"):
            read("- [" * 40_000, "m.yaml")
    finally:
        sys.setrecursionlimit(limit)


def test_as_many_values_as_the_limit_are_read_and_one_more_is_not() -> None:
    def listing(count: int) -> str:
        return "[" + "a, " * count + "]"

    assert len(items(read(listing(MAX_NODES - 1), "m.yaml").root)) == MAX_NODES - 1
    with pytest.raises(CoevoError, match="more than 20,000 values"):
        read(listing(MAX_NODES), "m.yaml")


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    head = "a: b\n#"

    assert read(head + "x" * (MAX_BYTES - len(head)), "m.yaml")
    with pytest.raises(CoevoError, match="the file has 262,145 bytes"):
        read(head + "x" * (MAX_BYTES - len(head) + 1), "m.yaml")


def test_size_is_counted_in_bytes_not_in_characters() -> None:
    with pytest.raises(CoevoError, match="the limit is 262,144"):
        read("#" + "é" * (MAX_BYTES // 2), "m.yaml")


def test_the_second_of_two_equal_keys_is_left_out() -> None:
    document = read("a: 1\nb: 2\na: 3\n", "m.yaml")

    assert plain(document.root) == {"a": 1, "b": 2}
    assert [mistake.place for mistake in document.mistakes] == [Place("m.yaml", 3, 1)]


def test_a_number_and_the_same_text_are_equal_keys() -> None:
    assert read('1: a\n"1": b\n', "m.yaml").mistakes


@pytest.mark.parametrize(
    "text", ["a: *b", "a: &b c", "a: !t b", "a: !!int 3", "a: ! b", "!t {a: b}"]
)
def test_what_a_matrix_never_needs_is_marked_as_broken(text: str) -> None:
    document = read(text, "m.yaml")

    assert len(document.mistakes) == 1
    assert document.root.broken or child(document.root, "a").broken


def test_an_alias_to_itself_ends() -> None:
    assert [m.problem for m in read("a: &x [*x]", "m.yaml").mistakes] == [
        "anchors are not read: `&x`",
        "aliases are not read: `*x`",
    ]


# --- The source. -------------------------------------------------------------------------------


def test_a_source_quotes_the_line_of_a_mistake() -> None:
    source = decoded("one\ntwo\n", "m.yaml")

    assert str(source.mistake(2, 3, "wrong", "do better")) == (
        "m.yaml:2:3: wrong\ntwo\n  ^\n  hint: do better"
    )


def test_a_place_behind_the_last_line_has_no_excerpt() -> None:
    assert decoded("one", "m.yaml").mistake(9, 1, "wrong").excerpt == ""


def test_a_mistake_without_a_place_is_its_problem() -> None:
    assert str(Mistake(None, "wrong", "do better")) == "wrong\n  hint: do better"


def test_controls_of_a_line_are_all_told() -> None:
    with pytest.raises(CoevoError) as caught:
        decoded("a\x01b\x02\n\x03", "m.yaml")

    assert [str(m.place) for m in caught.value.mistakes] == [
        "m.yaml:1:2",
        "m.yaml:1:4",
        "m.yaml:2:1",
    ]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x7f", "\ufffe", "\u2066"])
def test_what_some_readers_take_for_an_end_of_line_is_refused(character: str) -> None:
    with pytest.raises(CoevoError, match="control character"):
        decoded(f"a: {character}", "m.yaml")


def test_tabs_and_ends_of_line_are_no_controls() -> None:
    assert decoded("a:\tb\r\nc", "m.yaml").text == "a:\tb\nc"


@given(st.binary(max_size=60))
def test_any_bytes_are_a_source_or_a_mistake_within_it(raw: bytes) -> None:
    try:
        source = decoded(raw, "m.yaml")
    except CoevoError as error:
        places = [mistake.place for mistake in error.mistakes if mistake.place]
        count = len(raw)
    else:
        places, count = [Place("m.yaml", 1, 1)], len(source.text) + 1
    assert all(place.line >= 1 and 1 <= place.column <= count for place in places)


def test_mistakes_are_told_once_and_by_place() -> None:
    source = Source("m.yaml", "a\nb", ["a", "b"])
    late, early = source.mistake(2, 1, "late"), source.mistake(1, 1, "early")

    assert limited([late, early, late]) == [early, late]


# --- Ways through a tree. ----------------------------------------------------------------------

TREE = read("a: {b: c}\nd: [e, {f: g}]\n", "m.yaml").root


def test_a_child_is_found_by_its_key() -> None:
    assert plain(child(child(TREE, "a"), "b")) == "c"
    assert keys(TREE) == ("a", "d")


def test_a_wrong_turn_leads_to_nothing() -> None:
    for lost in (child(TREE, "x"), child(child(TREE, "d"), "a"), child(Word("w", 1, 1), "a")):
        assert plain(lost) is None
        assert pairs(lost) == items(lost) == keys(lost) == ()


def test_a_key_can_be_pointed_at_and_stands_for_its_table_where_it_is_not() -> None:
    assert (key_of(TREE, "d").line, key_of(TREE, "d").column) == (2, 1)
    assert key_of(TREE, "x") is TREE


def test_nodes_are_left_out_with_their_keys() -> None:
    first, second = items(child(TREE, "d"))

    assert plain(without(TREE, {id(first)})) == {"a": {"b": "c"}, "d": [{"f": "g"}]}
    assert plain(without(TREE, {id(child(TREE, "a"))})) == {"d": ["e", {"f": "g"}]}
    assert plain(without(TREE, {id(key_of(second, "f"))})) == {"a": {"b": "c"}, "d": ["e", {}]}
    assert plain(without(TREE, set())) == plain(TREE)


def test_what_is_broken_stays_so_when_others_are_left_out() -> None:
    root = read("a: !t [b]\nc: d\n", "m.yaml").root

    left = without(root, {id(child(root, "c"))})

    assert isinstance(child(left, "a"), Listing)
    assert child(left, "a").broken
    assert isinstance(left, Table)
