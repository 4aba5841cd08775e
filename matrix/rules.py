"""Which excludes and includes meet at a point of the matrix, as one integer of bits.

Each rule has a bit, excludes the low ones. Every value of a dimension carries the bits of the
rules that it does not contradict, so a point's rules are the conjunction of its values' bits:
the cost of a point does not grow with the number of rules that miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from matrix.model import Axis, Condition, Include, Matrix
from matrix.select import STACK, SUITE


class Choices(NamedTuple):
    """One dimension: its key, and each value with the bits of the rules it admits."""

    key: str
    values: tuple[tuple[str, int], ...]


class Board(NamedTuple):
    """The dimensions of a matrix (axes, suite, stack) under its rules."""

    dimensions: tuple[Choices, ...]
    excludes: int
    includes: int

    @property
    def exclude_bits(self) -> int:
        """The bits of all excludes."""
        return (1 << self.excludes) - 1

    @property
    def all_bits(self) -> int:
        """The bits of all rules."""
        return (1 << (self.excludes + self.includes)) - 1


def board(matrix: Matrix, others: Mapping[str, Sequence[str]] | None = None) -> Board:
    """The dimensions with only the values that they list themselves: includes join no product.

    `others` are values of axes to take instead.
    """
    rules = [rule.conditions for rule in matrix.excludes] + list(map(conditions, matrix.includes))
    dimensions = [(axis.name, (others or {}).get(axis.name) or _own(axis)) for axis in matrix.axes]
    dimensions.append((SUITE, [suite.name for suite in matrix.suites]))
    dimensions.append((STACK, [stack.name for stack in matrix.stacks]))
    mentions = _mentions(rules)
    all_bits = (1 << len(rules)) - 1
    choices = tuple(_choices(key, v, mentions.get(key, {}), all_bits) for key, v in dimensions)
    return Board(choices, len(matrix.excludes), len(matrix.includes))


def _own(axis: Axis) -> list[str]:
    return [value.name for value in axis.values if not value.joined]


def conditions(include: Include) -> tuple[Condition, ...]:
    """What a combination has to fulfil for an include to add to it."""
    literals = tuple(Condition(key, frozenset({value})) for key, value in include.literals)
    return literals + include.when


def met(table: Board) -> int:
    """The bits of the includes that add to some combination which no exclude drops.

    Walks depth first and leaves a branch as soon as nothing new can be met in it.
    """
    return _met(table, 0, table.all_bits, 0) >> table.excludes


def _met(table: Board, depth: int, bits: int, found: int) -> int:
    """`found` and what the branch adds to it; `bits` are the rules that the branch admits."""
    if not bits & ~table.exclude_bits & ~found:
        return found
    if depth == len(table.dimensions):
        return found if bits & table.exclude_bits else found | bits
    for _, admitted in table.dimensions[depth].values:
        found = _met(table, depth + 1, bits & admitted, found)
    return found


def ones(bits: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _mentions(rules: Iterable[Iterable[Condition]]) -> dict[str, dict[int, list[Condition]]]:
    """Key → place of a rule → what it asks of the key."""
    found: dict[str, dict[int, list[Condition]]] = {}
    for place, rule in enumerate(rules):
        for condition in rule:
            found.setdefault(condition.key, {}).setdefault(place, []).append(condition)
    return found


def _choices(
    key: str, values: Sequence[str], mentions: Mapping[int, Sequence[Condition]], all_bits: int
) -> Choices:
    """Linear in the values and the words of the rules together."""
    admitted, added, lost = all_bits, dict.fromkeys(values, 0), dict.fromkeys(values, 0)
    for place, own in mentions.items():
        bit = 1 << place
        listed = _listed(own)
        if listed is not None:
            admitted &= ~bit
        for value in _refused(own) if listed is None else listed:
            if value in added:
                bits = lost if listed is None else added
                bits[value] |= bit
    return Choices(key, tuple((v, (admitted | added[v]) & ~lost[v]) for v in values))


def _listed(own: Sequence[Condition]) -> frozenset[str] | None:
    """The values that all conditions admit, None where all are negated."""
    positive = [condition.values for condition in own if not condition.negated]
    if not positive:
        return None
    return frozenset.intersection(*positive) - _refused(own)


def _refused(own: Sequence[Condition]) -> frozenset[str]:
    return frozenset().union(*(condition.values for condition in own if condition.negated))
