"""The slide and its cells: read from the projection alone, whatever the history's length."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, product
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from matrix.model import ACCELERATOR, SITE, Axis, Matrix, Value
from matrix.playground import Listed, Pairs, is_on_slide, listed, values_of
from matrix.verdict import CellState, State, face
from orchestrator.store import cellstates, documents
from orchestrator.store.declared import Cell, CellStateRow, MatrixRevision, MatrixRow
from orchestrator.store.held_back import held_back, waiting
from orchestrator.store.read_jobs import of_cell
from orchestrator.store.read_runs import latest_run
from orchestrator.store.recorded import EventRow
from orchestrator.store.remembered import Point, Slide
from orchestrator.store.store import Store
from orchestrator.views import CellPage, Change, Face, Grid, Label, Playground

CHANGES = 10
CHANGES_READ = 50  # of which some are on the playground
JOBS = 30


def grid(store: Store, matrix: str) -> Grid | None:
    """The slide of a matrix: one query where nothing has changed, else seven.

    What was read before is kept by version; only squares that changed or grew stale are folded
    again. The cost knows no history. Where a budget may keep jobs waiting, three queries more.
    """
    return _read(store, matrix, store.slides[matrix], plays=False)


def playground(store: Store, matrix: str) -> Playground | None:
    """What the slide does not show, at the slide's cost and two queries more."""
    found = _read(store, matrix, store.playgrounds[matrix], plays=True)
    if found is None:
        return None
    with store.read() as connection:
        known = listed(in_force(connection, matrix))
    slide = store.playgrounds[matrix]
    with slide.guard:
        played = [state.cell for states in slide.states.values() for state in states.values()]
    values = ((axis, values) for axis, values in values_of(played).items() if axis in known)
    new = ((axis, tuple(sorted(set(values) - known[axis]))) for axis, values in values)
    return Playground(found, tuple(known), tuple(each for each in new if each[1]))


def _read(store: Store, matrix: str, slide: Slide, *, plays: bool) -> Grid | None:
    """A slide as it is now, drawn anew where something has changed."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_NEWEST, {"matrix": matrix}).first()
        if row is None:
            return None
        with slide.guard:
            if slide.revision != row.revision:
                slide.begin_anew(row.revision)
            if slide.grid is None or not slide.is_current(row.version, now):
                slide.grid = _drawn(connection, slide, row, now, plays=plays)
                slide.version = row.version
            drawn = slide.grid
        faces = held_back(connection, row.id, row.budget, drawn.faces, now)
        return drawn if faces is drawn.faces else replace(drawn, faces=faces)


def cell_page(store: Store, matrix: str, site: str, accelerator: str) -> CellPage | None:
    """One square and what lies behind it: five queries; None where the grid has no such square."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_NEWEST, {"matrix": matrix}).first()
        if row is None:
            return None
        declared = _declared(connection, row.revision)
        at = {"matrix": row.id, "site": site, "accelerator": accelerator}
        rows = connection.execute(_AT, at).all()
        found = of_cell(connection, [one[0] for one in rows], JOBS, now)
        states = tuple(waiting(cellstates.value(one), found) for one in rows)
        where = _where(declared, site, accelerator, known=bool(states))
        if where is None:
            return None
        why = _whys(connection, row.id).get((site, accelerator), "")
        known = listed(declared)
        on_slide = tuple(state for state in states if is_on_slide(known, state.cell))
        playing = tuple(state for state in states if not is_on_slide(known, state.cell))
        shown = _face(where, on_slide or playing, why, now, declared.policies.freshness)
        return CellPage(
            matrix=Label(row.name, row.label),
            site=where[0],
            accelerator=where[1],
            face=shown,
            states=on_slide,
            playing=playing,
            jobs=found,
            why=shown.reason if shown.state in {State.EXCLUDED, State.NOT_OFFERED} else "",
            freshness=declared.policies.freshness,
        )


def _drawn(
    connection: Connection, slide: Slide, row: Row[*tuple[Any, ...]], now: datetime, *, plays: bool
) -> Grid:
    declared = _declared(connection, row.revision)
    known = listed(declared)
    news = _news(connection, row.id, slide.version)
    slide.learn(news, lambda state: is_on_slide(known, state.cell) is not plays)
    slide.forget_stale(now)
    seen = [point for point, states in slide.states.items() if states]
    sites = _labels(declared.axis(SITE), {site for site, _ in seen}, only_seen=plays)
    kinds = _labels(declared.axis(ACCELERATOR), {kind for _, kind in seen}, only_seen=plays)
    whys = _whys(connection, row.id)
    freshness = declared.policies.freshness
    squares = [((site.name, kind.name), site, kind) for site, kind in product(sites, kinds)]
    for point, site, kind in squares:
        if point not in slide.faces:
            states = tuple(slide.states[point].values())
            drawn = _face((site, kind), states, whys.get(point, ""), now, freshness)
            slide.keep(point, drawn, now, freshness)
    faces = tuple(slide.faces[point] for point, _, _ in squares)
    return Grid(
        matrix=Label(row.name, row.label),
        version=row.version,
        sites=sites,
        accelerators=kinds,
        faces=faces,
        changes=tuple(_changes(connection, row.id, known, plays=plays)),
        run=latest_run(connection, row.name),
        simulated=any(one.simulated for one in faces),
        playing=0 if plays else len(set(slide.beside.values())),
    )


def drawn_from(
    connection: Connection,
    matrix: str,
    states: Iterable[CellState],
    now: datetime,
    freshness: timedelta,
) -> Grid:
    """A slide of these states alone, with the sites and accelerators of the matrix."""
    row = connection.execute(_NEWEST, {"matrix": matrix}).one()
    declared = _declared(connection, row.revision)
    shown: dict[Point, list[CellState]] = defaultdict(list)
    known = listed(declared)
    for state in (state for state in states if is_on_slide(known, state.cell)):
        point = dict(state.cell)
        shown[point[SITE], point[ACCELERATOR]].append(state)
    sites = _labels(declared.axis(SITE), {site for site, _ in shown})
    kinds = _labels(declared.axis(ACCELERATOR), {kind for _, kind in shown})
    faces = tuple(
        _face((site, kind), shown.get((site.name, kind.name), ()), "", now, freshness)
        for site, kind in product(sites, kinds)
    )
    return Grid(
        Label(row.name, row.label), row.version, sites, kinds, faces, (), None, simulated=False
    )


def _news(
    connection: Connection, matrix: int, after: int
) -> Iterator[tuple[int, bool, Point, CellState]]:
    for *row, planned in connection.execute(_CHANGED, {"matrix": matrix, "after": after}):
        yield row[0], planned, (row[-2], row[-1]), cellstates.value(row)


def in_force(connection: Connection, matrix: str) -> Matrix:
    """The newest revision of a matrix that is there: two queries."""
    return _declared(connection, connection.execute(_NEWEST, {"matrix": matrix}).one().revision)


def _declared(connection: Connection, revision: int) -> Matrix:
    return documents.matrix(connection.execute(_DOCUMENT, {"revision": revision}).scalar_one())


def _labels(axis: Axis, seen: Collection[str], *, only_seen: bool = False) -> tuple[Label, ...]:
    """The axis's values, then those that it does not have, by name."""
    found = {value.name: Label(value.name, value.label) for value in axis.values}
    extra = sorted(set(seen) - found.keys())
    kept = (label for label in found.values() if not only_seen or label.name in seen)
    return (*kept, *(Label(name, name) for name in extra))


def _where(
    declared: Matrix, site: str, accelerator: str, *, known: bool
) -> tuple[Label, Label] | None:
    sites = {value.name: Label(*_pair(value)) for value in declared.axis(SITE).values}
    kinds = {value.name: Label(*_pair(value)) for value in declared.axis(ACCELERATOR).values}
    if not known and (site not in sites or accelerator not in kinds):
        return None
    own = Label(site, site), Label(accelerator, accelerator)
    return sites.get(site, own[0]), kinds.get(accelerator, own[1])


def _pair(value: Value) -> tuple[str, str]:
    return value.name, value.label


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
    reason = shown.reason or (why if shown.state is State.EXCLUDED else "")
    return Face(
        site=where[0],
        accelerator=where[1],
        state=shown.state,
        reason=reason,
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


def _changes(
    connection: Connection, matrix: int, known: Listed, *, plays: bool
) -> Iterator[Change]:
    """What changed last, latest first, on the playground or beside it."""
    rows = connection.execute(_CHANGES, {"matrix": matrix})
    found = (Change(at, **json.loads(data)) for at, data in rows)
    shown = (one for one in found if is_on_slide(known, _square(one)) is not plays)
    return islice(shown, CHANGES)


def _square(change: Change) -> Pairs:
    return (SITE, change.site), (ACCELERATOR, change.accelerator)


_NEWEST = (
    select(
        MatrixRow.id,
        MatrixRow.name,
        MatrixRow.label,
        MatrixRow.version,
        MatrixRow.budget,
        MatrixRevision.id.label("revision"),
    )
    .join(MatrixRevision, MatrixRevision.matrix_id == MatrixRow.id)
    .where(MatrixRow.name == bindparam("matrix"))
    .order_by(MatrixRevision.used_at.desc(), MatrixRevision.id.desc())
    .limit(1)
)
_DOCUMENT = select(MatrixRevision.document).where(MatrixRevision.id == bindparam("revision"))
_CHANGED = (
    cellstates.selection()
    .add_columns(CellStateRow.planned)
    .where(CellStateRow.matrix_id == bindparam("matrix"), CellStateRow.version > bindparam("after"))
    .order_by(CellStateRow.id)
)
_AT = (
    cellstates.selection()
    .where(
        CellStateRow.matrix_id == bindparam("matrix"),
        CellStateRow.planned.is_(True),
        Cell.site == bindparam("site"),
        Cell.accelerator == bindparam("accelerator"),
    )
    .order_by(CellStateRow.id)
)
_WHYS = select(Cell.site, Cell.accelerator, Cell.why).where(
    Cell.matrix_id == bindparam("matrix"), Cell.why != ""
)
_CHANGES = (
    select(EventRow.at, EventRow.data)
    .where(EventRow.matrix_id == bindparam("matrix"), EventRow.kind == "cell")
    .order_by(EventRow.id.desc())
    .limit(CHANGES_READ)
)
