"""From the facts of a machine to the groups of a table, long values folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.web import words
from runners.work import Fact

LONG = 120  # characters; what is longer is folded behind its beginning
_BYTES = {"B": 1, "kB": 1024}  # as the kernel means them
_GROUPED_FROM = 12  # facts; fewer are read at a glance


class FactRow(NamedTuple):
    """A fact; `rest` is its whole value where `value` is only its beginning."""

    name: str
    value: str
    rest: str
    source: str


class FactGroup(NamedTuple):
    """Facts of one part of the machine, named by what stands before the dot."""

    title: str
    rows: tuple[FactRow, ...]


def fact_groups(facts: Sequence[Fact]) -> tuple[FactGroup, ...]:
    """The facts in their order, by part where there are many; parts by first appearance."""
    if not facts:
        return ()
    if len(facts) < _GROUPED_FROM:
        return (FactGroup("", tuple(map(_row, facts))),)
    parts: dict[str, list[FactRow]] = {}
    for fact in facts:
        part = fact.name.partition(".")[0] if "." in fact.name else "environment"
        parts.setdefault(part, []).append(_row(fact))
    return tuple(FactGroup(title, tuple(rows)) for title, rows in parts.items())


def _row(fact: Fact) -> FactRow:
    amount, _, unit = fact.value.partition(" ")
    if unit in _BYTES and amount.isascii() and amount.isdigit():
        told = words.size(int(amount) * _BYTES[unit])
        return FactRow(fact.name, told, "", fact.source)
    if len(fact.value) <= LONG:
        return FactRow(fact.name, fact.value, "", fact.source)
    beginning = " ".join(fact.value[:LONG].split())
    return FactRow(fact.name, f"{beginning}…", fact.value, fact.source)
