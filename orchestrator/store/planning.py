"""A declaration into the store: its revision, and a cell state for each job that it plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from matrix.expand import merged_id
from matrix.model import DEFAULT_STACK, PLANNED, Job, Matrix
from matrix.needs import needs_of
from matrix.occasion import is_optional
from matrix.playground import listed
from matrix.status import Evidence, Layer, Role
from orchestrator.plan import Pairs, cell_key, lock_request
from orchestrator.store import documents, revisions, shapes
from orchestrator.store.columns import Visibility
from orchestrator.store.declared import (
    Cell,
    CellStateRow,
    MatrixRow,
    StackRow,
    SuiteRow,
)
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import Row, intern
from orchestrator.store.playground import remembered_jobs
from orchestrator.store.shapes import Asked
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.ticketing import allowed

PROBATION = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Names:
    """Row ids of a matrix's suites and stacks by name, and when a suite was added."""

    suites: dict[str, int]
    stacks: dict[str, int]
    shadowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Planned:
    """Row ids of what jobs belong to: cell states by id without shard, shapes by what is asked."""

    states: dict[str, int]
    shapes: dict[str, int]


def save_matrix(store: Store, matrix: Matrix) -> int:
    """Store the declaration, if it is a new revision, and its cells; returns the matrix's id.

    Of one with open axes the cells are those that runners make it have now.
    """
    jobs = remembered_jobs(store, matrix)
    planned = [job for job in jobs if job.status == PLANNED]
    now = store.clock.now()
    with store.write() as connection:
        found = save(connection, matrix, now)
        if not revisions.is_in_force(connection, found, matrix, now):
            revisions.put_in_force(connection, found, matrix, now)
        elif not listed(matrix) or _are_marked(connection, found, planned):
            return found
        names = save_names(connection, found, matrix, now)
        states = save_states(connection, found, matrix, names, planned).states
        _mark_planned(connection, found, set(states.values()))
        _say_why(connection, found, matrix, jobs)
        touch(connection, found, tuple(states.values()))
        emit(connection, now, [Draft(found, "server", f"matrix {matrix.name}", {})])
    return found


def save(connection: Connection, matrix: Matrix, now: datetime) -> int:
    """The matrix's row id, with its label as it is now."""
    row: Row = {"name": matrix.name, "label": matrix.label, "version": 0, "created_at": now}
    found = intern(connection, MatrixRow, ("name",), [row])[matrix.name,]
    named = update(MatrixRow).where(MatrixRow.id == found, MatrixRow.label != matrix.label)
    connection.execute(named.values(label=matrix.label))
    return found


def save_names(connection: Connection, found: int, matrix: Matrix, now: datetime) -> Names:
    """Suites and stacks, interned; suites younger than 7 days in an older matrix are shadowed."""
    within = {"matrix_id": found}
    suites: list[Row] = [
        {"name": suite.name, "label": suite.label, "added_at": now} for suite in matrix.suites
    ]
    stacks: list[Row] = [{"name": stack.name, "label": stack.label} for stack in matrix.stacks]
    suite_ids = intern(connection, SuiteRow, ("name",), suites, within)
    stack_ids = intern(connection, StackRow, ("name",), stacks, within)
    return Names(
        {name: row for (name,), row in suite_ids.items()},
        {name: row for (name,), row in stack_ids.items()},
        _shadowed(connection, found, now),
    )


def save_states(  # noqa: PLR0913 - what a plan consists of
    connection: Connection,
    found: int,
    matrix: Matrix,
    names: Names,
    jobs: Sequence[Job],
    *,
    aside: bool = False,
) -> Planned:
    """Cells, shapes and cell states of planned jobs, interned; roles as they are declared.

    Jobs of a run `aside` leave what the states of the grid ask for as it is.
    """
    merged = {merged_id(job): job for job in jobs}
    cells = _save_cells(connection, found, matrix, merged.values())
    asked = _asked(matrix, merged)
    ids = shapes.interned(connection, asked.values())
    rows = [
        _state_row(job, name, cells, names, matrix) | {"shape_id": ids[asked[name]]}
        for name, job in merged.items()
    ]
    key = ("cell_id", "suite_id", "stack_id", "parameters")
    states = intern(connection, CellStateRow, key, rows, {"matrix_id": found})
    named = {row["name"]: states[tuple(row[k] for k in key)] for row in rows}
    if not aside:
        _refresh(connection, found, rows, named)
    return Planned(named, {name: ids[asked[name]] for name in merged})


def asked_by(matrix: Matrix, job: Job) -> Asked:
    """What a job asks of a runner."""
    suite, stack = matrix.suite(job.suite), matrix.stack(job.stack)
    request = lock_request(suite, stack, job.overrides)
    needs = needs_of(suite, stack, job.overrides)
    limit = allowed(suite, job.overrides, matrix.policies)
    return Asked(job.cell, needs, request.digest if request else "", limit=limit)


def _asked(matrix: Matrix, jobs: Mapping[str, Job]) -> dict[str, Asked]:
    """What each job asks; that differs only by cell where suite, stack and include are one."""
    keys = {name: (job.suite, job.stack, job.overrides) for name, job in jobs.items()}
    alike = {keys[name]: job for name, job in jobs.items()}
    known = {key: asked_by(matrix, job) for key, job in alike.items()}
    return {name: replace(known[keys[name]], cell=job.cell) for name, job in jobs.items()}


def role_of(matrix: Matrix, job: Job) -> Role:
    """The include's word, else the suite's; else headline on `stable` (or the first stack)."""
    declared = job.overrides.role or matrix.suite(job.suite).role
    if declared is not None:
        return declared
    names = [stack.name for stack in matrix.stacks]
    first = DEFAULT_STACK if DEFAULT_STACK in names else names[0]
    return Role.HEADLINE if job.stack == first else Role.WATCH


def _shadowed(connection: Connection, found: int, now: datetime) -> frozenset[str]:
    """Suites added later than the matrix itself, less than 7 days ago."""
    created = connection.scalar(select(MatrixRow.created_at).where(MatrixRow.id == found))
    rows = select(SuiteRow.name).where(
        SuiteRow.matrix_id == found,
        SuiteRow.added_at > now - PROBATION,
        SuiteRow.added_at > (created or now) + PROBATION,
    )
    return frozenset(connection.scalars(rows))


def _save_cells(
    connection: Connection, found: int, matrix: Matrix, jobs: Iterable[Job]
) -> dict[Pairs, int]:
    points = dict.fromkeys(job.cell for job in jobs)
    keys = {cell: cell_key(cell, matrix.axes) for cell in points}
    rows: list[Row] = [_cell_row(cell, key) for cell, key in keys.items()]
    ids = intern(connection, Cell, ("key",), rows, {"matrix_id": found})
    return {cell: ids[key,] for cell, key in keys.items()}


def _cell_row(cell: Pairs, key: str) -> Row:
    point = dict(cell)
    return {
        "key": key,
        "site": point["site"],
        "accelerator": point["accelerator"],
        "axes": documents.dumped(Pairs, cell),
        "why": "",
        "visibility": Visibility.PUBLIC,
        "visible_until": None,
    }


def _state_row(job: Job, name: str, cells: dict[Pairs, int], names: Names, matrix: Matrix) -> Row:
    role = Role.SHADOW if job.suite in names.shadowed else role_of(matrix, job)
    return _BLANK | {
        "cell_id": cells[job.cell],
        "suite_id": names.suites[job.suite],
        "stack_id": names.stacks[job.stack],
        "parameters": documents.dumped(Pairs, job.parameters),
        "name": name,
        "role": role,
        "planned": not is_optional(matrix.suite(job.suite), job.overrides),
    }


def _refresh(
    connection: Connection, found: int, rows: Sequence[Row], named: dict[str, int]
) -> None:
    """What policy says anew of states that may be old; no report is touched."""
    was = {row: tuple(said) for row, *said in connection.execute(_SAID, {"matrix": found})}
    changed = [
        {
            "state": named[row["name"]],
            "as": row["name"],
            "now": row["role"],
            "asks": row["shape_id"],
        }
        for row in rows
        if was[named[row["name"]]] != (row["name"], row["role"], row["shape_id"])
    ]
    if changed:
        connection.execute(_REFRESH, changed)


def _are_marked(connection: Connection, found: int, planned: Iterable[Job]) -> bool:
    """Whether just the states of these jobs are planned already."""
    rows = select(CellStateRow.name).where(
        CellStateRow.matrix_id == found, CellStateRow.planned.is_(True)
    )
    return set(connection.scalars(rows)) == {merged_id(job) for job in planned}


def _mark_planned(connection: Connection, found: int, planned: set[int]) -> None:
    rows = select(CellStateRow.id, CellStateRow.planned).where(CellStateRow.matrix_id == found)
    wrong = [row for row, marked in connection.execute(rows) if marked != (row in planned)]
    if wrong:
        marks = [{"state": row, "marked": row in planned} for row in wrong]
        connection.execute(_MARK, marks)
        touch(connection, found, wrong)


def _say_why(connection: Connection, found: int, matrix: Matrix, jobs: Sequence[Job]) -> None:
    """Cells in which nothing is planned say why: the first reason of their jobs."""
    planned = {cell_key(job.cell, matrix.axes) for job in jobs if job.status == PLANNED}
    reasons: dict[str, tuple[Job, str]] = {}
    for job in jobs:
        if (key := cell_key(job.cell, matrix.axes)) not in planned:
            reasons.setdefault(key, (job, job.reason))
    rows: list[Row] = [_cell_row(job.cell, key) for key, (job, _) in reasons.items()]
    ids = intern(connection, Cell, ("key",), rows, {"matrix_id": found})
    whys = [
        {"cell": row, "because": reasons[key][1] if key in reasons else ""}
        for (key,), row in ids.items()
    ]
    if whys:
        connection.execute(_WHY, whys)


_BLANK: Row = {
    "planned": True,
    "version": 0,
    "status": None,
    "layer": Layer.NONE,
    "confidence": 0.0,
    "reason": "",
    "fail": 0,
    "error": 0,
    "miss": 0,
    "passed": 0,
    "done": 0,
    "skip": 0,
    "expected": 0,
    "history": "",
    "since": None,
    "reported_at": None,
    "stale_at": None,
    "job_id": None,
    "run_id": None,
    "queued": 0,
    "running": 0,
    "trend": 0,
    "recent": "[]",
    "evidence": Evidence.SELF_REPORTED,
    "runner": "",
}
_SAID = select(CellStateRow.id, CellStateRow.name, CellStateRow.role, CellStateRow.shape_id).where(
    CellStateRow.matrix_id == bindparam("matrix")
)
_REFRESH = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("state"))
    .values(name=bindparam("as"), role=bindparam("now"), shape_id=bindparam("asks"))
)
_MARK = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("state"))
    .values(planned=bindparam("marked"))
)
_WHY = update(Cell).where(Cell.id == bindparam("cell")).values(why=bindparam("because"))
