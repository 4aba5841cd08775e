"""The slide and its cells: read from the projection alone, whatever the history's length."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from matrix.model import ACCELERATOR, SITE, Axis, Matrix
from matrix.verdict import CellState, State, face
from orchestrator.store import cellstates, documents
from orchestrator.store.declared import Cell, CellStateRow, MatrixRevision, MatrixRow
from orchestrator.store.read_jobs import of_cell
from orchestrator.store.read_runs import latest_run
from orchestrator.store.recorded import EventRow
from orchestrator.store.store import Store
from orchestrator.views import CellPage, Change, Face, Grid, Label

CHANGES = 10
JOBS = 30
Point = tuple[str, str]


def grid_version(store: Store, matrix: str) -> int:
    """Rises with every change of a page of this matrix; 0 where there is none."""
    with store.read() as connection:
        return connection.scalar(_VERSION, {"matrix": matrix}) or 0


def grid(store: Store, matrix: str) -> Grid | None:
    """The slide of a matrix: six queries."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_NEWEST, {"matrix": matrix}).first()
        if row is None:
            return None
        declared = documents.matrix(row.document)
        states = _states(connection, row.id)
        faces = _faces(declared, states, _whys(connection, row.id), now)
        return Grid(
            matrix=Label(row.name, row.label),
            version=row.version,
            sites=_labels(declared.axis(SITE), states, 0),
            accelerators=_labels(declared.axis(ACCELERATOR), states, 1),
            faces=faces,
            changes=_changes(connection, row.id),
            run=latest_run(connection, matrix),
            simulated=any(one.simulated for one in faces),
        )


def cell_page(store: Store, matrix: str, site: str, accelerator: str) -> CellPage | None:
    """One square and what lies behind it; None where the grid has no such square."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_NEWEST, {"matrix": matrix}).first()
        if row is None:
            return None
        declared = documents.matrix(row.document)
        at = {"matrix": row.id, "site": site, "accelerator": accelerator}
        rows = connection.execute(_AT, at).all()
        states = tuple(cellstates.value(one) for one in rows)
        sites = {label.name: label for label in _labels(declared.axis(SITE), {}, 0)}
        kinds = {label.name: label for label in _labels(declared.axis(ACCELERATOR), {}, 1)}
        if not states and (site not in sites or accelerator not in kinds):
            return None
        where = (
            sites.get(site, Label(site, site)),
            kinds.get(accelerator, Label(accelerator, accelerator)),
        )
        why = _whys(connection, row.id).get((site, accelerator), "")
        shown = _face(where, states, why, now, declared.policies.freshness)
        return CellPage(
            matrix=Label(row.name, row.label),
            site=where[0],
            accelerator=where[1],
            face=shown,
            states=states,
            jobs=of_cell(connection, [one[0] for one in rows], JOBS),
            why=shown.reason if shown.state in {State.EXCLUDED, State.NOT_OFFERED} else "",
        )


def _states(connection: Connection, matrix: int) -> dict[Point, list[CellState]]:
    found: dict[Point, list[CellState]] = defaultdict(list)
    for row in connection.execute(_PLANNED, {"matrix": matrix}):
        found[row[-2], row[-1]].append(cellstates.value(row))
    return found


def _faces(
    declared: Matrix, states: dict[Point, list[CellState]], whys: dict[Point, str], now: datetime
) -> tuple[Face, ...]:
    freshness = declared.policies.freshness
    return tuple(
        _face(
            (site, kind),
            states.get((site.name, kind.name), ()),
            whys.get((site.name, kind.name), ""),
            now,
            freshness,
        )
        for site in _labels(declared.axis(SITE), states, 0)
        for kind in _labels(declared.axis(ACCELERATOR), states, 1)
    )


def _labels(axis: Axis, states: dict[Point, list[CellState]], place: int) -> tuple[Label, ...]:
    """The axis's values, then those that includes added, by name."""
    listed = {value.name: Label(value.name, value.label) for value in axis.values}
    extra = sorted({point[place] for point in states} - listed.keys())
    return (*listed.values(), *(Label(name, name) for name in extra))


def _whys(connection: Connection, matrix: int) -> dict[Point, str]:
    rows = connection.execute(_WHYS, {"matrix": matrix})
    return {(site, accelerator): why for site, accelerator, why in rows}


def _face(
    where: tuple[Label, Label],
    states: Sequence[CellState],
    why: str,
    now: datetime,
    freshness: timedelta,
) -> Face:
    shown = face(states, now, freshness)
    return Face(
        site=where[0],
        accelerator=where[1],
        state=shown.state,
        reason=shown.reason or (why if shown.state is State.EXCLUDED else ""),
        counts=shown.counts,
        watched_bad=shown.watched_bad,
        done=shown.done,
        planned=shown.planned,
        since=shown.since,
        age_from=shown.age_from,
        runner=shown.runner,
        simulated=shown.simulated,
        history=shown.history,
    )


def _changes(connection: Connection, matrix: int) -> tuple[Change, ...]:
    """What changed last, latest first."""
    rows = connection.execute(_CHANGES, {"matrix": matrix})
    return tuple(Change(at, **json.loads(data)) for at, data in rows)


_VERSION = select(MatrixRow.version).where(MatrixRow.name == bindparam("matrix"))
_NEWEST = (
    select(
        MatrixRow.id, MatrixRow.name, MatrixRow.label, MatrixRow.version, MatrixRevision.document
    )
    .join(MatrixRevision, MatrixRevision.matrix_id == MatrixRow.id)
    .where(MatrixRow.name == bindparam("matrix"))
    .order_by(MatrixRevision.used_at.desc(), MatrixRevision.id.desc())
    .limit(1)
)
_PLANNED = (
    cellstates.selection()
    .where(CellStateRow.matrix_id == bindparam("matrix"), CellStateRow.planned.is_(True))
    .order_by(CellStateRow.id)
)
_AT = _PLANNED.where(Cell.site == bindparam("site"), Cell.accelerator == bindparam("accelerator"))
_WHYS = select(Cell.site, Cell.accelerator, Cell.why).where(
    Cell.matrix_id == bindparam("matrix"), Cell.why != ""
)
_CHANGES = (
    select(EventRow.at, EventRow.data)
    .where(EventRow.matrix_id == bindparam("matrix"), EventRow.kind == "cell")
    .order_by(EventRow.id.desc())
    .limit(CHANGES)
)
