"""A stranger's file as text: decoded, bounded, and quoted safely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.errors import CoevoError, Mistake, Place
from matrix.source import MAX_BYTES, MAX_MISTAKES, decoded, limited


def refusal(raw: bytes | str) -> tuple[Mistake, ...]:
    with pytest.raises(CoevoError) as caught:
        decoded(raw, "m.yaml")
    return caught.value.mistakes


def test_a_file_is_its_text_and_its_lines() -> None:
    found = decoded(b"a: 1\nb: 2\n", "m.yaml")

    assert (found.file, found.text, found.lines) == ("m.yaml", "a: 1\nb: 2\n", ["a: 1", "b: 2", ""])


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_text_and_its_bytes_are_the_same_file(text: str) -> None:
    assert decoded(text, "m").text == decoded(text.encode(), "m").text == text


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert len(decoded(b"#" * MAX_BYTES, "m.yaml").text) == MAX_BYTES

    (mistake,) = refusal(b"#" * (MAX_BYTES + 1))
    assert "262,145 bytes; the limit is 262,144" in mistake.problem
    assert mistake.place == Place("m.yaml", 1, 1)


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"\xff", (1, 1)),
        (b"ab\xffcd", (1, 3)),
        ("é".encode() + b"\xff", (1, 2)),
        (b"one\ntwo\nthr\xe9e\n", (3, 4)),
        (b"\xef\xbb\xbfab\xff", (1, 3)),
    ],
)
def test_a_byte_that_is_no_text_is_told_by_the_characters_before_it(
    raw: bytes, place: tuple[int, int]
) -> None:
    (mistake,) = refusal(raw)

    assert mistake.place == Place("m.yaml", *place)
    assert "is not UTF-8" in mistake.problem


@pytest.mark.parametrize("code", [0x00, 0x07, 0x1B, 0x7F, 0x85, 0x9F, 0x2028, 0x202E, 0x2066])
def test_a_character_that_moves_or_hides_is_told_by_its_number(code: int) -> None:
    (mistake,) = refusal(f"a: x{chr(code)}y")

    assert mistake.problem == f"control character U+{code:04X}"
    assert mistake.place == Place("m.yaml", 1, 5)
    assert chr(code) not in str(mistake)


@pytest.mark.parametrize("text", ["a\tb", "é", "日本", "e\u0301", "🙂", "a\r\nb"])
def test_what_people_write_is_no_control(text: str) -> None:
    assert decoded(text, "m.yaml").text == text.replace("\r\n", "\n")


def test_controls_are_told_up_to_the_limit() -> None:
    assert len(refusal("\x01" * 500)) == MAX_MISTAKES


def test_a_mistake_quotes_its_line() -> None:
    mistake = decoded("a: 1\nbad: [\n", "m.yaml").mistake(2, 6, "a problem", "a hint")

    assert str(mistake).splitlines() == [
        "m.yaml:2:6: a problem",
        "bad: [",
        "     ^",
        "  hint: a hint",
    ]


def test_a_mistake_behind_the_last_line_quotes_nothing() -> None:
    mistake = decoded("a: 1", "m.yaml").mistake(9, 1, "it ends here")

    assert str(mistake) == "m.yaml:9:1: it ends here"


@given(st.integers(1, 5000))
def test_the_caret_of_a_long_line_stands_under_its_column(column: int) -> None:
    text = "".join(chr(ord("a") + number % 26) for number in range(5000))

    mistake = decoded(text, "m.yaml").mistake(1, column, "here")

    assert len(mistake.excerpt) <= 100
    assert mistake.indent is not None
    assert mistake.excerpt[mistake.indent] == text[column - 1]


def test_mistakes_come_by_place_and_each_once() -> None:
    later, sooner = (Mistake(Place("m", line, 1), "wrong") for line in (9, 2))

    assert limited([later, sooner, later]) == [sooner, later]


def test_beyond_the_limit_it_is_said_that_there_are_more() -> None:
    many = [Mistake(Place("m", line, 1), "wrong") for line in range(1, MAX_MISTAKES + 2)]

    assert limited(many[:-1]) == many[:-1]
    assert limited(many)[:-1] == many[:-1]
    assert limited(many)[-1].problem.startswith("and more")
