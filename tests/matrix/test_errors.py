"""A person's mistake, written out: where, what, and what to do about it."""

from __future__ import annotations

from matrix.errors import CoevoError, Mistake, Place

HERE = Place("m.yaml", 3, 5)


def test_a_place_is_what_editors_jump_to() -> None:
    assert str(HERE) == "m.yaml:3:5"


def test_places_come_in_the_order_of_the_file() -> None:
    places = [Place("m", 10, 1), Place("m", 2, 9), Place("m", 2, 10), Place("a", 99, 1)]

    assert sorted(places) == [places[3], places[1], places[2], places[0]]


def test_a_mistake_without_a_place_is_its_problem() -> None:
    assert str(Mistake(None, "no port is free")) == "no port is free"


def test_a_hint_follows_the_problem() -> None:
    assert str(Mistake(None, "no port is free", "try 0")) == "no port is free\n  hint: try 0"


def test_the_caret_stands_under_the_column() -> None:
    told = str(Mistake(HERE, "wrong", excerpt="key: value"))

    assert told.splitlines() == ["m.yaml:3:5: wrong", "key: value", "    ^"]


def test_the_caret_of_wide_characters_is_told_where_to_stand() -> None:
    told = str(Mistake(HERE, "wrong", excerpt="日本: x", indent=6))

    assert told.splitlines()[2] == " " * 6 + "^"


def test_an_excerpt_without_a_place_is_not_shown() -> None:
    assert str(Mistake(None, "wrong", excerpt="key: value")) == "wrong"


def test_an_error_of_several_mistakes_says_each() -> None:
    error = CoevoError(Mistake(HERE, "one"), Mistake(None, "two", "do it"))

    assert str(error) == "m.yaml:3:5: one\ntwo\n  hint: do it"
    assert [mistake.problem for mistake in error.mistakes] == ["one", "two"]


def test_a_mistake_in_what_was_asked_ends_the_command_with_2() -> None:
    assert CoevoError.because("no").exit_code == 2
    assert CoevoError.because("no", "yes", HERE).mistakes == (Mistake(HERE, "no", "yes"),)
