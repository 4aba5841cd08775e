"""Metrics over time: of one metric in one place and beside others, and all metrics of a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, or_, select

from matrix.model import ACCELERATOR, SITE, Matrix
from orchestrator.metric_fold import series
from orchestrator.metric_views import (
    Asked,
    CellMetrics,
    Metric,
    MetricHistory,
    Place,
    Series,
    Window,
)
from orchestrator.store import documents
from orchestrator.store.cellstates import Recents
from orchestrator.store.declared import Cell, CellStateRow, MatrixRow, StackRow, SuiteRow
from orchestrator.store.metric_rows import Ids, Measured, Which, measured
from orchestrator.store.read_grid import in_force
from orchestrator.store.recorded import MetricName
from orchestrator.store.store import Store
from orchestrator.views import Label

MOST_BESIDE = 5
SMALL = 120  # newest reports that a small chart shows


class _Found(NamedTuple):
    """A place, and what it measured last."""

    place: Place
    recent: Recents


class _Of(NamedTuple):
    """The matrix that is read, and its declaration that is in force."""

    id: int
    label: Label
    declared: Matrix

    def where(self, site: str, accelerator: str) -> tuple[Label, Label]:
        """A square as the file calls it."""
        return self._label(SITE, site), self._label(ACCELERATOR, accelerator)

    def _label(self, axis: str, name: str) -> Label:
        known = {value.name: value.label for value in self.declared.axis(axis).values}
        return Label(name, known.get(name, name))

    def components(self, places: Iterable[Place]) -> frozenset[str]:
        """What the stacks of these places name."""
        stacks = {place.stack for place in places}
        used = (stack for stack in self.declared.stacks if stack.name in stacks)
        return frozenset(name for stack in used for name, _ in stack.components)

    @property
    def silence(self) -> float:
        """Seconds after which a result is stale, and a line through points is broken."""
        return self.declared.policies.freshness.total_seconds()


def history(store: Store, asked: Asked, window: Window) -> MetricHistory | None:
    """A metric in one place and beside others: nine queries; None where nobody measured it."""
    with store.read() as connection:
        of = _matrix(connection, asked.matrix)
        if of is None:
            return None
        found = _in_row_and_column(connection, of, asked)
        own = next((one for one in found if _is_asked(one.place, asked)), None)
        ids = _named(connection, of, asked.suite, asked.metric)
        if own is None or not ids:
            return None
        metric = _newest(ids, own, asked)
        places = _laid(own, found, asked)
        which = Which([place.state for place in places], ids, window, asked.case)
        read = measured(connection, which, of.components(places))
    drawn = tuple(_drawn(place, metric, read, window) for place in places)
    others = (one.place for one in found if one is not own and _measures(one, metric))
    site, accelerator = of.where(asked.site, asked.accelerator)
    return MetricHistory(of.label, site, accelerator, metric, drawn, tuple(others), of.silence)


def of_cell(
    store: Store, matrix: str, site: str, accelerator: str, window: Window
) -> CellMetrics | None:
    """All metrics of a cell, the newest reports of each suite and stack: nine queries."""
    with store.read() as connection:
        of = _matrix(connection, matrix)
        if of is None:
            return None
        at = {"matrix": of.id, "site": site, "accelerator": accelerator}
        places = [_place(row).place for row in connection.execute(_OF_CELL, at)]
        if not places:
            return None
        ids = _named(connection, of, "", "")
        which = Which([place.state for place in places], ids, window, newest=SMALL)
        read = measured(connection, which, of.components(places))
    shown = tuple(
        _drawn(place, metric, read, window) for place in places for metric in _of_place(read, place)
    )
    return CellMetrics(of.label, *of.where(site, accelerator), shown, of.silence)


def _matrix(connection: Connection, name: str) -> _Of | None:
    row = connection.execute(_MATRIX, {"matrix": name}).first()
    if row is None:
        return None
    return _Of(row.id, Label(row.name, row.label), in_force(connection, name))


def _in_row_and_column(connection: Connection, of: _Of, asked: Asked) -> list[_Found]:
    """The places of a suite in the row and the column of a square, and those asked for."""
    told = {"matrix": of.id, "suite": asked.suite, "beside": list(asked.beside)}
    at = {"site": asked.site, "accelerator": asked.accelerator}
    return [_place(row) for row in connection.execute(_AROUND, told | at)]


def _place(row: Sequence[object]) -> _Found:
    state, name, axes, parameters, suite, stack, recent = row
    place = Place(
        int(str(state)),
        str(name),
        documents.pairs(str(axes)),
        documents.pairs(str(parameters)),
        str(suite),
        str(stack),
    )
    return _Found(place, () if recent == "[]" else documents.loaded(Recents, str(recent)))


def _is_asked(place: Place, asked: Asked) -> bool:
    point = dict(place.cell)
    at = (point[SITE], point[ACCELERATOR], place.suite, place.stack)
    same = at == (asked.site, asked.accelerator, asked.suite, asked.stack)
    return same and asked.of in {"", place.name}


def _laid(own: _Found, found: Sequence[_Found], asked: Asked) -> list[Place]:
    """The place itself and those that are laid over it, in the order in which they are named."""
    by_name = {one.place.name: one.place for one in found}
    beside = (by_name[name] for name in asked.beside if name in by_name)
    return list(dict.fromkeys([own.place, *beside]))[: MOST_BESIDE + 1]


def _named(connection: Connection, of: _Of, suite: str, metric: str) -> Ids:
    """Metrics by their ids, of one suite and name, or of all ("")."""
    rows = connection.execute(_NAMES, {"matrix": of.id, "suite": suite, "metric": metric})
    return {row.id: Metric(row.name, "", row.unit, row.better) for row in rows}


def _newest(ids: Ids, own: _Found, asked: Asked) -> Metric:
    """The metric with the unit in which it was measured last."""
    for one in own.recent:
        if (one.name, one.case) == (asked.metric, asked.case):
            return Metric(one.name, one.case, one.unit, one.better)
    return ids[max(ids)]._replace(case=asked.case)


def _measures(found: _Found, metric: Metric) -> bool:
    return any((one.name, one.case) == (metric.name, metric.case) for one in found.recent)


def _of_place(read: Measured, place: Place) -> Iterator[Metric]:
    """What a place measured, by name and case; of several units that of the newest report."""
    newest: dict[tuple[str, str], tuple[int, Metric]] = {}
    for (state, metric), values in read.values.items():
        key, last = (metric.name, metric.case), max(values)
        if state == place.state and last > newest.get(key, (0, metric))[0]:
            newest[key] = last, metric
    return (newest[key][1] for key in sorted(newest))


def _drawn(place: Place, metric: Metric, read: Measured, window: Window) -> Series:
    others = (
        len(values)
        for (state, one), values in read.values.items()
        if state == place.state and one[:2] == metric[:2] and one != metric
    )
    return series(
        place,
        metric,
        read.reports.get(place.state, ()),
        read.values.get((place.state, metric), {}),
        stacks=read.stacks,
        about=read.about,
        window=window,
        other_units=sum(others),
    )


_MATRIX = select(MatrixRow.id, MatrixRow.name, MatrixRow.label).where(
    MatrixRow.name == bindparam("matrix")
)
_PLACES = (
    select(
        CellStateRow.id,
        CellStateRow.name,
        Cell.axes,
        CellStateRow.parameters,
        SuiteRow.name,
        StackRow.name,
        CellStateRow.recent,
    )
    .join(Cell, Cell.id == CellStateRow.cell_id)
    .join(SuiteRow, SuiteRow.id == CellStateRow.suite_id)
    .join(StackRow, StackRow.id == CellStateRow.stack_id)
    .where(CellStateRow.matrix_id == bindparam("matrix"))
    .order_by(CellStateRow.id)
)
_AROUND = _PLACES.where(
    SuiteRow.name == bindparam("suite"),
    or_(
        Cell.site == bindparam("site"),
        Cell.accelerator == bindparam("accelerator"),
        CellStateRow.name.in_(bindparam("beside", expanding=True)),
    ),
)
_OF_CELL = _PLACES.where(
    Cell.site == bindparam("site"), Cell.accelerator == bindparam("accelerator")
)
_NAMES = (
    select(MetricName.id, MetricName.name, MetricName.unit, MetricName.better)
    .join(SuiteRow, SuiteRow.id == MetricName.suite_id)
    .where(
        SuiteRow.matrix_id == bindparam("matrix"),
        or_(
            bindparam("suite", type_=SuiteRow.name.type) == "",
            and_(SuiteRow.name == bindparam("suite"), MetricName.name == bindparam("metric")),
        ),
    )
)
