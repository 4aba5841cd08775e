"""Names: their grammar, hints at mistyped ones, and what a stranger wrote shown safely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.names import Misfit, did_you_mean, name, printable, shown


@pytest.mark.parametrize("text", ["a", "0", "cloud-a", "pytorch_ops", "3.12", "a" * 63])
def test_a_name_is_a_name(text: str) -> None:
    assert name(text) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Lab", "write `lab`, and the rest as its label"),
        ("Cloud A", "write `cloud-a`, and the rest as its label"),
        ("-a", "write `a`, and the rest as its label"),
        ("", "names are a-z"),
        ("日本", "names are a-z"),
        ("a" * 64, "write `aaa"),
        ("a/b", "write `a-b`"),
        ("a\n", "write `a`"),
    ],
)
def test_what_is_no_name_is_refused_with_one_that_is(text: str, hint: str) -> None:
    with pytest.raises(Misfit) as caught:
        name(text)

    assert caught.value.hint.startswith(hint)


@given(st.text(max_size=80))
def test_a_hint_at_a_name_is_one(text: str) -> None:
    hint = hint_of(text)

    if hint.startswith("write `"):
        assert name(hint.split("`")[1])


def hint_of(text: str) -> str:
    try:
        name(text)
    except Misfit as misfit:
        return misfit.hint
    return ""


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("acelerator", "did you mean `accelerator`?"),
        ("Site", "did you mean `site`?"),
        ("xyz", "known here: accelerator, site, suite"),
        ("x" * 100_000, "known here: accelerator, site, suite"),
    ],
)
def test_the_nearest_word_is_offered_else_all_of_them(word: str, hint: str) -> None:
    assert did_you_mean(word, ["site", "accelerator", "suite"]) == hint


def test_where_nothing_is_known_there_is_no_hint() -> None:
    assert did_you_mean("a", []) == ""


def test_of_many_known_words_a_dozen_are_listed() -> None:
    hint = did_you_mean("zzz", [f"word{n:02}" for n in range(40)])

    assert hint.endswith("word11, …")


def test_the_nearest_of_thousands_of_words_is_found_where_it_begins_alike() -> None:
    words = [f"a{n}" for n in range(5_000)] + ["zebra"]

    assert did_you_mean("zebre", words) == "did you mean `zebra`?"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "`plain`"),
        ("tab\tand\nline", "`tab␉and␊line`"),
        ("\x1b[31m", "`␛[31m`"),
        ("\u202eabc", "`\ufffdabc`"),
        ("x" * 100, f"`{'x' * 59}…`"),
    ],
)
def test_what_a_stranger_wrote_is_shown_safely(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text())
def test_what_is_printable_keeps_its_length_and_holds_no_controls(text: str) -> None:
    made = printable(text)

    assert len(made) == len(text)
    assert all(each.isprintable() or ord(each) >= 0x300 for each in made)
