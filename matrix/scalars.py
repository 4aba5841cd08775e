"""What a plain word of YAML means, and which words mean something else to other readers."""

from __future__ import annotations

import re
from typing import NamedTuple

Scalar = str | int | bool | None

_DIGITS = 18  # fits 64 bits, as every other reader of the file has them
_INTEGER = re.compile(rf"-?(0|[1-9][0-9]{{0,{_DIGITS - 1}}})")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TRUTH = re.compile(r"(?i:yes|on|no|off|true|false)")
_NULL = re.compile(r"Null|NULL")
_TRAPS = (
    (re.compile(r"[-+]?0[0-7_]+"), "an octal number"),
    (re.compile(r"[-+]?0[xob][0-9a-fA-F_]+"), "a number"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), "a number to base 60"),
    (re.compile(r"[-+]?([0-9][0-9_]*)?\.[0-9_]*([eE][-+]?[0-9]+)?"), "a number with a fraction"),
    (re.compile(r"[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"), "a number with an exponent"),
    (re.compile(r"[-+]?\.(?i:inf)|\.(?i:nan)"), "a number"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"), "a date"),
    (re.compile(r"[-+]?[0-9][0-9_]*"), "a number"),
)


class Trap(NamedTuple):
    """A plain word that readers of YAML disagree about, and how to write what is meant."""

    problem: str
    hint: str


def meaning(text: str) -> Scalar:
    """A plain scalar by YAML 1.2's core schema; numbers are whole ones of up to 18 digits."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


def trap(text: str) -> Trap | None:
    """Why a plain scalar has to be quoted; None where every reader agrees about it.

    After YAML 1.1's types (yaml.org/type): `on` is a truth value there, `3.10` is 3.1, `010`
    is 8 and `12:30` is 750.
    """
    if text in _WORDS or _INTEGER.fullmatch(text):
        return None
    if text.isdigit() and len(text) > _DIGITS and text[0] != "0":
        return Trap(f"a number of {len(text)} digits", f"at most {_DIGITS}; put text in quotes")
    if _TRUTH.fullmatch(text) or _NULL.fullmatch(text):
        return Trap(f"`{text}` is a truth value or null to YAML 1.1", _quote(text) + _TRUE)
    for pattern, what in _TRAPS:
        if text[0] in "+-.0123456789" and text != "." and pattern.fullmatch(text):
            whole = _WHOLE if text[-1].isdigit() and ("." in text or "e" in text.lower()) else ""
            return Trap(f"`{text[:40]}` is {what} to YAML{_read_as(text)}", _quote(text) + whole)
    return None


_WHOLE = ", or write a whole number where one is meant"
_TRUE = ", or true or false where a truth value is meant"


def _quote(text: str) -> str:
    return f'put it in quotes: "{text[:40]}"'


def _read_as(text: str) -> str:
    """What is left of the word, where that is short to say."""
    if re.fullmatch(r"0[0-7]{1,9}", text):
        return f", which reads it as {int(text, 8)}"
    if re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}|[0-9]{1,3}[eE][0-9]{1,2}", text):
        return f", which reads it as {float(text)}"
    return ""
