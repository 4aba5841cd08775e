"""What is wrong, as sentences; "" where nothing is."""

from __future__ import annotations


def first(*problems: str) -> str:
    """The first of them that is one."""
    return next((one for one in problems if one), "")


def same(found: object, wanted: object, what: str) -> str:
    """Where they differ: what was found, and what it should have been."""
    return "" if found == wanted else f"{what} is {found!r:.300} instead of {wanted!r:.300}"
