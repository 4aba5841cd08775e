"""Wrong matrices, and what has to be said of them."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from matrix.errors import CoevoError, Mistake
from matrix.load import parse

GOOD = """\
name: x
axes: {site: [lab, edge], accelerator: [cpu, gpu]}
suites: {smoke: {}}
"""


class Wrong(NamedTuple):
    """A file, and what is said of it: `line:column`, a part of the problem and of the hint."""

    what: str
    text: str | bytes
    place: str
    problem: str
    hint: str


def with_line(line: str) -> str:
    return GOOD + line + "\n"


def mistakes(text: str | bytes) -> tuple[Mistake, ...]:
    with pytest.raises(CoevoError) as caught:
        parse(text, "m.yaml")
    assert caught.value.exit_code == 2
    return caught.value.mistakes


def assert_told(wrong: Wrong) -> None:
    """It is told once, with its place, the problem and a hint, and nothing moves a cursor."""
    found = mistakes(wrong.text)
    told = [each for each in found if wrong.problem in each.problem]
    assert told, [str(each) for each in found]
    assert str(told[0].place).startswith(f"m.yaml:{wrong.place}")
    assert wrong.hint in told[0].hint
    # The first of a pair may be told too: an anchor before its alias, a name before another.
    assert len(found) <= 2
    text = str(CoevoError(*found))
    assert all(character.isprintable() or character == "\n" for character in text)
