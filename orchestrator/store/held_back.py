"""What squares and states say of jobs that wait though somebody offers to run them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from matrix.verdict import CellState, State
from orchestrator.store import documents
from orchestrator.store.budgets import of_matrices, reasons
from orchestrator.views import Face, JobView


def held_back(
    connection: Connection, matrix: int, budget: str, faces: tuple[Face, ...], now: datetime
) -> tuple[Face, ...]:
    """The faces of a matrix with this budget (JSON); those say so whose jobs wait for it."""
    if not budget or all(one.state is not State.QUEUED for one in faces):
        return faces
    known = of_matrices(connection, {matrix: documents.budget(budget)}, now)
    short = reasons(connection, matrix, known)

    def told(one: Face) -> Face:
        why = short.get((one.site.name, one.accelerator.name))
        return replace(one, reason=why) if why and one.state is State.QUEUED else one

    return tuple(map(told, faces))


def waiting(cell: CellState, jobs: Iterable[JobView]) -> CellState:
    """A state that says what its queued jobs wait for, where somebody offers to run them."""
    mine = (one for one in jobs if _place(one) == _place(cell) and one.waiting_for)
    why = next((one.waiting_for for one in mine), "")
    return replace(cell, waits=why) if why and not cell.unmet else cell


def _place(one: JobView | CellState) -> tuple[object, ...]:
    return one.cell, one.parameters, one.suite, one.stack
