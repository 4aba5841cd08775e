"""Mistakes of a suite's `place`: axes and values that nobody lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from matrix import declaration as shapes
from matrix.document import Node, Word
from matrix.names import did_you_mean, shown
from matrix.select import STACK, SUITE
from matrix.tree import child, items, pairs
from matrix.wording import Finding

Values = Mapping[str, frozenset[str]]


def places(
    declared: shapes.Declaration, sound: Node, values: Values, is_open: Collection[str]
) -> Iterator[Finding]:
    """What is wrong with the places of all suites; `values` maps axes to what they list.

    Axes that are open may have any other value as well.
    """
    for key, node in pairs(child(sound, "suites")):
        yield from _place(child(node, "place"), declared.suites[str(key.value)], values, is_open)


def _place(
    table: Node, shape: shapes.SuiteShape, values: Values, is_open: Collection[str]
) -> Iterator[Finding]:
    for key, node in pairs(table):
        axis = str(key.value)
        missing = [each for each in shape.place.get(axis, ()) if each not in values.get(axis, ())]
        if axis not in values or axis == SUITE:
            known = [each for each in values if each != SUITE]
            yield Finding(key, f"there is no axis {shown(axis)}", did_you_mean(axis, known), key)
        for value in missing if axis in values and axis not in {SUITE, *is_open} else ():
            at = next((word for word in items(node) if _says(word, value)), node)
            yield Finding(at, _unlisted(axis, value), did_you_mean(value, values[axis]), at)


def _says(node: Node, value: str) -> bool:
    return isinstance(node, Word) and str(node.value) == value


def _unlisted(axis: str, value: str) -> str:
    if axis == STACK:
        return f"nobody defined the stack {shown(value)}"
    return f"the axis {shown(axis)} lists no {shown(value)}"
