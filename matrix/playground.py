"""The playground: cells of values that runners offer on open axes and nobody listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Protocol

from matrix.model import Axis, Condition, Matrix
from matrix.names import Misfit, name

Pairs = tuple[tuple[str, str], ...]
Listed = Mapping[str, frozenset[str]]
MOST_VALUES = 64  # of one axis that nobody listed; those offered later stay out
MOST_CELLS = 4096  # of one matrix


class Place(Protocol):
    """Where jobs can run; `matrix.needs.Offer` is one."""

    @property
    def labels(self) -> Pairs:
        """Its point: `site`, `accelerator` and any free labels."""


def listed(matrix: Matrix) -> Listed:
    """The values that a file names on each of its open axes, also those that includes bring."""
    return {axis.name: _names(axis) for axis in matrix.axes if axis.open}


def is_on_slide(known: Listed, cell: Pairs) -> bool:
    """Whether the file names every value of a cell on open axes; otherwise it only plays."""
    return all(value in known[axis] for axis, value in cell if axis in known)


def may_play(matrix: Matrix, conditions: Iterable[Condition]) -> bool:
    """Whether a selector admits a value that nobody listed."""
    known = listed(matrix)
    return any(one.negated or one.values - known[one.key] for one in conditions if one.key in known)


def cells(matrix: Matrix, offers: Sequence[Place]) -> tuple[Pairs, ...]:
    """What the offers add to the matrix: each point of theirs that has an unlisted value.

    An offer that bears no label of an axis stands at all that this axis lists. Those that come
    first are served first, where there are more than `MOST_VALUES` or `MOST_CELLS`.
    """
    known = listed(matrix)
    if not known:
        return ()
    taken = {axis: frozenset(values) for axis, values in unlisted(matrix, offers).items()}
    found: dict[Pairs, None] = {}
    for offer in offers:
        for cell in _points(matrix, dict(offer.labels), taken):
            if len(found) < MOST_CELLS and not is_on_slide(known, cell):
                found[cell] = None
    return tuple(found)


def unlisted(matrix: Matrix, offers: Iterable[Place]) -> dict[str, tuple[str, ...]]:
    """The values that the playground takes on each open axis, in the order of the offers."""
    return {axis: values[:MOST_VALUES] for axis, values in _offered(matrix, offers).items()}


def left_out(matrix: Matrix, offers: Iterable[Place]) -> dict[str, tuple[str, ...]]:
    """The values for which there is no room on an open axis."""
    offered = _offered(matrix, offers).items()
    return {axis: values[MOST_VALUES:] for axis, values in offered if values[MOST_VALUES:]}


def values_of(found: Iterable[Pairs]) -> dict[str, list[str]]:
    """Each axis with the values that it has in these cells."""
    values: dict[str, dict[str, None]] = {}
    for cell in found:
        for axis, value in cell:
            values.setdefault(axis, {})[value] = None
    return {axis: list(each) for axis, each in values.items()}


def _offered(matrix: Matrix, offers: Iterable[Place]) -> dict[str, tuple[str, ...]]:
    points = [dict(offer.labels) for offer in offers]
    return {
        axis: tuple(dict.fromkeys(_new(axis, known, points)))
        for axis, known in listed(matrix).items()
    }


def _new(axis: str, known: frozenset[str], points: Iterable[Mapping[str, str]]) -> Iterator[str]:
    for point in points:
        value = point.get(axis)
        if value is not None and value not in known and _is_name(value):
            yield value


def _points(
    matrix: Matrix, labels: Mapping[str, str], taken: Mapping[str, frozenset[str]]
) -> Iterator[Pairs]:
    """All points that an offer stands at; none where it bears a value that is not admitted."""
    columns = []
    for axis in matrix.axes:
        value = labels.get(axis.name)
        if value is None:
            columns.append([one.name for one in axis.values if not one.joined])
        elif value in _names(axis) | taken.get(axis.name, frozenset()):
            columns.append([value])
        else:
            return
    for values in product(*columns):
        yield tuple(zip((axis.name for axis in matrix.axes), values, strict=True))


def _names(axis: Axis) -> frozenset[str]:
    return frozenset(value.name for value in axis.values)


def _is_name(text: str) -> bool:
    try:
        return name(text) == text
    except Misfit:
        return False
