"""The grammar of names, and what a mistyped one was probably meant to be."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

NAME_PATTERN = r"[a-z0-9][a-z0-9._-]{0,62}"
_NAME = re.compile(NAME_PATTERN)
_SHOWN = 60
_LISTED = 12
_CANDIDATES = 200  # keeps a hint below a few milliseconds, however long an axis is


class Misfit(ValueError):  # noqa: N818 - it says what the text is, as the glossary's words do
    """A text that does not fit what it is meant to be; `hint` says what to write instead."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def name(text: str) -> str:
    """The text, where it is a name; `Misfit` where it is not."""
    if _NAME.fullmatch(text):
        return text
    raise Misfit(
        f"{shown(text)} is no name",
        _suggestion(text) or "names are a-z, 0-9, `.`, `_` and `-`, at most 63 characters",
    )


def shown(text: str) -> str:
    """A text of a stranger, safe in a terminal: between backticks, on one line, not too long."""
    short = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"`{printable(short)}`"


def printable(text: str) -> str:
    """The text with a visible stand-in, one for one, for all that moves a cursor or hides."""
    return text if text.isprintable() else "".join(map(_visible, text))


def canonical(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word, or a list of the known ones where none is near."""
    words = sorted(set(known), key=lambda each: (each[:1] != word[:1], each))
    near = difflib.get_close_matches(word[:64], words[:_CANDIDATES], n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known here: {_some(sorted(words))}" if words else ""


def _some(words: list[str]) -> str:
    return ", ".join([*words[:_LISTED], *(["…"] if len(words) > _LISTED else [])])


def _suggestion(text: str) -> str:
    plain = re.sub(r"[^a-z0-9._-]+", "-", text[:_SHOWN].lower()).strip("-._")
    return f"write `{plain}`, and the rest as its label" if _NAME.fullmatch(plain) else ""


def _visible(character: str) -> str:
    code = ord(character)
    if code < ord(" "):
        return chr(0x2400 + code)
    if character.isprintable() or unicodedata.combining(character):
        return character
    return "\N{REPLACEMENT CHARACTER}"
